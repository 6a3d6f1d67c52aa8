"""A backup where the programs of PostgreSQL, and the servers, are of different versions."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

import postgres_major
import quick_store
from backup_lab import BackupSite, filled, own, restored
from local_services import Service

# As PostgreSQL 15.20 marks columns, which 17.10 hands on and does not know.
MARKED = [
    "update pg_attribute set attoptions = '{n_distinct=5,pg_attver=26586176}'"
    " where attrelid = 'originalfile'::regclass and attnum = 1",
    "update pg_attribute set attoptions = '{pg_attver=26586176}'"
    " where attrelid = 'originalfile'::regclass and attnum > 1",
]


@pytest.fixture
def newer(places: Path) -> Iterator[Service]:
    """A server of the next major version."""
    folder = places / "newer-server"
    folder.mkdir()
    own(folder)
    with postgres_major.newer(folder, secrets.token_hex(8)) as running:
        yield running


def newer_path(places: Path) -> str:
    """PATH of an image with the programs of the next major version."""
    return f"{postgres_major.programs(places)}:/usr/bin:/bin"


def test_programs_that_are_too_old_say_so_and_nothing_is_written(
    places: Path, newer: Service
) -> None:
    site = filled(places, newer)
    made = site.run("backup")
    assert made.code == 1, made.output
    words = "is PostgreSQL 17, and the programs of this image are of 15"
    assert words in made.message["message"], made.message
    assert not list(Path(site.store).iterdir())


def test_newer_programs_back_up_an_older_server_and_restore_into_a_newer(
    site: BackupSite, places: Path, newer: Service
) -> None:
    path = newer_path(places)
    quick_store.make(Path(site.store))
    for statement in MARKED:
        site.sql(statement)
    made = site.run("run", "--verify", PATH=path)
    assert (made.code, made.message["verified"]) == (0, True), made.output
    other = BackupSite(places / "other", newer, site.store, name="new-omero")
    other.make()
    done = other.run("restore", PATH=path)
    assert done.code == 0, done.output
    assert restored(site, other)
    options = "select attoptions from pg_attribute where attrelid = 'originalfile'::regclass"
    assert other.sql(f"{options} and attnum = 1") == [(["n_distinct=5"],)]
