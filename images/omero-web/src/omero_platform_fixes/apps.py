"""The Django application; it comes before those that it repairs."""

from importlib.util import find_spec

from django.apps import AppConfig


class FixesConfig(AppConfig):  # type: ignore[misc]
    """A template, some views, and a check of forms."""

    name = "omero_platform_fixes"
    label = "omero_platform_fixes"

    def ready(self) -> None:
        """Before addresses are resolved, so they lead to what is in place now."""
        from django.conf import settings

        from omero_platform_fixes import api_servers, long_selections, mapr_favicon

        api_servers.repair()
        long_selections.repair()
        if "omero_mapr" in settings.ADDITIONAL_APPS and find_spec("omero_mapr"):
            mapr_favicon.repair()
