"""The Django application."""

from __future__ import annotations

from django.apps import AppConfig


class OmpConfig(AppConfig):  # type: ignore[misc]
    """Its label is the prefix of its addresses."""

    name = "omeroweb_omp_plugin"
    label = "omeroweb_omp_plugin"

    def ready(self) -> None:
        """A mistake in the site's nomenclature is told at the start, not to a user later."""
        from omeroweb_omp_plugin.services.site_rules import site_rules

        site_rules()
