"""Servers for the OMP plugin, and the plugin database as its code sees it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cryptography.fernet import Fernet

import local_services
from omero_plugin_common import database as plugin_database
from omero_plugin_common import secret_box
from omero_plugin_common.database import Database, migrate
from omero_plugin_common.database.pool import Address
from plugin_site import database_variables

PACKAGES = ("omero_plugin_common", "omeroweb_omp_plugin")


@pytest.fixture(scope="session")
def postgres() -> Iterator[local_services.Service]:
    """One PostgreSQL for all tests of a run."""
    with local_services.folder_for_postgres() as folder, local_services.postgres(folder) as running:
        yield running


@pytest.fixture
def database(
    postgres: local_services.Service,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Database]:
    """The plugin database with empty tables, which code in this process finds by itself."""
    folder = tmp_path_factory.mktemp("variables")
    keys = folder / "keys"
    keys.write_text(Fernet.generate_key().decode())
    for name, value in database_variables(postgres, folder).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PLUGIN_KEYS_FILE", str(keys))
    base = Database(Address.from_environment())
    with base.transaction() as cursor:
        cursor.execute("drop schema public cascade; create schema public")
    migrate(base, PACKAGES)
    base.close()
    plugin_database.default.cache_clear()
    secret_box.default.cache_clear()
    yield plugin_database.default()
    plugin_database.default().close()
    plugin_database.default.cache_clear()
    secret_box.default.cache_clear()
