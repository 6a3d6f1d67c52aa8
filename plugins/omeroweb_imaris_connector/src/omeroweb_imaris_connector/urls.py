"""Addresses below `/omeroweb_imaris_connector/`; their names begin with the label."""

from __future__ import annotations

from typing import Any

from django.urls import path

from omero_plugin_common.help_page import help_view
from omeroweb_imaris_connector.views import client, index


def _at(route: str, view: Any, name: str) -> Any:
    return path(route, view, name=f"omeroweb_imaris_connector_{name}")


urlpatterns = [
    _at("", index.index, "index"),
    _at("help/", help_view("omeroweb_imaris_connector"), "help"),
    _at("client/", client.download, "client"),
]
