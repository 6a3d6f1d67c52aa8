"""Addresses below `/omeroweb_imaris_connector/`; their names begin with the label."""

from __future__ import annotations

from typing import Any

from django.urls import path

from omero_plugin_common.help_page import help_view
from omeroweb_imaris_connector.views import (
    client,
    docker_edition,
    download,
    exports,
    index,
    search,
)


def _at(route: str, view: Any, name: str) -> Any:
    return path(route, view, name=f"omeroweb_imaris_connector_{name}")


urlpatterns = [
    _at("", index.index, "index"),
    _at("help/", help_view("omeroweb_imaris_connector"), "help"),
    _at("images/", exports.images, "images"),
    _at("exports/", exports.exports, "exports"),
    _at("exports/<uuid:export>/", exports.one, "export"),
    _at("exports/<uuid:export>/cancel/", exports.cancel, "cancel"),
    _at("exports/<uuid:export>/retry/", exports.retry, "retry"),
    _at("exports/<uuid:export>/delete/", exports.delete, "delete"),
    _at("exports/<uuid:export>/file/", download.file, "file"),
    _at("imaris-export/", docker_edition.imaris_export, "docker_export"),
    _at("client/", client.download, "client"),
    _at("search/", search.search, "search"),
]
