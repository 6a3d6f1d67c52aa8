"""Files and units of an upload, a page at a time."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from omeroweb_upload.store import files as stored_files
from omeroweb_upload.store import listing

PAGE: Final = stored_files.PAGE


def files(job: UUID, first: int) -> dict[str, Any]:
    """At most 1000 files, in the order that they were declared in.

    Args:
        job: the upload.
        first: the number of the first one.
    """
    rows = stored_files.page(job, first - 1)
    return {"files": [_file(row) for row in rows], "next": _next(rows)}


def units(job: UUID, first: int) -> dict[str, Any]:
    """At most 1000 units, with the paths of their files.

    Args:
        job: the upload.
        first: the number of the first one.
    """
    rows = listing.units(job, first, PAGE)
    return {"units": rows, "next": _next(rows)}


def _file(row: dict[str, Any]) -> dict[str, Any]:
    sums = {name: row.pop(f"sha1_{name}") for name in ("browser", "staged", "omero")}
    return row | {"sha1": sums}


def _next(rows: list[dict[str, Any]]) -> int | None:
    """The first number of the next page, if there may be one."""
    return int(rows[-1]["number"]) + 1 if len(rows) == PAGE else None
