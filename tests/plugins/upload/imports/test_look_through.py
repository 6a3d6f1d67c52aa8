"""How often Bio-Formats is asked about the files of an upload."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

import microscope_files as made
from omeroweb_upload import bio_formats
from omeroweb_upload.bio_formats import Description, Unread
from omeroweb_upload.services.examine import look_through
from omeroweb_upload.services.staged import StagedFolder
from omeroweb_upload.store.units import JobFile

pytestmark = pytest.mark.plugins


class Told:
    """How far it is."""

    def __init__(self) -> None:
        self.last = (0, 0)

    def progress(self, done: int, total: int | None = None, message: str | None = None) -> None:
        self.last = (done, total or self.last[1])


def test_each_unit_is_asked_about_once(java: None, staging_folder: Path) -> None:
    """In one call, and never about a file that was read with another one."""
    files = {
        **made.tiff("one/cell.tif"),
        **made.ome_tiff_with_companion(),
        **made.pattern_of_tiffs(count=3),
        "broken.tif": b"II*\0",
    }
    job = uuid.uuid4()
    folder = StagedFolder(job)
    for path, content in files.items():
        folder.at(path).parent.mkdir(parents=True, exist_ok=True)
        folder.at(path).write_bytes(content)
    rows = [
        JobFile(number, path, len(files[path]), "image", None, None, None)
        for number, path in enumerate(files)
    ]
    calls: list[list[str]] = []

    def ask(paths: Iterable[str]) -> Iterator[Description | Unread]:
        asked: list[str] = []
        calls.append(asked)

        def noted() -> Iterator[str]:
            for path in paths:
                asked.append(path)
                yield path

        return bio_formats.shared().describe(noted())

    told = Told()
    found = look_through(told, rows, folder, ask)
    assert sorted(path for unit in found.units for path in unit.files) == sorted(
        set(files) - {"broken.tif"}
    )
    assert list(found.unread) == ["broken.tif"]
    [asked] = calls
    assert len(asked) == len(found.units) + len(found.unread)
    assert told.last == (len(files), len(files))
    # What is read again, after files were taken out, is the same.
    assert look_through(told, rows, folder, ask) == found
