"""Real servers for the common library, and the plugin database as its code sees it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis as redis_package

import local_services
from omero_plugin_common.database import Database
from omero_plugin_common.database.pool import Address
from plugin_tables import make_empty
from view_requests import django  # noqa: F401 - a fixture, found by its name here


def address_of(service: local_services.Service) -> Address:
    """Where a test's PostgreSQL is."""
    return Address("127.0.0.1", service.port, "omero", "omero", service.password)


@pytest.fixture
def database(postgres: local_services.Service) -> Iterator[Database]:
    """The plugin database, empty but for the library's own tables."""
    make_empty(address_of(postgres), ("omero_plugin_common",))
    base = Database(address_of(postgres))
    yield base
    base.close()


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[local_services.Service]:
    """One Redis for all tests of a run."""
    with local_services.redis(tmp_path_factory.mktemp("redis")) as running:
        yield running


@pytest.fixture
def redis_client(redis: local_services.Service) -> Iterator[redis_package.Redis]:
    """A client of an empty Redis."""
    client = redis_package.Redis(port=redis.port, password=redis.password)
    client.flushall()
    yield client
    client.close()
