"""Rows in bulk: built as they are, without the checks and the event log of a saved object.

A builder is for data that is there before anybody logs in; 100 000 images take a few seconds.
"""

from __future__ import annotations

from typing import Any

from omero_standin.model.store import Ref, Row, Store


class Builder:
    """Makes rows for one owner in one group, at one time after the other."""

    def __init__(self, store: Store, *, owner: int, group: int, time: int) -> None:
        """`time` is that of the first rows, in milliseconds since 1970."""
        self.store = store
        self.owner = owner
        self.group = group
        self._event_type = self.named("EventType", "User")
        self.at(time)

    def at(self, time: int) -> None:
        """What is made from now on was made at this time, by one event."""
        self.time = time
        event = self.store.reserve("Event", 1)
        values = {
            "time": time,
            "status": "",
            "type": self._event_type,
            "experimenter": Ref("Experimenter", self.owner),
            "experimenterGroup": Ref("ExperimenterGroup", self.group),
        }
        self._event = event
        self.store.load([Row("Event", event, values, 0, 0, time)])

    def add(self, kind: str, **values: Any) -> Row:
        """A new row; members without a value are left out."""
        known = {name: value for name, value in values.items() if value is not None}
        return self.rows(kind, [known])[0]

    def rows(self, kind: str, values: list[dict[str, Any]]) -> list[Row]:
        """Several new rows of one type."""
        first = self.store.reserve(kind, len(values))
        owner, group, time, event = self.owner, self.group, self.time, self._event
        made = [
            Row(kind, first + at, each, owner, group, time, "", 0, event, event)
            for at, each in enumerate(values)
        ]
        self.store.load(made)
        return made

    def link(self, kind: str, parent: Row, children: list[Row]) -> None:
        """Put rows into a parent."""
        ref = parent.ref
        self.rows(kind, [{"parent": ref, "child": child.ref} for child in children])

    def named(self, kind: str, value: str) -> Ref:
        """An enumeration's value, added when it is new."""
        found = self.store.holding(kind, "value", value)
        if found:
            return found[0].ref
        return self.store.insert(kind, {"value": value}, owner=0, group=0).ref
