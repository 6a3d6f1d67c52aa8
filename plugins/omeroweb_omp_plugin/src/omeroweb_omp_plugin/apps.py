"""The Django application."""

from __future__ import annotations

from django.apps import AppConfig


class OmpConfig(AppConfig):  # type: ignore[misc]
    """Its label is the prefix of its addresses."""

    name = "omeroweb_omp_plugin"
    label = "omeroweb_omp_plugin"
