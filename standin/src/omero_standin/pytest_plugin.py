"""Fixtures for tests of OMERO clients; pytest finds them when the distribution is installed.

Nothing of OMERO is imported before a test asks for a fixture: other tests pay nothing.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from omero_standin.as_process import OmeroServer, User, started

DATA = "omero_standin_data"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The setting of a project: what its server has when the tests begin."""
    parser.addini(
        DATA,
        "data that the fixture omero_server starts with: `empty`, `demo`, or a YAML or JSON file "
        "(relative to pytest's rootdir) that describes users, groups and data",
        default="empty",
    )


class Calls:
    """The calls that the server got since a test began.

    >>> omero_calls.of("IQuery.*")
    {'IQuery.findAllByQuery': 1}
    """

    def __init__(self, server: OmeroServer) -> None:
        """Count anew."""
        self._server = server
        server.forget_counts()

    def of(self, pattern: str = "*") -> dict[str, int]:
        """Calls by `Interface.operation`, those whose name matches a pattern with `*`."""
        found = self._server.counts()
        return {name: found[name] for name in sorted(found) if fnmatch.fnmatchcase(name, pattern)}

    def total(self, pattern: str = "*") -> int:
        """How many calls there were whose name matches."""
        return sum(self.of(pattern).values())

    def forget(self) -> None:
        """Count anew, such as after a test has prepared its data."""
        self._server.forget_counts()


@pytest.fixture(scope="session")
def omero_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OmeroServer]:
    """An OMERO stand-in: a process with ports and a data folder of its own, for the whole run."""
    data = str(request.config.getini(DATA))
    if data not in ("empty", "demo"):
        data = str(request.config.rootpath / data)
    folder = Path(tmp_path_factory.mktemp("omero-standin"))
    with started("--data", data, folder=folder) as server:
        yield server


@pytest.fixture
def omero_user(omero_server: OmeroServer) -> User:
    """A new account in a new read-annotate group: what one test makes, no other test sees."""
    return omero_server.new_user()


@pytest.fixture
def omero_gateway(omero_server: OmeroServer, omero_user: User) -> Iterator[Any]:
    """A BlitzGateway that is connected as `omero_user`; it is closed after the test."""
    with omero_server.connect(omero_user.name, omero_user.password) as gateway:
        yield gateway


@pytest.fixture
def omero_calls(omero_server: OmeroServer) -> Calls:
    """The calls that the server got since the test began, or since `forget()`."""
    return Calls(omero_server)


@pytest.fixture
def omero_faults(omero_server: OmeroServer) -> Iterator[Callable[..., None]]:
    """Orders a fault: `omero_faults("IQuery.*", "slow", seconds=2)`; none is left after the test.

    See `OmeroServer.order_fault` for what can be ordered.
    """
    yield omero_server.order_fault
    omero_server.cancel_faults()
