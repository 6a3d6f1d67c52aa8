"""Tables and times as a person reads them."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence

_STEPS = (("d", 86400), ("h", 3600), ("min", 60))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines with columns below each other; the last one is as long as it is."""
    every = [tuple(head), *map(tuple, rows)]
    widths = [max(len(row[column]) for row in every) for column in range(len(head) - 1)]
    lines = []
    for row in every:
        cells = [cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=True)]
        lines.append("  ".join([*cells, row[-1]]).rstrip())
    return lines


def age(since: str, now: datetime.datetime) -> str:
    """How long ago a time of Kubernetes is, in its largest two units; `-` for none.

    Args:
        since: RFC 3339, as Kubernetes writes it.
        now: With a time zone.
    """
    if not since:
        return "-"
    then = datetime.datetime.fromisoformat(since.replace("Z", "+00:00"))
    seconds = max(int((now - then).total_seconds()), 0)
    for place, (unit, size) in enumerate(_STEPS):
        if seconds >= size:
            rest = seconds % size
            below = _STEPS[place + 1 :]
            if below and rest >= below[0][1]:
                return f"{seconds // size} {unit} {rest // below[0][1]} {below[0][0]}"
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def plain(text: str) -> str:
    """Text from the cluster as one line that cannot steer a terminal."""
    return "".join(each if each.isprintable() else " " for each in text)
