"""The library as an application of OMERO.web."""

from __future__ import annotations

import logging
from typing import ClassVar, Final

from django.apps import AppConfig, apps

from omero_plugin_common import audit, database, plugin_packages
from omero_plugin_common.env_utils import get_optional_env
from omero_plugin_common.logging_utils import configure_omero_gateway_logging

LOGGER: Final = logging.getLogger(__name__)


class OmeroPluginCommonConfig(AppConfig):  # type: ignore[misc]
    """Its label is the prefix of its routes."""

    name = "omero_plugin_common"
    label = "omero_plugin_common"
    # Its pages need nothing beside the strict policy.
    content_security_policy: ClassVar[dict[str, list[str]]] = {}

    def ready(self) -> None:
        """Once per start, before requests: logs, kinds of jobs, tables.

        Without a plugin database OMERO.web starts all the same; only what needs it is refused,
        until the database is there.
        """
        configure_omero_gateway_logging()
        audit.configure()
        plugin_packages.add_applications(config.name for config in apps.get_app_configs())
        plugin_packages.load_jobs()
        # None while static files are collected for the image.
        if get_optional_env("OMP_DATA_HOST") is None:
            return
        try:
            plugin_packages.migrate_once()
        except database.AWAY as error:
            LOGGER.warning("the plugin database cannot be used yet: %s", error)
