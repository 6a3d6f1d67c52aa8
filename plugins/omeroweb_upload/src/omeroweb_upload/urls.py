"""Addresses below `/omeroweb_upload/`; their names begin with the label."""

from __future__ import annotations

from typing import Any

from django.urls import path

from omero_plugin_common.help_page import help_view
from omeroweb_upload.views import index, targets


def _at(route: str, view: Any, name: str) -> Any:
    return path(route, view, name=f"omeroweb_upload_{name}")


urlpatterns = [
    _at("", index.index, "index"),
    _at("help/", help_view("omeroweb_upload"), "help"),
    _at("root-status/", index.root_status, "root_status"),
    _at("projects/", targets.projects, "projects"),
    _at("targets/", targets.targets, "targets"),
]
