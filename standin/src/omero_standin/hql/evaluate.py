"""Tree → answer: sources bound row by row, filtered, grouped, ordered, projected.

The view decides which rows exist for the caller, in the sources, in joins and in sub-queries alike,
as in the real server.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from omero_standin import refuse
from omero_standin.hql.closures import Frame, Function, SubQuery
from omero_standin.hql.compiled import Compiled, compiled
from omero_standin.hql.given import Given
from omero_standin.hql.parser import parse
from omero_standin.hql.plan import Stage, runner
from omero_standin.hql.scope import Scope
from omero_standin.hql.tree import Query
from omero_standin.hql.values import key
from omero_standin.model.loaded import Loaded
from omero_standin.model.store import Row, Store


class View(Protocol):
    """Which rows the caller may see."""

    def sees(self, row: Row) -> bool:
        """Whether this row exists for the caller."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the answer: its values, and the frame it was made from when rows are fetched."""

    values: tuple[Any, ...]
    frame: Frame


# Hibernate binds each element of a list by itself, and PostgreSQL's driver for Java counts what is
# bound with two bytes: https://github.com/pgjdbc/pgjdbc/issues/1311
_MOST_BOUND: Final = 32_767


class Evaluation:
    """One query over one store, compiled once and run with the parameters of each caller.

    One thread runs it at a time: the store's lock sees to that.
    """

    def __init__(self, store: Store, text: str) -> None:
        """A query that means nothing is a `QueryException` here already, without a row."""
        self._store = store
        self._text = text
        self._given = Given()
        self._sees: Callable[[Row], bool] = _nothing
        self._slots = 0
        self.query = parse(text)
        try:
            self._whole = self._compile(self.query, None)
        except RecursionError:
            raise refuse.bad_query("the query is nested too deeply", text) from None

    def run(self, view: View, parameters: Mapping[str, Any]) -> list[Line]:
        """All lines of the answer, in order; `parameters` holds plain values and lists."""
        bound = 0
        for name in self._given.names:
            if name not in parameters:
                raise refuse.bad_query(f"the parameter :{name} has no value", self._text)
            value = parameters[name]
            bound += len(value) if isinstance(value, list) else 1
        if bound > _MOST_BOUND:
            raise refuse.server_fault(
                "An I/O error occurred while sending to the backend: "
                f"Tried to send an out-of-range integer as a 2-byte value: {bound}"
            )
        self._given.begin(parameters)
        self._sees = view.sees
        try:
            keep = bool(self._whole.fetches)
            return _answer(self._planned(self._whole), [None] * self._slots, keep_frames=keep)
        except RecursionError:
            raise refuse.bad_query("the query is nested too deeply", self._text) from None
        finally:
            # Nothing of this caller outlives the run.
            self._given.begin({})
            self._sees = _nothing

    @property
    def fetches_collections(self) -> bool:
        """Whether one object may be in several lines, once for each row of a collection."""
        return any(fetch.many for fetch in self._whole.fetches)

    def loaded(self, lines: list[Line]) -> Loaded:
        """What of the model the fetch joins load for these lines."""
        found = Loaded()
        for line in lines:
            for value in line.values:
                if isinstance(value, Row):
                    found.add(value)
            for fetch in self._whole.fetches:
                fetch.load(found, line.frame)
        return found

    def _compile(self, query: Query, outer: Scope | None) -> Compiled:
        return compiled(
            self._store, self._text, self._given, query, outer, self._slot, self._nested
        )

    def _slot(self) -> int:
        self._slots += 1
        return self._slots - 1

    def _planned(self, query: Compiled) -> _Planned:
        stages = query.stages(self._sees)
        order, descending = query.order, query.descending
        if not order and not query.grouped and stages[0].alias is not query.first:
            order, descending = (_row_id(query.first.slot),), (False,)
        return _Planned(query, stages, order, descending)

    def _nested(self, query: Query, outer: Scope) -> SubQuery:
        inner = self._compile(query, outer)

        def run(frame: Frame, any_will_do: bool) -> list[Any]:
            planned = self._given.once(run, lambda: self._planned(inner))
            # What is looked up before a frame exists must not depend on one.
            room = frame if len(frame) >= self._slots else [*frame, *[None] * self._slots]
            lines = _answer(planned, room, enough=1 if any_will_do else None)
            return [line.values[0] for line in lines]

        return SubQuery(run, inner.uses, self._given)


def _nothing(_row: Row) -> bool:
    return False


def _row_id(slot: int) -> Function:
    return lambda frame: frame[slot].id if frame[slot] is not None else None


@dataclass(frozen=True, slots=True)
class _Planned:
    """A query with the stages of this run."""

    query: Compiled
    stages: list[Stage]
    order: tuple[Function, ...]
    descending: tuple[bool, ...]


def _answer(
    planned: _Planned, frame: Frame, *, enough: int | None = None, keep_frames: bool = False
) -> list[Line]:
    if planned.query.grouped:
        lines = _grouped(planned, frame)
    else:
        lines = _plain(planned, frame, enough, keep_frames=keep_frames)
    ordered = [line for _, line in _sorted(lines, planned.descending)]
    return _distinct(ordered) if planned.query.distinct else ordered


_Keyed = tuple[tuple[Any, ...], Line]


def _plain(
    planned: _Planned, frame: Frame, enough: int | None, *, keep_frames: bool
) -> list[_Keyed]:
    found: list[_Keyed] = []
    items, order = planned.query.items, planned.order
    no_frame: Frame = []

    def emit(now: Frame) -> bool:
        line = Line(tuple(item(now) for item in items), list(now) if keep_frames else no_frame)
        found.append((tuple(_sort_key(each(now)) for each in order), line))
        return enough is not None and len(found) >= enough

    runner(planned.stages, emit)(frame)
    return found


def _grouped(planned: _Planned, frame: Frame) -> list[_Keyed]:
    query = planned.query
    groups: dict[tuple[Any, ...], tuple[Frame, list[list[Any]]]] = {}
    by, aggregates = query.group, query.aggregates

    def emit(now: Frame) -> bool:
        group = tuple(key(each(now)) for each in by)
        held = groups.get(group)
        if held is None:
            held = groups[group] = (list(now), [[] for _ in aggregates])
        for aggregate, values in zip(aggregates, held[1], strict=True):
            values.append(1 if aggregate.argument is None else aggregate.argument(now))
        return False

    runner(planned.stages, emit)(frame)
    if not by and not groups:
        # Aggregates over nothing at all still make one line.
        groups[()] = (list(frame), [[] for _ in aggregates])
    found: list[_Keyed] = []
    for first, collected in groups.values():
        for aggregate, values in zip(aggregates, collected, strict=True):
            first[aggregate.slot] = aggregate.result(values)
        if query.having is not None and query.having(first) is not True:
            continue
        line = Line(tuple(item(first) for item in query.items), first)
        found.append((tuple(_sort_key(each(first)) for each in planned.order), line))
    return found


def _sort_key(value: Any) -> tuple[bool, Any]:
    # PostgreSQL sorts unknown values last; True sorts after False.
    return (value is None, "" if value is None else key(value))


def _sorted(lines: list[_Keyed], descending: tuple[bool, ...]) -> list[_Keyed]:
    for at in range(len(descending) - 1, -1, -1):
        part: Callable[[_Keyed], Any] = lambda line, at=at: line[0][at]  # type: ignore[misc]  # noqa: E731
        lines = sorted(lines, key=part, reverse=descending[at])
    return lines


def _distinct(lines: list[Line]) -> list[Line]:
    seen: dict[tuple[Any, ...], Line] = {}
    for line in lines:
        seen.setdefault(tuple(key(value) for value in line.values), line)
    return list(seen.values())
