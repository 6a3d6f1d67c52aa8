"""What a job did to each image."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from omeroweb_omp_plugin.planning import spreadsheet

Outcome = Literal["written", "replaced", "removed", "unchanged", "restored", "error"]
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


def header() -> str:
    """The first line."""
    return next(spreadsheet.lines([HEADER]))


def as_csv(found: Iterable[Line]) -> Iterator[str]:
    """The lines of images, without the header."""
    return spreadsheet.lines(line.row() for line in found)
