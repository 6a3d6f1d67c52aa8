"""Servers for the OMP plugin, and the plugin database as its code sees it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.fernet import Fernet

import local_services
from ai_servers import AiServer
from omero_plugin_common import database as plugin_database
from omero_plugin_common import secret_box
from omero_plugin_common.database import Database
from omero_plugin_common.database.pool import Address
from omp_lab import Lab
from omp_lab import lab as laboratory
from omp_site import OmpSite, with_three_users
from plugin_site import database_variables
from plugin_tables import make_empty
from whole_site import WholeSite

PACKAGES = ("omero_plugin_common", "omeroweb_omp_plugin")


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
    make_empty(Address.from_environment(), PACKAGES)
    plugin_database.default.cache_clear()
    secret_box.default.cache_clear()
    yield plugin_database.default()
    plugin_database.default().close()
    plugin_database.default.cache_clear()
    secret_box.default.cache_clear()


@pytest.fixture(scope="module")
def more_in_lab() -> list[dict[str, Any]]:
    """What the stand-in has besides the datasets `names`."""
    return []


@pytest.fixture(scope="module")
def running_lab(
    tmp_path_factory: pytest.TempPathFactory, more_in_lab: list[dict[str, Any]]
) -> Iterator[Lab]:
    """One stand-in for the tests of a module."""
    with laboratory(tmp_path_factory.mktemp("lab"), more=more_in_lab) as running:
        yield running


@pytest.fixture
def lab(running_lab: Lab, database: Database, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """The stand-in with an empty plugin database, where jobs find both."""
    for name, value in running_lab.variables().items():
        monkeypatch.setenv(name, value)
    return running_lab


@pytest.fixture
def ai_server(whole: WholeSite) -> AiServer:
    """The language model of the shared site, in its list as `Lab`."""
    return whole.model


@pytest.fixture
def omp(whole: WholeSite) -> OmpSite:
    """The shared site, with three users of this test alone."""
    return with_three_users(whole)
