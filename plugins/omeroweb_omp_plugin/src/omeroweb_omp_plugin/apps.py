"""The Django application."""

from __future__ import annotations

import logging
from typing import Final

from django.apps import AppConfig

LOGGER: Final = logging.getLogger(__name__)


class OmpConfig(AppConfig):  # type: ignore[misc]
    """Its label is the prefix of its addresses."""

    name = "omeroweb_omp_plugin"
    label = "omeroweb_omp_plugin"

    def ready(self) -> None:
        """A mistake in the site's nomenclature is in the log from the start, and on the page.

        The rest of OMERO.web does not depend on it.
        """
        from omeroweb_omp_plugin.services import site_rules

        if problem := site_rules.problem():
            LOGGER.error("%s", problem)
