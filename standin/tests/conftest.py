"""The stand-in and OMERO.web as private processes, shared by the tests of this folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from omero.gateway import BlitzGateway

import local_services
from side_by_side import pytest_collection_modifyitems, pytest_xdist_make_scheduler  # noqa: F401
from standin_here import Here, standin_here


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[local_services.Site]:
    """OMERO.web on a stand-in and a Redis, started as in the image."""
    with local_services.site(tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest.fixture(scope="module")
def here() -> Iterator[Here]:
    """A stand-in in this process, with two members of a read-only group."""
    with standin_here() as running:
        lab = running.group("lab", "rwr---")
        running.user("ada", lab)
        running.user("bob", lab)
        yield running


@pytest.fixture(scope="session")
def standin(site: local_services.Site) -> local_services.Service:
    """The stand-in of the site."""
    return site.standin


@pytest.fixture
def connect(standin: local_services.Service) -> Iterator[Callable[..., Any]]:
    """Connects as a user (root without arguments) and closes what it opened."""
    opened: list[Any] = []

    def connected(user: str = "root", password: str = "", *, secure: bool = True) -> Any:
        gateway = BlitzGateway(
            user, password or standin.password, host="127.0.0.1", port=standin.port, secure=secure
        )
        opened.append(gateway)
        assert gateway.connect(), gateway.getLastError()
        return gateway

    yield connected
    for gateway in opened:
        gateway.close()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the postgres user may enter."""
    with local_services.folder_for_postgres() as made:
        yield made
