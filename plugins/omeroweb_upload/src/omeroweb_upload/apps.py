"""The Django application."""

from __future__ import annotations

from django.apps import AppConfig


class UploadConfig(AppConfig):  # type: ignore[misc]
    """Its label is the prefix of its addresses."""

    name = "omeroweb_upload"
    label = "omeroweb_upload"
