"""A user's uploads: running ones, the history in pages, reports, and what failed once more."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from psycopg2.extras import Json

from omero_plugin_common import spreadsheet
from omero_plugin_common.database import Database
from omero_plugin_common.errors import BadRequest, Conflict, Forbidden, NotFound
from omero_plugin_common.web import Caller
from omeroweb_upload.planning.settings import JobSettings, StoredSettings, Target
from omeroweb_upload.services import history
from omeroweb_upload.store import uploads
from omeroweb_upload.store.uploads import FileState, NewFile, Owner, State, Upload
from upload_places import Places

ADA, BEN = Owner(7, "ada", 3), Owner(8, "ben", 3)
SETTINGS = StoredSettings(
    target=Target(new_dataset="New"), settings=JobSettings(driver="command_line", batch_files=3)
)
A, B, C = "a" * 40, "b" * 40, "c" * 40


@pytest.fixture(autouse=True)
def place(database: Database, staging_folder: Path) -> Database:
    return database


def _upload(
    state: State = "done",
    paths: Sequence[str] = ("day/a.tif",),
    owner: Owner = ADA,
    settings: StoredSettings = SETTINGS,
) -> UUID:
    job = uuid.uuid4()
    # One that has all its files would go on when it is looked at.
    arrived: FileState = "pending" if state == "uploading" else "uploaded"
    files = [NewFile(path, 5, 1_700_000_000_123, "image", arrived, A) for path in paths]
    uploads.create(job, owner, settings, files)
    if state != "uploading":
        uploads.move(job, ["uploading"], state)
    return job


def _set(database: Database, job: UUID, number: int, **columns: Any) -> None:
    with database.transaction() as cursor:
        for name, value in columns.items():
            cursor.execute(
                f"update upload_files set {name} = %s where job = %s and number = %s",  # noqa: S608
                (value, job, number),
            )


def _unit(database: Database, job: UUID, number: int, objects: dict[str, list[int]]) -> None:
    with database.transaction() as cursor:
        cursor.execute(
            "insert into upload_units (job, number, path, files, format, reader, images, state, "
            "dataset_id, fileset_id, objects) values (%s, %s, '', array[0], 'OME-TIFF', '', 1, "
            "'imported', 51, 9, %s)",
            (job, number, Json(objects)),
        )


def _ids(listed: list[dict[str, Any]]) -> list[str]:
    return [each["job_id"] for each in listed]


def test_each_user_has_their_own(place: Database) -> None:
    open_, ended = _upload("uploading"), _upload("done")
    _upload("uploading", owner=BEN)
    _upload("error", owner=BEN)
    assert _ids(history.running(7)) == [str(open_)]
    listed, following = history.ended(7, "")
    assert (_ids(listed), following) == ([str(ended)], None)
    assert history.running(99) == []


def test_the_newest_comes_first_and_pages_have_each_once(place: Database) -> None:
    jobs = [str(_upload()) for _ in range(2 * history.PAGE + 1)]
    with place.transaction() as cursor:
        # As when a script declares many at the same moment.
        cursor.execute("update upload_jobs set created = '2026-11-29T20:00:00.123456Z'")
    seen: list[str] = []
    before: str | None = ""
    pages = 0
    while before is not None:
        listed, before = history.ended(7, before)
        seen += _ids(listed)
        pages += 1
    assert (sorted(seen), len(set(seen)), pages) == (sorted(jobs), len(jobs), 3)


# Not by `uuid4`: the processes of pytest-xdist must agree on the names of the tests.
@pytest.mark.parametrize(
    "before", ["x", "2026-11-29", f"_{UUID(int=7)}", "2026-11-29T20:00:00+00:00_1", "'; drop --_"]
)
def test_a_place_that_no_page_said(before: str) -> None:
    with pytest.raises(BadRequest):
        history.ended(7, before)


@pytest.mark.parametrize(
    ("paths", "title"),
    [
        (["day 1/a.tif", "day 1/b.tif"], "day 1"),
        (["a.tif"], "a.tif"),
        (["a.tif", "b.tif"], "a.tif and 1 other file"),
        (["a.tif", "b/c.tif", "d.tif"], "a.tif and 2 other files"),
    ],
)
def test_a_title_by_which_it_is_recognised(paths: list[str], title: str) -> None:
    _upload(paths=paths)
    assert history.ended(7, "")[0][0]["title"] == title


def test_what_can_be_replayed(place: Database) -> None:
    done = _upload("done")
    _set(place, done, 0, state="imported")
    failed, cancelled = _upload("error"), _upload("cancelled")
    _set(place, failed, 0, state="failed")
    shown = {each["job_id"]: each["can_replay"] for each in history.ended(7, "")[0]}
    assert shown == {str(done): False, str(failed): True, str(cancelled): True}


def test_the_report_has_a_line_for_each_file(place: Database) -> None:
    paths = ["=cmd|' /C calc'!A0.tif", 'größe "q", x.tif', "c.tif", "d.tif"]
    job = _upload("done", paths)
    _unit(place, job, 0, {"images": [5, 6], "plates": []})
    _set(place, job, 0, state="imported", sha1_staged=A, sha1_omero=A, unit=0)
    _set(place, job, 1, state="imported", sha1_staged=A, sha1_omero=B, unit=0)
    _set(place, job, 2, state="failed", sha1_browser=None, message="cannot be read")
    _set(place, job, 3, state="imported", sha1_browser=None, sha1_staged=C, sha1_omero=C)
    text = "".join(history.report_lines(job, 7))
    assert next(csv.reader(io.StringIO(text.splitlines()[1])))[0].startswith("'=")
    header, *rows = spreadsheet.read(text)
    files = [dict(zip(header, row, strict=True)) for row in rows]
    assert [each["path"] for each in files] == paths
    assert [each["same_bytes"] for each in files] == ["yes", "no", "", "yes, since it arrived"]
    first, _, failed, _ = files
    assert (first["images"], first["format"], first["fileset"], first["dataset"]) == (
        "5 6", "OME-TIFF", "9", "51",
    )  # fmt: skip
    assert first["modified"] == "2023-11-14T22:13:20.123+00:00"
    assert (failed["state"], failed["message"]) == ("failed", "cannot be read")


def test_a_report_of_many_files_comes_in_parts(place: Database) -> None:
    job = _upload("done", [f"{n:05}.tif" for n in range(5001)])
    parts = list(history.report_lines(job, 7))
    assert len(parts) == 4
    assert sum(part.count("\r\n") for part in parts) == 5002


def test_nobody_reads_the_report_of_others() -> None:
    job = _upload()
    for user in (8, 0):
        with pytest.raises(NotFound):
            history.report_lines(job, user)
    with pytest.raises(NotFound):
        history.report_lines(uuid.uuid4(), 7)


# --- replay


def _caller(omero: Places, user: str) -> Caller:
    asks = omero.asks(user)
    return Caller(omero.user(user), asks.user_id, user, asks.group_id, asks.is_admin, "request")


def _replay(omero: Places, job: UUID, user: str = "ada") -> Upload:
    request = SimpleNamespace(audit=SimpleNamespace(add=lambda *_: None))
    return history.replay(request, _caller(omero, user), job)


def _owner(omero: Places, user: str = "ada") -> Owner:
    asks = omero.asks(user)
    return Owner(asks.user_id, user, asks.group_id)


def test_files_that_are_gone_are_declared_again_with_the_same_settings(
    place: Database, omero: Places
) -> None:
    job = _upload("error", ["d/a.tif", "d/b.tif", "d/c.tif"], _owner(omero))
    _set(place, job, 0, state="imported")
    _set(place, job, 1, state="failed")
    with place.transaction() as cursor:
        cursor.execute("update upload_jobs set cleared = now() where id = %s", (job,))
    again = _replay(omero, job)
    assert again.id != job
    assert (again.state, again.settings, again.file_count) == ("uploading", SETTINGS, 2)
    with place.transaction() as cursor:
        cursor.execute(
            "select path, size, modified, sha1_browser, state from upload_files where job = %s",
            (again.id,),
        )
        rows = [tuple(row.values()) for row in cursor.fetchall()]
    assert sorted(rows) == [
        ("d/b.tif", 5, 1_700_000_000_123, A, "pending"),
        ("d/c.tif", 5, 1_700_000_000_123, A, "pending"),
    ]


def test_only_what_has_ended_and_failed_is_replayed(place: Database, omero: Places) -> None:
    running = _upload("uploading", owner=_owner(omero))
    with pytest.raises(Conflict) as refused:
        _replay(omero, running)
    assert refused.value.code == "not_ended"
    done = _upload("done", owner=_owner(omero))
    _set(place, done, 0, state="imported")
    with pytest.raises(Conflict) as refused:
        _replay(omero, done)
    assert refused.value.code == "nothing_failed"
    with pytest.raises(NotFound):
        _replay(omero, done, "ben")


def test_a_target_that_is_gone_stops_a_replay(place: Database, omero: Places) -> None:
    settings = StoredSettings(target=Target(dataset=omero.dataset("notes")))
    job = _upload("expired", owner=_owner(omero, "ben"), settings=settings)
    with pytest.raises(Forbidden):
        _replay(omero, job, "ben")
    assert history.running(omero.asks("ben").user_id) == []
