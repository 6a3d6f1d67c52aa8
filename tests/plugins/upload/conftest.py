"""The plugin database and a staging folder, as the plugin's code in this process finds them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import local_services
from omero_plugin_common import database as plugin_database
from omero_plugin_common.database import Database
from omero_plugin_common.database.pool import Address
from plugin_site import database_variables
from plugin_tables import make_empty

PACKAGES = ("omero_plugin_common", "omeroweb_upload")


@pytest.fixture
def database(
    postgres: local_services.Service,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Database]:
    """The plugin database with empty tables."""
    folder = tmp_path_factory.mktemp("variables")
    for name, value in database_variables(postgres, folder).items():
        monkeypatch.setenv(name, value)
    make_empty(Address.from_environment(), PACKAGES)
    plugin_database.default.cache_clear()
    yield plugin_database.default()
    plugin_database.default().close()
    plugin_database.default.cache_clear()


@pytest.fixture
def staging_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of the staging volume, empty."""
    folder = tmp_path / "staging"
    folder.mkdir()
    monkeypatch.setenv("OMERO_WEB_UPLOAD_DIR", str(folder))
    return folder
