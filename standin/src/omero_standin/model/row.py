"""A row of the model: plain values, references to other rows, an owner, a group, a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from omero_standin.model import schema


class Ref(NamedTuple):
    """A reference to a row."""

    kind: str
    id: int


@dataclass(slots=True, eq=False)
class Row:
    """One object of the model. `time` is its creation, in milliseconds since 1970.

    `created` and `updated` are the ids of events, 0 for none.
    """

    kind: str
    id: int
    values: dict[str, Any]
    owner: int
    group: int
    time: int
    # Not part of the model and never sent to a client: a password's hash.
    secret: str = ""
    version: int = 0
    created: int = 0
    updated: int = 0

    @property
    def ref(self) -> Ref:
        """What other rows hold to point here."""
        return Ref(self.kind, self.id)

    def __str__(self) -> str:
        """What the server calls the object in messages."""
        value = f":{self.values['value']}" if schema.is_enumeration(self.kind) else ""
        return f"{schema.java_name(self.kind)}{value}:Id_{self.id}"


class Author(NamedTuple):
    """Whose the events of a thread's transactions are."""

    user: int = 0
    group: int = 0
    session: int = 0
