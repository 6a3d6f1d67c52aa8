"""PostgreSQL for the tests of this folder: one server for a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import local_services
from backup_lab import BackupSite, filled


@contextmanager
def _postgres() -> Iterator[local_services.Service]:
    with (
        local_services.folder_for_postgres() as folder,
        local_services.postgres(folder) as running,
    ):
        yield running


@pytest.fixture(scope="module")
def postgres() -> Iterator[local_services.Service]:
    """Its superuser and database are called omero."""
    with _postgres() as running:
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


@pytest.fixture(scope="module")
def other_postgres() -> Iterator[local_services.Service]:
    """The server of the site that a backup is restored into."""
    with _postgres() as running:
        yield running


@pytest.fixture
def places() -> Iterator[Path]:
    """A folder that PostgreSQL's account may enter."""
    with local_services.folder_for_postgres() as folder:
        yield folder


@pytest.fixture
def site(places: Path, postgres: local_services.Service) -> BackupSite:
    """A site with data."""
    return filled(places, postgres)


@pytest.fixture
def other(places: Path, other_postgres: local_services.Service, site: BackupSite) -> BackupSite:
    """A new site without data, of other names, that knows the backups of the first."""
    made = BackupSite(places / "other", other_postgres, site.store, name="new-omero")
    made.make()
    return made
