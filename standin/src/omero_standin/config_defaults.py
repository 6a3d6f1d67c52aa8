"""What OMERO.server's configuration is when a site sets nothing, and who may read it.

Source: the `omero-*.properties` files inside of the jars of omero-model 5.7, omero-common 5.7,
omero-server 5.7 and omero-blitz 5.8, and omero-common's list of preferences (`ome/config.xml`).
`${…}` stands for another value. Passwords are left out: nobody reads them.
"""

from __future__ import annotations

from typing import Final

DEFAULTS: Final = {
    "omero.checksum.supported": (
        "SHA1-160, MD5-128, Murmur3-128, Murmur3-32, CRC-32, Adler-32, File-Size-64"
    ),
    "omero.client.browser.thumb_default_size": "96",
    "omero.client.download_as.max_size": "144000000",
    "omero.client.scripts_to_ignore": (
        "/omero/figure_scripts/Movie_Figure.py,/omero/figure_scripts/Split_View_Figure.py,"
        "/omero/figure_scripts/Thumbnail_Figure.py,/omero/figure_scripts/ROI_Split_Figure.py,"
        "/omero/export_scripts/Make_Movie.py,/omero/import_scripts/Populate_ROI.py"
    ),
    "omero.client.ui.menu.dropdown.colleagues.enabled": "true",
    "omero.client.ui.menu.dropdown.colleagues.label": "Members",
    "omero.client.ui.menu.dropdown.everyone.enabled": "true",
    "omero.client.ui.menu.dropdown.everyone.label": "All Members",
    "omero.client.ui.menu.dropdown.leaders.enabled": "true",
    "omero.client.ui.menu.dropdown.leaders.label": "Owners",
    "omero.client.ui.tree.orphans.description": (
        "This is a virtual container with orphaned images. These images are not linked "
        "anywhere. Just drag them to the selected container."
    ),
    "omero.client.ui.tree.orphans.enabled": "true",
    "omero.client.ui.tree.orphans.name": "Orphaned Images",
    "omero.client.ui.tree.type_order": "tagset,tag,project,dataset,screen,plate,acquisition,image",
    "omero.client.viewer.initial_zoom_level": "0",
    "omero.client.viewer.interpolate_pixels": "true",
    "omero.client.viewer.roi_limit": "2000",
    "omero.client.web.host": "",
    "omero.cluster.read_only": "false",
    "omero.cluster.read_only.db": "false",
    "omero.cluster.read_only.repo": "false",
    "omero.cluster.redirector": "nullRedirector",
    "omero.data.dir": "/OMERO/",
    "omero.db.authority": "export.openmicroscopy.org",
    "omero.db.host": "localhost",
    "omero.db.name": "omero",
    "omero.db.patch": "0",
    "omero.db.poolsize": "10",
    "omero.db.port": "5432",
    "omero.db.prepared_statement_cache_size": "10",
    "omero.db.profile": "",
    "omero.db.properties": "",
    "omero.db.statistics": "true",
    "omero.db.url": (
        "jdbc:postgresql://${omero.db.host}:${omero.db.port}/${omero.db.name}?"
        "ApplicationName=OMERO.${omero.name}&${omero.db.properties}"
    ),
    "omero.db.user": "omero",
    "omero.db.version": "OMERO5.4",
    "omero.fs.repo.path": "%user%_%userId%//%year%-%month%/%day%/%time%",
    "omero.fs.repo.path_rules": "Windows required, UNIX required",
    "omero.grid.registry_timeout": "5000",
    "omero.launcher.jython": "jython",
    "omero.launcher.matlab": "matlab",
    "omero.launcher.python": "",
    "omero.ldap.base": "ou=example,o=com",
    "omero.ldap.config": "false",
    "omero.ldap.connect_timeout": "5000",
    "omero.ldap.group_filter": "(objectClass=groupOfNames)",
    "omero.ldap.group_mapping": "name=cn",
    "omero.ldap.new_user_group": "default",
    "omero.ldap.new_user_group_owner": "",
    "omero.ldap.password": "",
    "omero.ldap.read_timeout": "5000",
    "omero.ldap.referral": "ignore",
    "omero.ldap.sync_on_login": "false",
    "omero.ldap.urls": "ldap://localhost:389",
    "omero.ldap.user_filter": "(objectClass=person)",
    "omero.ldap.user_mapping": (
        "omeName=cn,firstName=givenName,lastName=sn,email=mail,institution=department,"
        "middleName=middleName"
    ),
    "omero.ldap.username": "",
    "omero.mail.bean": "defaultMailSender",
    "omero.mail.config": "false",
    "omero.mail.from": "omero@${omero.mail.host}",
    "omero.mail.host": "localhost",
    "omero.mail.password": "",
    "omero.mail.port": "25",
    "omero.mail.smtp.auth": "false",
    "omero.mail.smtp.connectiontimeout": "60000",
    "omero.mail.smtp.debug": "false",
    "omero.mail.smtp.socketFactory.class": "javax.net.SocketFactory",
    "omero.mail.smtp.socketFactory.fallback": "false",
    "omero.mail.smtp.socketFactory.port": "${omero.mail.port}",
    "omero.mail.smtp.starttls.enable": "false",
    "omero.mail.smtp.timeout": "60000",
    "omero.mail.transport.protocol": "smtp",
    "omero.mail.username": "",
    "omero.managed.dir": "${omero.data.dir}/ManagedRepository",
    "omero.metrics.bean": "defaultMetrics",
    "omero.metrics.graphite": "",
    "omero.metrics.slf4j_minutes": "60",
    "omero.name": "Server",
    "omero.pixeldata.backoff": "ome.io.nio.SimpleBackOff",
    "omero.pixeldata.backoff.default": "1000",
    "omero.pixeldata.backoff.maxpixels": "1000000",
    "omero.pixeldata.batch": "50",
    "omero.pixeldata.cron": "*/4 * * * * ?",
    "omero.pixeldata.dispose": "true",
    "omero.pixeldata.event_log_loader": "pixelDataEventLogQueue",
    "omero.pixeldata.max_plane_float_override": "true",
    "omero.pixeldata.max_plane_height": "3192",
    "omero.pixeldata.max_plane_width": "3192",
    "omero.pixeldata.max_projection_bytes": "268435456",
    "omero.pixeldata.max_tile_length": "1024",
    "omero.pixeldata.memoizer.dir": "${omero.data.dir}/BioFormatsCache",
    "omero.pixeldata.memoizer.dir.local": "",
    "omero.pixeldata.memoizer_wait": "0",
    "omero.pixeldata.repetitions": "1",
    "omero.pixeldata.threads": "2",
    "omero.pixeldata.tile_height": "256",
    "omero.pixeldata.tile_sizes_bean": "configuredTileSizes",
    "omero.pixeldata.tile_width": "256",
    "omero.policy.bean": "defaultPolicyService",
    "omero.policy.binary_access": "+read,+write,+image",
    "omero.process.jython": "omero.processor.ProcessI",
    "omero.process.matlab": "omero.processor.MATLABProcessI",
    "omero.process.python": "omero.processor.ProcessI",
    "omero.qa.feedback": "http://qa.openmicroscopy.org.uk",
    "omero.query.timeout": "1000",
    "omero.query.timeout.admin": "${omero.query.timeout}",
    "omero.scripts.cache.cron": "0 0 0 * * ?",
    "omero.scripts.cache.spec": "maximumSize=1000",
    "omero.scripts.timeout": "3600000",
    "omero.search.analyzer": "ome.services.fulltext.FullTextAnalyzer",
    "omero.search.batch": "5000",
    "omero.search.bridges": "",
    "omero.search.cron": "*/2 * * * * ?",
    "omero.search.event_log_loader": "eventLogQueue",
    "omero.search.excludes": (
        "ome.model.annotations.ChannelAnnotationLink,ome.model.core.Channel,"
        "ome.model.core.PlaneInfo,ome.model.core.PixelsOriginalFileMap,"
        "ome.model.containers.DatasetImageLink,ome.model.containers.ProjectDatasetLink,"
        "ome.model.containers.CategoryGroupCategoryLink,"
        "ome.model.containers.CategoryImageLink,ome.model.display.ChannelBinding,"
        "ome.model.display.QuantumDef,ome.model.display.Thumbnail,ome.model.meta.Share,"
        "ome.model.meta.Event,ome.model.meta.EventLog,ome.model.meta.GroupExperimenterMap,"
        "ome.model.meta.Node,ome.model.meta.Session,ome.model.annotations.RoiAnnotationLink,"
        "ome.model.roi.Roi,ome.model.roi.Shape,ome.model.roi.Text,ome.model.roi.Rectangle,"
        "ome.model.roi.Mask,ome.model.roi.Ellipse,ome.model.roi.Point,ome.model.roi.Path,"
        "ome.model.roi.Polygon,ome.model.roi.Polyline,ome.model.roi.Line,"
        "ome.model.screen.ScreenAcquisitionWellSampleLink,ome.model.screen.ScreenPlateLink,"
        "ome.model.screen.WellReagentLink,ome.model.stats.StatsInfo"
    ),
    "omero.search.include_actions": "INSERT,UPDATE,REINDEX,DELETE",
    "omero.search.include_types": (
        "ome.model.core.Image,ome.model.containers.Project,ome.model.containers.Dataset,"
        "ome.model.screen.Plate,ome.model.screen.Screen,ome.model.screen.PlateAcquisition,"
        "ome.model.screen.Well"
    ),
    "omero.search.locking_strategy": "native",
    "omero.search.max_file_size": "131072000",
    "omero.search.max_fileset_size": "10",
    "omero.search.max_partition_size": "1000000",
    "omero.search.merge_factor": "25",
    "omero.search.ram_buffer_size": "64",
    "omero.search.repetitions": "1",
    "omero.search.reporting_loops": "100",
    "omero.security.chmod_strategy": "groupChmodStrategy",
    "omero.security.ignore_case": "false",
    "omero.security.keyStore": "",
    "omero.security.keyStorePassword": "",
    "omero.security.login_failure_throttle_count": "1",
    "omero.security.login_failure_throttle_time": "3000",
    "omero.security.password_provider": "chainedPasswordProvider",
    "omero.security.password_required": "true",
    "omero.security.trustStore": "",
    "omero.security.trustStorePassword": "",
    "omero.sessions.max_user_time_to_idle": "6000000",
    "omero.sessions.max_user_time_to_live": "0",
    "omero.sessions.maximum": "0",
    "omero.sessions.sync_force": "1800000",
    "omero.sessions.sync_interval": "120000",
    "omero.sessions.timeout": "600000",
    "omero.threads.background_threads": "5",
    "omero.threads.background_timeout": "3600000",
    "omero.threads.cancel_timeout": "5000",
    "omero.threads.idle_timeout": "5000",
    "omero.threads.max_threads": "50",
    "omero.threads.min_threads": "10",
    "omero.throttling.method_time.error": "20000",
    "omero.throttling.method_time.error.indexer": "86400000",
    "omero.throttling.method_time.warn": "5000",
    "omero.throttling.method_time.warn.indexer": "3600000",
    "omero.throttling.objects_read_interval": "1000",
    "omero.throttling.objects_written_interval": "1000",
    "omero.throttling.servants_per_session": "10000",
    "omero.upgrades.url": "http://upgrade.openmicroscopy.org.uk",
}
# Whoever has a session may read these; all others are for administrators.
READABLE: Final = frozenset({
    "omero.bioformats.date",
    "omero.bioformats.vcs_revision",
    "omero.bioformats.version",
    "omero.client.browser.thumb_default_size",
    "omero.client.download_as.max_size",
    "omero.client.scripts_to_ignore",
    "omero.client.ui.menu.dropdown.colleagues.enabled",
    "omero.client.ui.menu.dropdown.colleagues.label",
    "omero.client.ui.menu.dropdown.everyone.enabled",
    "omero.client.ui.menu.dropdown.everyone.label",
    "omero.client.ui.menu.dropdown.leaders.enabled",
    "omero.client.ui.menu.dropdown.leaders.label",
    "omero.client.ui.tree.orphans.description",
    "omero.client.ui.tree.orphans.enabled",
    "omero.client.ui.tree.orphans.name",
    "omero.client.ui.tree.type_order",
    "omero.client.viewer.initial_zoom_level",
    "omero.client.viewer.interpolate_pixels",
    "omero.client.viewer.roi_limit",
    "omero.client.web.host",
    "omero.cluster.read_only.runtime.db",
    "omero.cluster.read_only.runtime.repo",
    "omero.db.authority",
    "omero.db.uuid",
    "omero.mail.config",
    "omero.pixeldata.backoff",
    "omero.pixeldata.max_plane_float_override",
    "omero.pixeldata.max_plane_height",
    "omero.pixeldata.max_plane_width",
    "omero.pixeldata.max_projection_bytes",
    "omero.pixeldata.max_tile_length",
    "omero.pixeldata.tile_height",
    "omero.pixeldata.tile_width",
    "omero.qa.feedback",
    "omero.router.insecure",
    "omero.security.password_required",
    "omero.server.nodedescriptors",
    "omero.sessions.max_user_time_to_idle",
    "omero.sessions.max_user_time_to_live",
    "omero.sessions.maximum",
    "omero.sessions.timeout",
    "omero.upgrades.url",
    "omero.version",
})  # fmt: skip
# Nobody reads these over the network: how the database is reached.
HIDDEN: Final = frozenset({
    "omero.db.dialect", "omero.db.driver", "omero.db.host", "omero.db.name", "omero.db.pass",
    "omero.db.poolsize", "omero.db.user", "omero.security.filter.bitand",
})  # fmt: skip
