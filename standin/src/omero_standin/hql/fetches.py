"""What the fetch joins of a query load with the objects it returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from omero_standin.hql.scope import Alias
from omero_standin.hql.steps import Step
from omero_standin.model.loaded import Loaded
from omero_standin.model.store import Row

Frame = list[Any]


@dataclass(frozen=True, slots=True)
class Fetching:
    """One fetch join: the steps from an alias that the frame holds to the rows that it loads.

    `element` is where the frame holds the row of a collection that the query found.
    """

    slot: int
    steps: tuple[Step, ...]
    element: int | None

    @property
    def many(self) -> bool:
        """Whether it loads a collection."""
        return self.element is not None and self.steps[-1].type.tag == "rows"

    def load(self, loaded: Loaded, frame: Frame) -> None:
        """Note what it loads for one line of the answer."""
        value = frame[self.slot]
        for each in self.steps:
            if value is None:
                return
            if each.type.tag == "rows" and each.member is not None:
                found = frame[self.element] if self.element is not None else None
                loaded.add_to_collection(value, each.member.name, found)
                return
            value = each.get(value)
            if isinstance(value, Row) and each.type.tag == "row":
                loaded.add(value)


def fetchings(
    aliases: list[Alias], kept: set[Alias], steps: Callable[[Alias], tuple[Step, ...]]
) -> tuple[Fetching, ...]:
    """The fetch joins among aliases; `steps` gives those from an alias's origin to it."""
    found = []
    for alias in aliases:
        if not alias.source.fetch:
            continue
        path = steps(alias)
        origin = alias.origin
        while origin is not None and origin not in kept:
            path = steps(origin) + path
            origin = origin.origin
        if origin is not None:
            found.append(Fetching(origin.slot, path, alias.slot if alias in kept else None))
    return tuple(found)
