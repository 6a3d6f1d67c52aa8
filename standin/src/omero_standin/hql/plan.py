"""In which order the aliases of a query get their rows, and from where.

The cheapest first: a row by its id, rows that refer to one that is known, a whole type as the last
resort. Joins go both ways, so that a query that begins with all images but asks for one dataset
begins with the dataset.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from omero_standin.hql.edges import Edge
from omero_standin.hql.lookups import Lookup
from omero_standin.hql.scope import Alias
from omero_standin.hql.steps import ROW
from omero_standin.model.store import Row, Store

Frame = list[Any]
Rows = Callable[[Frame], Sequence[Any]]
_ONE, _FEW, _LEFT, _SCAN = 1, 10, 50, 1000


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition, and the aliases of its query that it needs."""

    holds: Callable[[Frame], Any]
    uses: frozenset[Alias]


@dataclass(slots=True)
class Stage:
    """One alias gets its rows: those that match, else none at all for a left join."""

    alias: Alias
    rows: Rows
    matches: list[Callable[[Frame], Any]] = field(default_factory=list)
    filters: list[Callable[[Frame], Any]] = field(default_factory=list)


@dataclass(slots=True)
class Access:
    """A way to the rows of an alias, and what it costs."""

    cost: float
    rows: Rows
    # The joins that this way follows, which need no check.
    follows: Edge | None = None


class Planner:
    """Orders the aliases of one query."""

    def __init__(
        self,
        store: Store,
        sees: Callable[[Row], bool],
        edges: dict[Alias, Edge],
        lookups: list[Lookup],
        own: list[Alias],
    ) -> None:
        """`own` are the aliases to order, `edges` the joins that define some of them."""
        self._store = store
        self._sees = sees
        self._edges = edges
        self._lookups = lookups
        self._own = own
        self._bound: set[Alias] = set()

    def stages(self, conditions: list[Condition], on: dict[Alias, list[Condition]]) -> list[Stage]:
        """The stages in order; `on` are the conditions of left joins."""
        waiting, left = list(self._own), list(conditions)
        found: list[Stage] = []
        while waiting:
            access, alias = min(
                (
                    (each, alias)
                    for alias in waiting
                    for each in self._accesses(alias, on.get(alias, []))
                ),
                key=lambda pair: pair[0].cost,
            )
            waiting.remove(alias)
            self._bound.add(alias)
            stage = Stage(alias, access.rows)
            stage.matches += [each.holds for each in on.get(alias, [])]
            stage.filters += [edge.holds for edge in self._unchecked(alias, access)]
            for condition in [each for each in left if self._ready(each.uses)]:
                stage.filters.append(condition.holds)
                left.remove(condition)
            found.append(stage)
        return found

    def _ready(self, uses: frozenset[Alias]) -> bool:
        return all(alias in self._bound or alias not in self._own for alias in uses)

    def _accesses(self, alias: Alias, on: list[Condition]) -> list[Access]:
        edge = self._edges.get(alias)
        forward = edge is not None and self._ready(frozenset((edge.origin,)))
        found: list[Access] = []
        if edge is not None and forward:
            found.append(Access(_ONE if edge.single else _FEW, edge.forward(self._sees), edge))
        if not alias.required:
            ready = all(self._ready(each.uses - {alias}) for each in on)
            return [Access(each.cost + _LEFT, each.rows, each.follows) for each in found if ready]
        if alias.type.tag != ROW:
            return found
        sees = self._sees_of(alias)
        found += [self._looked_up(each) for each in self._lookups if self._usable(each, alias)]
        found += [
            Access(_FEW if each.single else _ONE, each.backward(self._store, sees), each)
            for each in self._edges.values()
            if each.origin is alias
            and each.alias in self._bound
            and each.alias.required
            and each.short
        ]
        if edge is None:
            found.append(self._scan(alias))
        return found

    def _sees_of(self, alias: Alias) -> Callable[[Row], bool]:
        """Which rows an alias may have: all that a reference leads to, as in Hibernate."""
        edge = self._edges.get(alias)
        return self._sees if edge is None or not edge.single else _anything

    def _usable(self, lookup: Lookup, alias: Alias) -> bool:
        return lookup.alias is alias and self._ready(lookup.uses)

    def _looked_up(self, lookup: Lookup) -> Access:
        store, sees = self._store, self._sees_of(lookup.alias)

        def rows(frame: Frame) -> Sequence[Any]:
            return [row for row in lookup.rows(store, frame) if sees(row)]

        if lookup.uses:
            return Access(_ONE if lookup.member == "id" else _FEW, rows)
        constant = [row for row in lookup.rows(store, []) if sees(row)]
        return Access(len(constant), lambda _frame: constant)

    def _scan(self, alias: Alias) -> Access:
        store, sees, kind = self._store, self._sees, alias.type.kind

        def rows(_frame: Frame) -> Sequence[Any]:
            return [row for row in store.rows(kind) if sees(row)]

        return Access(_SCAN + store.count(kind), rows)

    def _unchecked(self, alias: Alias, access: Access) -> list[Edge]:
        """The joins between this alias and those before it that its access did not follow."""
        return [
            edge
            for edge in self._edges.values()
            if edge is not access.follows
            and alias in (edge.alias, edge.origin)
            and edge.alias in self._bound
            and self._ready(frozenset((edge.origin,)))
        ]


def _anything(_row: Row) -> bool:
    return True


def runner(stages: list[Stage], emit: Callable[[Frame], bool]) -> Callable[[Frame], bool]:
    """The stages as one function, which calls `emit` for each combination of rows.

    Both return whether they have seen enough.
    """
    run = emit
    for stage in reversed(stages):
        run = _joined(stage, run) if stage.alias.required else _left_joined(stage, run)
    return run


def _joined(stage: Stage, following: Callable[[Frame], bool]) -> Callable[[Frame], bool]:
    slot, rows, checks = stage.alias.slot, stage.rows, tuple(stage.matches + stage.filters)

    def run(frame: Frame) -> bool:
        for row in rows(frame):
            frame[slot] = row
            for holds in checks:
                if holds(frame) is not True:
                    break
            else:
                if following(frame):
                    return True
        return False

    return run


def _left_joined(stage: Stage, following: Callable[[Frame], bool]) -> Callable[[Frame], bool]:
    slot, rows = stage.alias.slot, stage.rows
    matches, filters = tuple(stage.matches), tuple(stage.filters)

    def run(frame: Frame) -> bool:
        matched = False
        for row in rows(frame):
            frame[slot] = row
            if not all(holds(frame) is True for holds in matches):
                continue
            matched = True
            if all(holds(frame) is True for holds in filters) and following(frame):
                return True
        if matched:
            return False
        frame[slot] = None
        return all(holds(frame) is True for holds in filters) and following(frame)

    return run
