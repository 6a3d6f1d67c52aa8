"""The Django application."""

from __future__ import annotations

from django.apps import AppConfig


class ExampleConfig(AppConfig):  # type: ignore[misc]
    """Its label is the prefix of its addresses."""

    name = "omeroweb_example"
    label = "omeroweb_example"
