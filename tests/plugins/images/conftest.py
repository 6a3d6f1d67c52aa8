"""PostgreSQL for the tests of this folder: one server for a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import local_services


@pytest.fixture(scope="module")
def postgres() -> Iterator[local_services.Service]:
    """Its superuser and database are called omero."""
    with (
        local_services.folder_for_postgres() as folder,
        local_services.postgres(folder) as running,
    ):
        yield running


@pytest.fixture(scope="module")
def inside(postgres: local_services.Service) -> dict[str, str]:
    """The environment of a command inside its container: the programs and the trusted socket."""
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"))
    return {
        "PATH": f"{programs}:/usr/bin:/bin",
        "PGHOST": str(postgres.log.parent),
        "PGPORT": str(postgres.port),
    }
