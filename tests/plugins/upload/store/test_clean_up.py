"""What the clean-up deletes, and that it never deletes files of an upload that is running."""

from __future__ import annotations

import os
import uuid
from pathlib import Path, PurePosixPath
from uuid import UUID

import pytest

from omero_plugin_common.database import Database
from omero_plugin_common.errors import Conflict
from omero_plugin_common.jobs.launch import job_store
from omero_plugin_common.jobs.registry import job, kind_of
from omero_plugin_common.jobs.store import Owner as JobOwner
from omeroweb_upload.planning.settings import StoredSettings
from omeroweb_upload.services import change_upload
from omeroweb_upload.services.clean_up import clean_up
from omeroweb_upload.store import old_uploads, uploads
from omeroweb_upload.store.uploads import NewFile, Owner, Upload
from omeroweb_upload.transfer.staging import Staging

ADA = Owner(7, "ada", 3)
HOUR, DAY = 3600, 86_400


@job("cleaning.import")
def importing(_context: object) -> None:
    """Stands for an import; no worker runs it here."""


@pytest.fixture
def staging(database: Database, staging_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Staging:
    monkeypatch.setenv("OMERO_WEB_UPLOAD_CLEANUP_MAX_AGE", str(HOUR))
    monkeypatch.setenv("OMERO_WEB_UPLOAD_CLEANUP_STALE_AGE", str(DAY))
    return Staging(staging_folder)


def made(staging: Staging, base: Database, state: str, seconds: float) -> UUID:
    """An upload with a staged file that was touched, or ended, so long ago."""
    one = uuid.uuid4()
    staging.make_job(one)
    staging.create_empty(one, [PurePosixPath("a.tif")])
    uploads.create(one, ADA, StoredSettings(), [NewFile("a.tif", 5, None, "image", "pending")])
    with base.transaction() as cursor:
        cursor.execute(
            "update upload_jobs set state = %(state)s, "
            "touched = now() - %(seconds)s * interval '1 second', "
            "finished = case when %(state)s in ('done', 'error', 'cancelled', 'expired') "
            "then now() - %(seconds)s * interval '1 second' end where id = %(id)s",
            {"state": state, "seconds": seconds, "id": one},
        )
    return one


def upload_of(one: UUID) -> Upload:
    found = uploads.by_id(one)
    assert found is not None
    return found


def state(one: UUID) -> str:
    return upload_of(one).state


@pytest.mark.parametrize(
    ("before", "seconds", "after", "deleted"),
    [
        ("uploading", DAY - 60, "uploading", False),
        ("uploading", DAY + 60, "expired", True),
        ("awaiting_confirmation", DAY - 60, "awaiting_confirmation", False),
        ("awaiting_confirmation", 40 * DAY, "expired", True),
        ("ready", 40 * DAY, "expired", True),
        ("done", HOUR - 60, "done", False),
        ("done", HOUR + 60, "done", True),
        ("error", HOUR - 60, "error", False),
        ("error", HOUR + 60, "error", True),
        ("cancelled", 0, "cancelled", True),
    ],
)
def test_files_stay_as_long_as_the_site_says(
    staging: Staging, database: Database, before: str, seconds: int, after: str, deleted: bool
) -> None:
    one = made(staging, database, before, seconds)
    clean_up()
    assert state(one) == after
    assert (staging.jobs() == []) == deleted
    found = uploads.by_id(one)
    assert found is not None and (found.cleared is not None) == deleted


def test_one_that_receives_bytes_now_never_expires(staging: Staging, database: Database) -> None:
    one = made(staging, database, "uploading", 2 * DAY)
    with database.transaction() as cursor:
        cursor.execute(
            "update upload_files set lease_token = gen_random_uuid(), "
            "lease_until = now() + interval '3 seconds' where job = %s",
            (one,),
        )
    clean_up()
    assert (state(one), staging.jobs()) == ("uploading", [one])


@pytest.mark.parametrize("before", ["checking", "importing"])
def test_one_that_a_worker_has_stays(staging: Staging, database: Database, before: str) -> None:
    one = made(staging, database, before, 40 * DAY)
    queued = job_store().create(kind_of("cleaning.import"), JobOwner(7, "ada", 3), {})
    with database.transaction() as cursor:
        cursor.execute(
            "update upload_jobs set examine_job = %s, import_job = %s where id = %s",
            (queued.id, queued.id, one),
        )
    clean_up()
    assert (state(one), staging.jobs()) == (before, [one])
    # Cancelled, and the worker has not stopped yet.
    uploads.move(one, [before], "cancelled")  # type: ignore[list-item]
    clean_up()
    assert staging.jobs() == [one]
    # It would end what begins now.
    with pytest.raises(Conflict, match="still being cancelled"):
        change_upload.try_again(upload_of(one), "")
    job_store().request_cancel(queued.id)
    clean_up()
    assert staging.jobs() == []


def test_whoever_comes_first_has_the_files(staging: Staging, database: Database) -> None:
    kept, lost = (made(staging, database, "error", HOUR + 60) for _ in range(2))
    old = old_uploads.to_clear(HOUR, 10)
    assert {each.id for each in old} == {kept, lost}
    # Its user tries one again, after the clean-up has looked and before it deletes.
    assert uploads.move(kept, ["error"], "importing") is not None
    assert {each.id: old_uploads.clear(each) for each in old} == {kept: False, lost: True}
    # And the other way round.
    assert uploads.move(lost, ["error"], "importing") is None
    assert (state(kept), state(lost)) == ("importing", "error")


@pytest.mark.parametrize("before", ["checking", "importing"])
def test_one_that_no_worker_has_ends_with_an_error(
    staging: Staging, database: Database, before: str
) -> None:
    one = made(staging, database, before, 120)
    clean_up()
    found = uploads.by_id(one)
    assert found is not None
    assert (found.state, "try again" in found.message) == ("error", True)
    # It can be tried again for an hour.
    assert staging.jobs() == [one]


def test_folders_without_an_upload_are_deleted_when_they_are_old(
    staging: Staging, staging_folder: Path
) -> None:
    old, new = uuid.uuid4(), uuid.uuid4()
    for one in (old, new):
        staging.make_job(one)
    (staging_folder / "lost+found").mkdir()
    (staging_folder / "notes.txt").write_text("of an administrator")
    for each in (staging_folder / old.hex, staging_folder / "lost+found"):
        os.utime(each, (0, 0))
    clean_up()
    assert staging.jobs() == [new]
    assert (staging_folder / "lost+found").exists()
    assert (staging_folder / "notes.txt").exists()


def test_what_omero_reads_in_place_stays_whatever_the_database_says(
    staging: Staging, staging_folder: Path, database: Database
) -> None:
    """The database is lost, or a copy from before the import is in its place."""
    lost, older = uuid.uuid4(), made(staging, database, "uploading", 2 * DAY)
    staging.make_job(lost)
    for one in (lost, older):
        staging.create_empty(one, [PurePosixPath("a.tif")])
        staging.mark_linked(one)
        os.utime(staging_folder / one.hex, (0, 0))
    assert clean_up() == 0
    assert staging.jobs() == sorted([lost, older])
    assert all(staging.path(one, "a.tif").exists() for one in (lost, older))
    assert upload_of(older).cleared is not None


def test_one_round_deletes_no_more_than_the_site_says(
    staging: Staging, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMERO_WEB_UPLOAD_CLEANUP_MAX_DELETE", "2")
    for _ in range(5):
        made(staging, database, "cancelled", DAY)
    left = []
    for _ in range(4):
        clean_up()
        left.append(len(staging.jobs()))
    assert left == [3, 1, 0, 0]
