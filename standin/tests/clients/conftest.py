"""A stand-in with the data of `lab.yaml`, and the clients logged in to it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

import local_services
from outside_clients import environment, tried
from outside_clients.omero_command import omero_command

DATA: Final = Path(__file__).with_name("lab.yaml")
Omero = Callable[..., str]


@pytest.fixture(scope="session")
def clients_standin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[local_services.Service]:
    """The stand-in; `ada`, whose password is her name, owns the data."""
    folder = tmp_path_factory.mktemp("standin")
    with local_services.standin(folder, "--data", str(DATA)) as running:
        yield running


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the command line keeps its session, and what the tests give it."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def omero(clients_standin: local_services.Service, home: Path) -> Iterator[Omero]:
    """Runs the clients' `omero` as ada, asserts that it succeeds, and returns what it prints."""
    with omero_command(home) as run:
        run("login", "-s", f"127.0.0.1:{clients_standin.port}", "-u", "ada", "-w", "ada")
        yield run


@pytest.fixture(scope="session")
def numbered(omero: Omero) -> Callable[[str, str], str]:
    """Finds an object by its class and name and returns it as `Class:number`."""

    def found(kind: str, name: str) -> str:
        query = f"select o.id from {kind} o where o.name = '{name}'"  # noqa: S608 - HQL of a test
        lines = omero("hql", "-q", "--style", "csv", query).splitlines()
        return f"{kind}:{lines[-1].split(',')[1]}"

    return found


@pytest.fixture(scope="session")
def ezomero_results(
    clients_standin: local_services.Service, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str | None]:
    """How each function of ezomero did, from one run of all: null, or how it failed.

    On a stand-in of its own, because the functions count what is there.
    """
    folder = tmp_path_factory.mktemp("ezomero")
    with local_services.standin(folder, "--data", str(DATA)) as running:
        login = ["127.0.0.1", str(running.port), "ada", "ada", str(folder)]
        done = environment.run([str(tried.EZOMERO_CHECKS), *login], folder)
    results = folder / "results.json"
    assert results.is_file(), f"the checks did not run to their end:\n{done.stdout}{done.stderr}"
    found: dict[str, str | None] = json.loads(results.read_text())
    return found


@pytest.fixture
def trying() -> Callable[..., object]:
    """A block that tries one row of the table, and fails in the way that the row says, if any."""

    @contextmanager
    def block(client: str, what: str) -> Iterator[None]:
        (row,) = (each for each in tried.ALL if (each.client, each.what) == (client, what))
        try:
            yield
        except AssertionError as failure:
            if row.difference is None or not re.search(row.difference.shows, str(failure)):
                raise
            return
        assert row.difference is None, f"{client} {what} works: take its difference from the table"

    return block
