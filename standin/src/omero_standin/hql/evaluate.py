"""Tree → answer: sources bound row by row, filtered, grouped, ordered, projected.

The view decides which rows exist for the caller, in the sources, in joins and in sub-queries alike,
as in the real server.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from omero_standin import refuse
from omero_standin.hql.closures import Frame, SubQuery
from omero_standin.hql.compiled import Compiled, compiled
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


class Evaluation:
    """One query with its parameters, over one store, for one caller."""

    def __init__(self, store: Store, view: View, text: str, parameters: dict[str, Any]) -> None:
        """`parameters` holds plain values and lists."""
        self._store = store
        self._sees = view.sees
        self._text = text
        self._parameters = parameters
        self._slots = 0
        self._whole: Compiled | None = None

    def run(self, query: Query) -> list[Line]:
        """All lines of the answer, in order."""
        try:
            self._whole = self._compile(query, None)
        except RecursionError:
            raise refuse.bad_query("the query is nested too deeply", self._text) from None
        return _answer(self._whole, [None] * self._slots, keep_frames=bool(self._whole.fetches))

    @property
    def fetches_collections(self) -> bool:
        """Whether one object may be in several lines, once for each row of a collection."""
        assert self._whole is not None
        return any(fetch.many for fetch in self._whole.fetches)

    def loaded(self, lines: list[Line]) -> Loaded:
        """What of the model the fetch joins load for these lines."""
        assert self._whole is not None
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
            self._store,
            self._sees,
            self._text,
            self._parameters,
            query,
            outer,
            self._slot,
            self._nested,
        )

    def _slot(self) -> int:
        self._slots += 1
        return self._slots - 1

    def _nested(self, query: Query, outer: Scope) -> SubQuery:
        inner = self._compile(query, outer)

        def run(frame: Frame, any_will_do: bool) -> list[Any]:
            # What is looked up before a frame exists must not depend on one.
            room = frame if len(frame) >= self._slots else [*frame, *[None] * self._slots]
            lines = _answer(inner, room, enough=1 if any_will_do else None)
            return [line.values[0] for line in lines]

        return SubQuery(run, inner.uses)


def _answer(
    query: Compiled, frame: Frame, *, enough: int | None = None, keep_frames: bool = False
) -> list[Line]:
    if query.grouped:
        lines = _grouped(query, frame)
    else:
        lines = _plain(query, frame, enough, keep_frames=keep_frames)
    ordered = [line for _, line in _sorted(lines, query.descending)]
    return _distinct(ordered) if query.distinct else ordered


_Keyed = tuple[tuple[Any, ...], Line]


def _plain(query: Compiled, frame: Frame, enough: int | None, *, keep_frames: bool) -> list[_Keyed]:
    found: list[_Keyed] = []
    items, order = query.items, query.order
    no_frame: Frame = []

    def emit(now: Frame) -> bool:
        line = Line(tuple(item(now) for item in items), list(now) if keep_frames else no_frame)
        found.append((tuple(_sort_key(each(now)) for each in order), line))
        return enough is not None and len(found) >= enough

    query.run(frame, emit)
    return found


def _grouped(query: Compiled, frame: Frame) -> list[_Keyed]:
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

    query.run(frame, emit)
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
        found.append((tuple(_sort_key(each(first)) for each in query.order), line))
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
