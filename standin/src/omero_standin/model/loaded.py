"""What of a model graph an answer holds: which rows, and which of their associations are loaded.

A query fills it with what its fetch joins bound, so that a collection holds just the rows that the
query found in it, as with the real server.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from omero_standin.model import schema
from omero_standin.model.store import Ref, Row, Store

# What to load, by member name; `details` may be in it with its own parts.
Fetch = dict[str, Any]
DETAILS = ("owner", "group", "creationEvent", "updateEvent", "externalInfo")


class Loaded:
    """Rows of an answer; a reference to one of them is loaded wherever it appears."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.refs: set[Ref] = set()
        self.collections: defaultdict[Ref, dict[str, dict[int, Row]]] = defaultdict(dict)

    def add(self, row: Row) -> None:
        """A row is part of the answer."""
        self.refs.add(row.ref)

    def add_to_collection(self, row: Row, member: str, element: Row | None) -> None:
        """A row's collection is loaded, with an element or with nothing yet."""
        held = self.collections[row.ref].setdefault(member, {})
        if element is not None:
            held[element.id] = element
            self.refs.add(element.ref)

    def expand(self, store: Store, row: Row, fetch: Fetch) -> None:
        """Load associations of a row in full, as a tree of member names asks."""
        self.add(row)
        for name, below in fetch.items():
            for found in self._follow(store, row, name, below):
                self.expand(store, found, below)

    def _follow(self, store: Store, row: Row, name: str, below: Fetch) -> list[Row]:
        if name == "details":
            parts = [detail(store, row, part) for part in below if part in DETAILS]
            for part in parts:
                if part is not None:
                    self.add(part)
            return []
        member = schema.members(row.kind).get(name)
        if member is None:
            return []
        if member.shape is schema.Shape.MANY:
            back = schema.inverse(row.kind, member.target)
            found = store.referring(member.target, back, row.ref)
            self.collections[row.ref][name] = {each.id: each for each in found}
            return found
        value = row.values.get(name)
        return [store.get(*value)] if isinstance(value, Ref) else []


def detail(store: Store, row: Row, part: str) -> Row | None:
    """One of the rows that a row's details point to."""
    if part == "owner":
        return store.find("Experimenter", row.owner)
    if part == "group":
        return store.find("ExperimenterGroup", row.group)
    if part == "creationEvent":
        return event(store, row, row.created)
    if part == "updateEvent":
        return event(store, row, row.updated or row.created)
    held = row.values.get("@externalInfo")
    return store.find(*held) if held else None


def event(store: Store, row: Row, event_id: int) -> Row:
    """A row's event; rows that were built without one get one of their own time."""
    found = store.find("Event", event_id) if event_id else None
    return found or Row("Event", event_id, {"time": row.time}, row.owner, row.group, row.time)
