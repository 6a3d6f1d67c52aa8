"""One line of the preview: what is planned for an image, variable by variable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from omeroweb_omp_plugin.planning.existing import Existing
from omeroweb_omp_plugin.planning.pairs import Pairs, visible
from omeroweb_omp_plugin.planning.plan import Plan

Change = Literal["added", "changed", "renamed", "kept", "removed"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One variable of one image.

    Attributes:
        name: of the variable.
        now: its values at present, in all sets.
        then: its values afterwards.
        change: what happens to it.
        was: its name at present, when it is renamed.
    """

    name: str
    now: tuple[str, ...]
    then: tuple[str, ...]
    change: Change
    was: str = ""

    def as_json(self) -> dict[str, Any]:
        """As the page gets it."""
        return {
            "name": self.name,
            "now": list(self.now),
            "then": list(self.then),
            "change": self.change,
            "was": self.was,
        }


def cells(*plans: Plan) -> tuple[Cell, ...]:
    """What plans do to each variable; those that are written come first, in their order.

    Args:
        plans: of an image; or of its well or plate, and of the image: then what moves from one to
            the other is kept.
    """
    before = _values([one for each in plans for one in (*each.keep, *each.remove, *each.refused)])
    staying = _values([one for each in plans for one in (*each.keep, *each.refused)])
    for one in (one for each in plans for one in each.rewritten):
        for name, value in visible(one.pairs):
            if value not in (values := staying.setdefault(name, [])):
                values.append(value)
    new = [pair for each in plans if each.write for pair in visible(each.write.pairs)]
    after: dict[str, list[str]] = {}
    for name, value in new:
        if value not in (values := after.setdefault(name, [])):
            values.append(value)
    for name, values in staying.items():
        after[name] = [*values, *(v for v in after.get(name, []) if v not in values)]
    names = dict.fromkeys([*(name for name, _ in new), *before])
    return _with_renamed([_cell(name, before.get(name, []), after.get(name, [])) for name in names])


def _cell(name: str, now: Sequence[str], then: Sequence[str]) -> Cell:
    change: Change
    if not now:
        change = "added"
    elif not then:
        change = "removed"
    else:
        change = "kept" if list(now) == list(then) else "changed"
    return Cell(name, tuple(now), tuple(then), change)


def _with_renamed(told: Sequence[Cell]) -> tuple[Cell, ...]:
    """A variable that goes and a new one with its values are one that gets another name."""
    gone = [each for each in told if each.change == "removed"]
    result = []
    for each in told:
        old = next((one for one in gone if one.now == each.then), None)
        if each.change != "added" or old is None:
            result.append(each)
            continue
        gone.remove(old)
        result.append(replace(each, now=old.now, change="renamed", was=old.name))
    return tuple(each for each in result if each.change != "removed" or each in gone)


def _values(sets: Sequence[Existing]) -> dict[str, list[str]]:
    """Distinct values by name; the oldest set first."""
    result: dict[str, list[str]] = {}
    for each in sorted(sets, key=lambda one: one.annotation):
        pairs: Pairs = visible(each.pairs)
        for name, value in pairs:
            values = result.setdefault(name, [])
            if value not in values:
                values.append(value)
    return result
