"""The Django application."""

from __future__ import annotations

from django.apps import AppConfig


class ProbeConfig(AppConfig):  # type: ignore[misc]
    """Its label is the prefix of its addresses."""

    name = "omeroweb_probe"
    label = "omeroweb_probe"
