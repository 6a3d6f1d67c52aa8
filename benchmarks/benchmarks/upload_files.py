"""A thousand small files from a script into the OMERO stand-in: how long each part takes."""

from __future__ import annotations

import io
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy
import tifffile

from omero_ci.console import step
from tools.common.errors import CommandError
from upload_site import UploadBrowser, browser_of
from whole_site import whole_site

VERSIONS: Final = ("omero-py", "psycopg2-binary", "zeroc-ice", "python-bioformats")
FILES: Final = 1000
HEADER: Final = f"{f'{FILES} files':<24} {'seconds':>9} {'goal':>6}  met"
_GOAL: Final = 60.0
# As many as a page sends at the same time.
_STREAMS: Final = 3
_PATIENCE: Final = 600
_SIDE: Final = 64


@dataclass(frozen=True)
class Row:
    """One part of the way.

    Attributes:
        name: what it does.
        seconds: how long it took.
        goal: how long it may take; nothing where only the sum has a goal.
    """

    name: str
    seconds: float
    goal: float | None = None

    def line(self) -> str:
        """One line of the table."""
        if self.goal is None:
            return f"{self.name:<24} {self.seconds:>9.1f}"
        met = "yes" if self.seconds <= self.goal else "NO"
        return f"{self.name:<24} {self.seconds:>9.1f} {self.goal:>6.0f}  {met}"

    def plain(self) -> dict[str, Any]:
        """The row as JSON data."""
        return asdict(self)


def measure() -> list[Row]:
    """Declare, send, read and import the files as one upload, with one worker.

    Raises:
        CommandError: not every file is an image in OMERO afterwards, with the same bytes.
    """
    with tempfile.TemporaryDirectory() as scratch, whole_site(Path(scratch)) as whole:
        whole.need_worker()
        browser = browser_of(whole, whole.people.person())
        files = dict(_images())
        rows: list[Row] = []
        with step(f"{FILES} files of {_SIDE} x {_SIDE} pixels"):
            with _timed(rows, "declared"):
                settings = {"confirm": "always"}
                job = browser.start(files, {"new_dataset": "Bench"}, settings)["job_id"]
            with _timed(rows, f"sent, {_STREAMS} at a time"):
                _send(browser, job, files)
            with _timed(rows, "read by Bio-Formats"):
                browser.until(job, "awaiting_confirmation", seconds=_PATIENCE)
            with _timed(rows, "imported and compared"):
                browser.tell(f"confirm/{job}/")
                done = browser.until(job, "done", "error", seconds=_PATIENCE)
        if done["files"] != {"imported": FILES}:
            raise CommandError(f"not every file was imported: {done}")
        _check_sums(browser, job)
    return [*rows, Row("together", sum(row.seconds for row in rows), _GOAL)]


def _images() -> Iterator[tuple[str, bytes]]:
    """Names that do not follow a pattern by which Bio-Formats would join them."""
    for number in range(FILES):
        out = io.BytesIO()
        pixels = (numpy.arange(_SIDE * _SIDE) + number).astype("uint16")
        tifffile.imwrite(out, pixels.reshape(_SIDE, _SIDE))
        yield f"day/cell_{number:04}x.tif", out.getvalue()


def _send(browser: UploadBrowser, job: str, files: dict[str, bytes]) -> None:
    def one(number: int, content: bytes) -> None:
        answer = browser.patch(job, number, 0, content)
        answer.raise_for_status()

    with ThreadPoolExecutor(_STREAMS) as pool:
        list(pool.map(one, range(len(files)), files.values()))


def _check_sums(browser: UploadBrowser, job: str) -> None:
    for each in browser.ask(f"files/{job}/")["files"]:
        sums = each["sha1"]
        if sums["staged"] is None or sums["staged"] != sums["omero"]:
            raise CommandError(f"OMERO stores other bytes than were sent: {each}")


@contextmanager
def _timed(rows: list[Row], name: str) -> Iterator[None]:
    begin = time.perf_counter()
    yield
    rows.append(Row(name, time.perf_counter() - begin))
