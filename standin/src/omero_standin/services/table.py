"""Which class answers what; one line each. What is missing is unsupported.

`HANDLERS`: the stateless services, by interface; one object serves all sessions.
`STORES`: what else the service factory hands out, by the factory's operation; each call makes a new
object of the class, which lives until its client closes it or the session ends.
`COMMANDS`: the commands of `submit`, by request type; the function returns the response.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import omero.api
import omero.cmd
import omero.grid

from omero_standin.services.commands import files, find, many, sessions
from omero_standin.services.commands.chgrp import chgrp
from omero_standin.services.commands.chmod import chmod
from omero_standin.services.commands.chown import chown
from omero_standin.services.commands.delete import delete
from omero_standin.services.commands.duplicate import duplicate
from omero_standin.services.commands.raw_access import raw_access
from omero_standin.services.commands.usage import disk_usage, disk_usage_1
from omero_standin.services.commands.work import Work
from omero_standin.services.exporter import Exporter
from omero_standin.services.iadmin import Admin
from omero_standin.services.iconfig import Config
from omero_standin.services.icontainer import Container
from omero_standin.services.ildap import Ldap
from omero_standin.services.imetadata import Metadata
from omero_standin.services.ipixels import PixelsService
from omero_standin.services.iprojection import Projection
from omero_standin.services.iquery import QueryService
from omero_standin.services.irenderingsettings import RenderingSettings
from omero_standin.services.irepositoryinfo import RepositoryInfo
from omero_standin.services.iroi import RoiService
from omero_standin.services.iscript import Scripts
from omero_standin.services.isession import SessionService
from omero_standin.services.ishare import Shares
from omero_standin.services.itimeline import Timeline
from omero_standin.services.itypes import Types
from omero_standin.services.iupdate import Update
from omero_standin.services.jobhandle import JobHandle
from omero_standin.services.rawfilestore import RawFileStore
from omero_standin.services.rawpixelsstore import RawPixelsStore
from omero_standin.services.renderingengine import RenderingEngine
from omero_standin.services.search import Search
from omero_standin.services.sharedresources import SharedResources
from omero_standin.services.thumbnailstore import ThumbnailStore

HANDLERS: Final[dict[str, object]] = {
    "IAdmin": Admin(),
    "IConfig": Config(),
    "IContainer": Container(),
    "ILdap": Ldap(),
    "IMetadata": Metadata(),
    "IQuery": QueryService(),
    "IPixels": PixelsService(),
    "IProjection": Projection(),
    "IRenderingSettings": RenderingSettings(),
    "IRepositoryInfo": RepositoryInfo(),
    "IRoi": RoiService(),
    "IScript": Scripts(),
    "ISession": SessionService(),
    "IShare": Shares(),
    "ITimeline": Timeline(),
    "ITypes": Types(),
    "IUpdate": Update(),
}
# Operation of the factory → (Ice interface, class of the handler).
STORES: Final[dict[str, tuple[type, type]]] = {
    "createExporter": (omero.api.Exporter, Exporter),
    "createJobHandle": (omero.api.JobHandle, JobHandle),
    "createRawFileStore": (omero.api.RawFileStore, RawFileStore),
    "createRawPixelsStore": (omero.api.RawPixelsStore, RawPixelsStore),
    "createRenderingEngine": (omero.api.RenderingEngine, RenderingEngine),
    "createSearchService": (omero.api.Search, Search),
    "createThumbnailStore": (omero.api.ThumbnailStore, ThumbnailStore),
    "sharedResources": (omero.grid.SharedResources, SharedResources),
}
COMMANDS: Final[dict[type, Callable[[Work, Any], Any]]] = {
    omero.grid.RawAccessRequest: raw_access,
    omero.api.Save: many.save,
    omero.cmd.Chgrp2: chgrp,
    omero.cmd.Chmod2: chmod,
    omero.cmd.Chown2: chown,
    omero.cmd.CurrentSessionsRequest: sessions.current_sessions,
    omero.cmd.Delete2: delete,
    omero.cmd.DiskUsage: disk_usage_1,
    omero.cmd.DiskUsage2: disk_usage,
    omero.cmd.DoAll: many.do_all,
    omero.cmd.Duplicate: duplicate,
    omero.cmd.FindChildren: find.find_children,
    omero.cmd.FindParents: find.find_parents,
    omero.cmd.LegalGraphTargets: find.legal_targets,
    omero.cmd.ListRequests: many.list_requests,
    omero.cmd.ManageImageBinaries: files.image_binaries,
    omero.cmd.OriginalMetadataRequest: files.original_metadata,
    omero.cmd.ResetPasswordRequest: sessions.reset_password,
    omero.cmd.SkipHead: find.skip_head,
    omero.cmd.UpdateSessionTimeoutRequest: sessions.session_timeout,
    omero.cmd.UsedFilesRequest: files.used_files,
}
