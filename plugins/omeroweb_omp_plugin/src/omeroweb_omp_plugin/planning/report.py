"""What a job did to each image."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from omeroweb_omp_plugin.planning import spreadsheet

Outcome = Literal["written", "replaced", "removed", "unchanged", "restored", "error"]
_CHANGED: Final = frozenset({"written", "replaced", "removed", "restored"})
HEADER: Final = ("image_id", "image_name", "outcome", "pairs_written", "sets_removed", "message")


@dataclass(frozen=True, slots=True)
class Line:
    """One image in a job's report.

    Attributes:
        image: its id.
        name: its name.
        outcome: what happened.
        pairs: pairs that were written.
        removed: sets that were taken away.
        message: why something was not done; empty when all was.
    """

    image: int
    name: str
    outcome: Outcome
    pairs: int = 0
    removed: int = 0
    message: str = ""

    def row(self) -> tuple[int, str, str, int, int, str]:
        """In the order of the header."""
        return (self.image, self.name, self.outcome, self.pairs, self.removed, self.message)


def added_up(before: Mapping[int, Line], lines: Iterable[Line]) -> list[Line]:
    """The lines of a step over all attempts at it.

    An attempt that finds nothing left to do on an image, or only a rest (old sets to take away,
    some sets of a backup), finishes what an earlier one had begun: then the job did what the
    earlier one says.

    Args:
        before: what earlier attempts did or were about to do, by image.
        lines: what this attempt does or did.
    """
    return [_added(before.get(each.image), each) for each in lines]


def _added(before: Line | None, now: Line) -> Line:
    begun = before is not None and before.outcome in _CHANGED
    if before is None or not begun or now.outcome not in ("unchanged", "removed", "restored"):
        return now
    pairs, removed = max(before.pairs, now.pairs), max(before.removed, now.removed)
    return replace(before, pairs=pairs, removed=removed, message=now.message)


def header() -> str:
    """The first line."""
    return next(spreadsheet.lines([HEADER]))


def as_csv(found: Iterable[Line]) -> Iterator[str]:
    """The lines of images, without the header."""
    return spreadsheet.lines(line.row() for line in found)
