"""Uploads of many files: no statement takes as long as the square of their number.

The database gives up a statement after a while, so one that does fails here.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from uuid import UUID

import pytest

from omero_plugin_common.database import Database
from omeroweb_upload.planning.settings import StoredSettings
from omeroweb_upload.store import files, units, uploads
from omeroweb_upload.store.units import NewUnit
from omeroweb_upload.store.uploads import FileState, NewFile, Owner

pytestmark = pytest.mark.plugins

MANY = 20_000


def declared(states: Iterable[FileState]) -> UUID:
    job = uuid.uuid4()
    new = [
        NewFile(f"day {number % 7}/cell {number}.tif", number, number or None, "image", state)
        for number, state in enumerate(states)
    ]
    uploads.create(job, Owner(1, "ada", 2), StoredSettings(), new)
    return job


def unit(*numbers: int) -> NewUnit:
    return NewUnit(f"{numbers[0]}.tif", numbers, "TIFF", "", 1)


def units_of(database: Database, job: UUID) -> dict[int, int | None]:
    with database.transaction() as cursor:
        cursor.execute("select number, unit from upload_files where job = %s", (job,))
        return {row["number"]: row["unit"] for row in cursor.fetchall()}


def test_files_are_stored_as_they_were_declared(database: Database) -> None:
    states: list[FileState] = ["pending"] * (MANY // 2)
    job = declared([*states, "uploaded", "skipped"])
    first = files.page(job)[:2]
    assert [(each["path"], each["size"], each["modified"]) for each in first] == [
        ("day 0/cell 0.tif", 0, None),
        ("day 1/cell 1.tif", 1, 1),
    ]
    # More than one part of the list is sent to the database.
    rest = files.page(job, MANY // 2 - 2)
    assert [(each["number"], each["size"], each["state"]) for each in rest] == [
        (MANY // 2 - 1, MANY // 2 - 1, "pending"),
        (MANY // 2, MANY // 2, "uploaded"),
        (MANY // 2 + 1, MANY // 2 + 1, "skipped"),
    ]


def test_each_file_is_a_unit(database: Database) -> None:
    job = declared(["uploaded"] * MANY)
    units.store_found(job, [unit(number) for number in range(MANY)], {})
    assert units_of(database, job) == {number: number for number in range(MANY)}
    # And once more, as after files were taken out, with half of them unreadable.
    even = [unit(number) for number in range(0, MANY, 2)]
    why = {number: f"{number} is broken" for number in range(1, MANY, 2)}
    units.store_found(job, even, why)
    found = units_of(database, job)
    assert [found[number] for number in range(4)] == [0, None, 1, None]
    assert [each["message"] for each in files.page(job)[:2]] == ["", "1 is broken"]
    assert len(units.unreadable(job)) == MANY // 2


def test_a_file_shows_the_first_of_its_units(database: Database) -> None:
    job = declared(["uploaded"] * 5)
    units.store_found(job, [unit(0, 2), unit(1, 2)], {3: "broken"})
    assert units_of(database, job) == {0: 0, 1: 1, 2: 0, 3: None, 4: None}
    units.store_found(job, [], {})
    assert set(units_of(database, job).values()) == {None}


def test_units_in_omero_stay_those_of_their_files(database: Database) -> None:
    job = declared(["uploaded"] * 3)
    units.store_found(job, [unit(0, 2), unit(1)], {})
    units.save(job, [units.Outcome(0, "imported", sums={0: units.Sums("a", "a")})])
    units.store_found(job, [unit(1, 2)], {})
    assert units_of(database, job) == {0: 0, 1: 1, 2: 0}


@pytest.mark.parametrize(
    ("states", "complete"),
    [
        (["uploaded", "uploaded"], True),
        (["uploaded", "skipped"], True),
        (["uploaded", "pending"], False),
        (["pending"], False),
        (["skipped"], False),
    ],
)
def test_it_is_complete_when_nothing_is_awaited_and_something_came(
    database: Database, states: list[FileState], complete: bool
) -> None:
    declared(["pending"])
    assert uploads.is_complete(declared(states)) is complete
