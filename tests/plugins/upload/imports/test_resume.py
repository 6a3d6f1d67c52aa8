"""A worker dies, OMERO refuses, the user cancels or tries again: nothing is imported twice."""

from __future__ import annotations

from typing import Any

import pytest

import microscope_files as made
from omero_plugin_common import database
from omero_plugin_common.jobs import JobCancelled
from omeroweb_upload.import_drivers.native import NativeImport
from omeroweb_upload.services import change_upload, clean_up, import_units
from omeroweb_upload.services.prove import Settling
from omeroweb_upload.services.worker_jobs import start_examine
from omeroweb_upload.store import old_uploads, units, uploads
from upload_lab import UploadLab

pytestmark = pytest.mark.plugins


class Dies(BaseException):
    """The worker is gone."""


def raised_once(monkeypatch: pytest.MonkeyPatch, where: Any, name: str, error: Any) -> None:
    """The next call of a method raises; all others do what they do."""
    real, calls = getattr(where, name), []

    def once(*args: Any, **named: Any) -> Any:
        calls.append(1)
        if len(calls) == 1:
            raise error
        return real(*args, **named)

    monkeypatch.setattr(where, name, once)


def filesets(lab: UploadLab, upload: uploads.Upload) -> int:
    query = "select count(distinct e.fileset.id) from FilesetEntry e where e.clientPath like :path"
    return int(lab.rows(query, path=f"{upload.id.hex}/%")[0][0])


@pytest.mark.parametrize(
    ("where", "name"),
    [(NativeImport, "_prepare"), (NativeImport, "_send"), (NativeImport, "_finish"),
     (Settling, "settle"), (units, "save"), (Settling, "_clear")],
    ids=["before", "sending", "before the checksums", "imported", "stored", "cleared"],
)  # fmt: skip
def test_a_worker_dies(
    lab: UploadLab, monkeypatch: pytest.MonkeyPatch, where: Any, name: str
) -> None:
    upload = lab.arrived(made.many_tiffs(6))
    start_examine(upload, "uploading")
    raised_once(monkeypatch, where, name, Dies())
    lab.work(dying=Dies)
    assert lab.now(upload).state == "importing"
    lab.revive()
    lab.work()
    assert lab.now(upload).state == "done"
    assert [unit.state for unit in lab.units(upload)] == ["imported"] * 6
    assert filesets(lab, upload) == 6
    assert len(set(lab.images(upload))) == 6
    if name != "_clear":
        assert lab.staged(upload) == []


def test_only_what_failed_is_tried_again(lab: UploadLab) -> None:
    files = made.many_tiffs(3)
    bad = list(files)[1]
    upload = lab.imported(lab.arrived(files, browser={bad: "0" * 40}))
    assert [unit.state for unit in lab.units(upload)] == ["imported", "failed", "imported"]
    before = lab.images(upload)
    _set_browser(upload, bad, None)
    change_upload.try_again(lab.now(upload), "")
    lab.work()
    assert lab.now(upload).state == "done"
    assert len(lab.images(upload)) == 3
    assert set(before) < set(lab.images(upload))
    assert filesets(lab, upload) == 3


def test_what_came_into_omero_after_it_counted_as_failed_is_not_imported_again(
    lab: UploadLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = lab.arrived(made.tiff())
    start_examine(upload, "uploading")
    raised_once(monkeypatch, units, "save", Dies())
    lab.work(dying=Dies)
    with_failed = "update upload_units set state = 'failed' where job = %s"
    _sql(with_failed, upload.id)
    _sql("update upload_jobs set state = 'error', finished = now() where id = %s", upload.id)
    _sql(
        "update omero_plugin_jobs set state = 'failed', finished = now(), lease_until = null, "
        "error_text = 'it died', error_code = 'died' where finished is null"
    )
    change_upload.try_again(lab.now(upload), "")
    lab.work()
    assert lab.now(upload).state == "done"
    assert filesets(lab, upload) == 1


def test_cancelled_between_two_blocks(lab: UploadLab, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = lab.arrived(made.many_tiffs(3))
    start_examine(upload, "uploading")
    real = import_units.Progress.sent

    def sent(self: import_units.Progress, count: int) -> None:
        real(self, count)
        if lab.now(upload).state == "importing":
            change_upload.cancel(lab.now(upload))
        raise JobCancelled

    monkeypatch.setattr(import_units.Progress, "sent", sent)
    lab.work()
    assert lab.now(upload).state == "cancelled"
    assert lab.images(upload) == []
    monkeypatch.setattr(import_units.Progress, "sent", real)
    change_upload.try_again(lab.now(upload), "")
    lab.work()
    assert lab.now(upload).state == "done"
    assert filesets(lab, upload) == 3


def test_files_that_omero_links_are_never_cleared(lab: UploadLab) -> None:
    upload = lab.imported(lab.arrived(made.tiff()))
    other = lab.imported(lab.arrived(made.tiff()))
    _sql(
        "update upload_jobs set settings = jsonb_set(settings, '{settings,transfer}', "
        "'\"in_place\"') where id = %s",
        upload.id,
    )
    _sql("update upload_jobs set finished = now() - interval '90 days'")
    assert [each.id for each in old_uploads.to_clear(60, 10)] == [other.id]
    clean_up.clean_up()
    assert lab.now(upload).cleared is None


def _set_browser(upload: uploads.Upload, path: str, value: str | None) -> None:
    statement = "update upload_files set sha1_browser = %s where job = %s and path = %s"
    _sql(statement, value, upload.id, path)


def _sql(statement: str, *values: object) -> None:
    with database.default().transaction() as cursor:
        cursor.execute(statement, values)
