"""The Django application."""

from __future__ import annotations

from typing import ClassVar

from django.apps import AppConfig


class AdminToolsConfig(AppConfig):  # type: ignore[misc]
    """Its label is the prefix of its addresses."""

    name = "omeroweb_admin_tools"
    label = "omeroweb_admin_tools"
    # Its pages load everything from the site itself and have nothing inline.
    content_security_policy: ClassVar[dict[str, list[str]]] = {}
