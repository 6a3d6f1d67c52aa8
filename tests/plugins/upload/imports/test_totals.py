"""What is told of an upload's progress: each byte counts once, whatever its file becomes."""

from __future__ import annotations

import pytest

import microscope_files as made
from omeroweb_upload.planning.settings import SEM_EDX, AttachRule, JobSettings
from omeroweb_upload.store import uploads
from synthetic_spectra import MATERIALS
from synthetic_spectra import made as spectrum_of
from upload_lab import UploadLab

pytestmark = pytest.mark.plugins


def test_images_spectra_and_attachments_count_once(lab: UploadLab) -> None:
    files = {
        **made.tiff("day 1/cell.tif", 1),
        "day 1/cell.txt": spectrum_of("quartz", MATERIALS["quartz"], 20, 2e5, 2).file,
        "day 1/cell.pdf": b"%PDF-1.4 notes",
    }
    settings = JobSettings(
        special=SEM_EDX, confirm="always", attach=(AttachRule(extensions=(".pdf",)),)
    )
    upload = lab.arrived(
        files,
        settings=settings,
        roles={"day 1/cell.txt": "spectrum", "day 1/cell.pdf": "attachment"},
    )
    size = sum(map(len, files.values()))
    before = uploads.totals(lab.examined(upload).id)
    assert (before.received, before.imported, before.sent) == (size, 0, size)
    assert lab.imported(upload).state == "done"
    after = uploads.totals(upload.id)
    assert (after.received, after.imported, after.sent) == (size, size, size)
    assert after.files == {"imported": 1, "attached": 2}
    # None of them is said to be left out.
    assert not [row for row in lab.files(upload).values() if "kip" in row["message"]]
