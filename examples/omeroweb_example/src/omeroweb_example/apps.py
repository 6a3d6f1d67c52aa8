"""The Django application."""

from __future__ import annotations

from typing import ClassVar

from django.apps import AppConfig


class ExampleConfig(AppConfig):  # type: ignore[misc]
    """Its label is the prefix of its addresses."""

    name = "omeroweb_example"
    label = "omeroweb_example"
    # Its pages load everything from the site itself and have nothing inline.
    content_security_policy: ClassVar[dict[str, list[str]]] = {}
