"""The Django application."""

from __future__ import annotations

from django.apps import AppConfig


class ImarisConnectorConfig(AppConfig):  # type: ignore[misc]
    """Its label is the prefix of its addresses."""

    name = "omeroweb_imaris_connector"
    label = "omeroweb_imaris_connector"
