"""The Django application; it comes before those that it repairs."""

from importlib.util import find_spec
from typing import ClassVar

from django.apps import AppConfig


class FixesConfig(AppConfig):  # type: ignore[misc]
    """Templates, pictures, views, and a check of forms."""

    name = "omero_platform_fixes"
    label = "omero_platform_fixes"
    # Its answers are text, JSON and pictures: they need nothing.
    content_security_policy: ClassVar[dict[str, list[str]]] = {}

    def ready(self) -> None:
        """Before addresses are resolved, so they lead to what is in place now."""
        from django.conf import settings

        from omero_platform_fixes import (
            admin_links,
            api_servers,
            json_api,
            long_selections,
            mapr_favicon,
            own_groups,
            panel_queries,
            start_page,
            thumbnail_etags,
            wrong_requests,
            zarr_viewers,
        )

        admin_links.repair()
        api_servers.repair()
        long_selections.repair()
        json_api.repair()
        own_groups.repair()
        panel_queries.repair()
        start_page.repair()
        thumbnail_etags.repair()
        wrong_requests.repair()
        if "omero_mapr" in settings.ADDITIONAL_APPS and find_spec("omero_mapr"):
            mapr_favicon.repair()
        if "omero_web_zarr" in settings.ADDITIONAL_APPS and find_spec("omero_web_zarr"):
            zarr_viewers.repair()
