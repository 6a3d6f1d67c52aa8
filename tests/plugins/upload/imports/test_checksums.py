"""Bytes that change on their way are noticed, named and kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import microscope_files as made
from omeroweb_upload.import_drivers.native import NativeImport
from omeroweb_upload.omero_api import filesets
from omeroweb_upload.services import change_upload
from upload_lab import UploadLab

pytestmark = pytest.mark.plugins
OTHER = "f" * 40


def test_omero_received_other_bytes(lab: UploadLab, monkeypatch: pytest.MonkeyPatch) -> None:
    """OMERO.server compares what it received with the checksum of what was sent."""
    real = NativeImport._send

    def send(self: NativeImport, process: Any, number: int, file: Any, watch: Any) -> str:
        sha1 = real(self, process, number, file, watch)
        return OTHER if file.path.endswith(".ids") else sha1

    monkeypatch.setattr(NativeImport, "_send", send)
    upload = lab.imported(lab.arrived({**made.ics_pair("run"), **made.tiff()}))
    assert upload.state == "error"
    header, values, tiff = lab.files(upload).values()
    assert "OMERO did not receive the bytes that were sent" in values["message"]
    assert [each["state"] for each in (header, values, tiff)] == ["failed", "failed", "imported"]
    assert lab.staged(upload) == ["run/cell.ics", "run/cell.ids"]
    # The half-made fileset is gone; the next attempt imports it.
    monkeypatch.setattr(NativeImport, "_send", real)
    change_upload.try_again(upload, "")
    lab.work()
    assert lab.now(upload).state == "done"
    assert len(lab.images(upload)) == 2
    query = "select count(distinct e.fileset.id) from FilesetEntry e where e.clientPath like :path"
    assert lab.rows(query, path=f"{upload.id.hex}/%") == [[2]]


@pytest.mark.parametrize("stored", [OTHER, ""], ids=["another checksum", "no checksum"])
def test_omero_stores_other_bytes(
    lab: UploadLab, monkeypatch: pytest.MonkeyPatch, stored: str
) -> None:
    real = filesets.of_images

    def of_images(conn: Any, images: Any) -> Any:
        found = real(conn, images)
        return {
            image: replace(each, sums=dict.fromkeys(each.sums, stored))
            for image, each in found.items()
        }

    monkeypatch.setattr(filesets, "of_images", of_images)
    upload = lab.imported(lab.arrived(made.tiff()))
    assert upload.state == "error"
    [row] = lab.files(upload).values()
    assert row["state"] == "failed"
    assert ("OMERO has other bytes" if stored else "not proven the same") in row["message"]
    assert lab.staged(upload) == ["cell.tif"]
    [unit] = lab.units(upload)
    assert (unit.state, unit.fileset_id is not None) == ("failed", True)


def test_a_received_file_that_is_gone_is_named(lab: UploadLab) -> None:
    upload = lab.arrived({**made.tiff("a.tif"), **made.tiff("b.tif", 1)}, settings=None)
    lab.at(upload, "a.tif").unlink()
    upload = lab.imported(upload)
    assert lab.files(upload)["a.tif"]["state"] == "skipped"
    assert lab.files(upload)["a.tif"]["message"]
    assert lab.files(upload)["b.tif"]["state"] == "imported"
