"""Limits of groups as a table: `Group,Quota [GB]`, one line for each group, nothing for no limit.

A gigabyte has 1024³ bytes here, as in the Docker edition.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from typing import Final

from omero_plugin_common import spreadsheet

HEADER: Final = ("Group", "Quota [GB]")
GIGABYTE: Final = 1024**3
# More than any disk, and far from the largest number that the database has.
MOST_GIGABYTES: Final = 2**32
MOST_LINES: Final = 10_000
_NAMED: Final = 10


class BadTable(ValueError):
    """Lines that cannot be used; the message names them."""


def bytes_of(gigabytes: float | None) -> int | None:
    """A limit in bytes.

    Args:
        gigabytes: more than 0; nothing for no limit.

    Raises:
        ValueError: no such number can be a limit.
    """
    if gigabytes is None:
        return None
    if not math.isfinite(gigabytes) or not 0 < gigabytes <= MOST_GIGABYTES:
        raise ValueError(f"{gigabytes} is no number of gigabytes between 0 and {MOST_GIGABYTES}")
    return max(1, round(gigabytes * GIGABYTE))


def gigabytes_of(count: int) -> float:
    """Bytes in gigabytes, without digits that nobody typed."""
    return round(count / GIGABYTE, 6)


def read(text: str, groups: Mapping[str, int]) -> dict[str, int | None]:
    """Limits in bytes by the name of the group, in the order of the table.

    Args:
        text: of the file; a first line that names the columns may be missing.
        groups: ids of all groups of OMERO by name.

    Raises:
        BadTable: a line cannot be used; nothing of the file may be.
    """
    rows = _rows(text)
    problems: list[str] = []
    found: dict[str, int | None] = {}
    for number, cells in rows:
        try:
            name, limit = _line(cells, groups)
            if name in found:
                raise ValueError(f"the group {name!r} is there twice")
            found[name] = limit
        except ValueError as problem:
            problems.append(f"line {number}: {problem}")
    if problems:
        more = f" and {len(problems) - _NAMED} more" if len(problems) > _NAMED else ""
        raise BadTable("; ".join(problems[:_NAMED]) + more)
    if not found:
        raise BadTable("the file has no groups: each line is a group and its quota in GB")
    return found


def _rows(text: str) -> list[tuple[int, list[str]]]:
    first = text.removeprefix("\ufeff").partition("\n")[0]
    # Where the semicolon is between cells, a comma may be the decimal sign.
    delimiter = ";" if first.count(";") >= max(1, first.count(",")) else ","
    try:
        rows = list(enumerate(spreadsheet.read(text, delimiter), 1))
    except csv.Error as error:
        raise BadTable(f"this is no CSV: {error}") from None
    if len(rows) > MOST_LINES:
        raise BadTable(f"the file has more than {MOST_LINES} lines")
    rows = [(number, cells) for number, cells in rows if any(cell.strip() for cell in cells)]
    if rows and rows[0][1][0].strip().casefold() == HEADER[0].casefold():
        rows = rows[1:]
    return rows


def _line(cells: Sequence[str], groups: Mapping[str, int]) -> tuple[str, int | None]:
    if len(cells) < len(HEADER):
        raise ValueError("it needs a group and a quota")
    name, quota = cells[0], cells[1].strip()
    if name not in groups:
        name = name.strip()
    if name not in groups:
        raise ValueError(f"OMERO has no group {name[:100]!r}")
    if not quota:
        return name, None
    # A comma as the decimal sign, as spreadsheets of some countries write it; never two signs.
    try:
        number = float(quota.replace(",", ".") if quota.isascii() and "_" not in quota else "no")
    except ValueError:
        raise ValueError(f"{quota[:50]!r} is no number of gigabytes") from None
    return name, bytes_of(number)
