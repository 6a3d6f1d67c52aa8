"""What a job did to each object, as lines and as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Final, Literal

from omero_plugin_common import spreadsheet

Outcome = Literal[
    "written", "replaced", "removed", "unchanged", "restored", "saved", "begun", "error"
]
# The kind of a line that names none.
IMAGE: Final = "Image"
_CHANGED: Final = frozenset({"written", "replaced", "removed", "restored"})
# An attempt with one of these may have finished what an earlier one had begun.
_FINISHING: Final = frozenset({"unchanged", "removed", "restored"})
_UNKNOWN_END: Final = "Begun, but its end is not known: look at it"


@dataclass(frozen=True, slots=True)
class Line:
    """One object in a job's report.

    Attributes:
        id: of the object.
        name: of the object.
        outcome: what happened; `begun` when the job ended in the middle of it.
        added: what was added to it, counted in the plugin's unit, such as pairs.
        removed: what was removed from it, counted likewise.
        message: why something was not done; empty when all was.
        kind: of the object.
    """

    id: int
    name: str
    outcome: Outcome
    added: int = 0
    removed: int = 0
    message: str = ""
    kind: str = IMAGE

    def row(self) -> tuple[int, str, str, int, int, str, str]:
        """In the order of the columns of `@job(report=…)`."""
        told = (self.id, self.name, self.outcome, self.added, self.removed, self.message)
        return (*told, self.kind)


def over_all_attempts(before: Mapping[int, Line], lines: Iterable[Line]) -> list[Line]:
    """The lines of a step over all attempts at it.

    An attempt that finds nothing left to do on an object, or only a rest (old sets to remove, some
    sets of a backup), finishes what an earlier one had begun: then the job did what the earlier one
    says.

    Args:
        before: what earlier attempts did or were about to do, by id of the object.
        lines: what this attempt does or did.
    """
    return [_over_all_attempts(before.get(each.id), each) for each in lines]


def _over_all_attempts(before: Line | None, now: Line) -> Line:
    if before is None or before.outcome not in _CHANGED or now.outcome not in _FINISHING:
        return now
    added, removed = max(before.added, now.added), max(before.removed, now.removed)
    return replace(before, added=added, removed=removed, message=now.message or before.message)


def as_begun(planned: Line) -> Line:
    """What the report says of an object whose step was begun, and whose end was not stored."""
    if planned.outcome not in _CHANGED:
        return planned
    message = " ".join(filter(None, (planned.message, _UNKNOWN_END)))
    return replace(planned, outcome="begun", message=message)


def as_csv(columns: Sequence[str], lines: Iterable[Line]) -> Iterator[str]:
    """A report as the lines of a CSV file.

    Args:
        columns: the first line: names for the fields of a `Line`; a job over objects of one kind
            leaves out the last, `kind`.
        lines: of the report.
    """
    yield from spreadsheet.lines([columns])
    end = None if len(columns) == len(fields(Line)) else -1
    yield from spreadsheet.lines(line.row()[:end] for line in lines)
