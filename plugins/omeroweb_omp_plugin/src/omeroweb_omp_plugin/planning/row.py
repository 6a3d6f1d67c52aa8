"""One line of the preview: an image's plan, variable by variable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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


def cells(plan: Plan) -> tuple[Cell, ...]:
    """What the plan does to each variable; those that are written come first, in their order."""
    before = _values([*plan.keep, *plan.remove, *plan.refused])
    staying = _values([*plan.keep, *plan.refused])
    for one in plan.rewritten:
        for name, value in visible(one.pairs):
            if value not in (values := staying.setdefault(name, [])):
                values.append(value)
    new = visible(plan.write.pairs) if plan.write else ()
    after: dict[str, list[str]] = {}
    for name, value in new:
        after.setdefault(name, []).append(value)
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
        result.append(Cell(each.name, old.now, each.then, "renamed", old.name))
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
