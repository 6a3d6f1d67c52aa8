"""What the fetch joins of a query load with the objects it returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from omero_standin.hql.scope import Alias
from omero_standin.hql.steps import Step
from omero_standin.model import schema
from omero_standin.model.loaded import Loaded
from omero_standin.model.store import Row

Frame = list[Any]
# A plain join loads these as well. Their mapping does not say so; omero-metadata, whose tests run
# against OMERO.server, reads the names of ROIs from the shapes of `join s.roi`.
_LOADED_BY_JOIN: Final = (("Shape", "roi"),)


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


def _loads(origin: Alias, path: tuple[Step, ...]) -> bool:
    """Whether a join without `fetch` loads the row that it leads to."""
    member = path[0].member
    return (
        len(path) == 1
        and member is not None
        and any(
            member.name == name and schema.is_a(origin.type.kind, kind)
            for kind, name in _LOADED_BY_JOIN
        )
    )


def fetchings(
    aliases: list[Alias], kept: set[Alias], steps: Callable[[Alias], tuple[Step, ...]]
) -> tuple[Fetching, ...]:
    """The fetch joins among aliases; `steps` gives those from an alias's origin to it."""
    found = []
    for alias in aliases:
        origin: Alias | None = alias.origin
        if origin is None:
            continue
        path = steps(alias)
        if not alias.source.fetch and not _loads(origin, path):
            continue
        while origin is not None and origin not in kept:
            path = steps(origin) + path
            origin = origin.origin
        if origin is not None:
            found.append(Fetching(origin.slot, path, alias.slot if alias in kept else None))
    return tuple(found)
