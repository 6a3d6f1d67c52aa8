"""The rows of the model, in memory, changed in transactions.

A row is plain Python: scalars as they are, references as `Ref`, owner and group as numbers.
Collections are not stored; they are the rows that refer back. One lock guards everything: a test
double needs truth under concurrency, not throughput.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from omero_standin import refuse
from omero_standin.model import schema
from omero_standin.model.index import Indexes
from omero_standin.model.row import Author, Ref, Row

__all__ = ["Author", "Keeper", "Ref", "Row", "Store"]
# What is gone with the process, and what no event is made for.
_TRANSIENT: Final = frozenset({"EventLog", "Session", "Share", "Node"})
_UNLOGGED: Final = _TRANSIENT | {"Event"}


class Keeper(Protocol):
    """Where committed rows are written, when they should outlive the process."""

    def write(self, changed: list[Row], deleted: list[Ref]) -> None:
        """Write one transaction; an exception undoes it in memory as well."""


@dataclass(slots=True)
class _Changes:
    changed: dict[Ref, Row] = field(default_factory=dict)
    deleted: list[Ref] = field(default_factory=list)
    undo: list[Callable[[], object]] = field(default_factory=list)
    event: int = 0


class Store:
    """All rows, by type and id."""

    def __init__(self, keeper: Keeper | None = None) -> None:
        """Start empty; `keeper` gets every committed change."""
        self.lock = threading.RLock()
        self._keeper = keeper
        self._tables: dict[str, dict[int, Row]] = {}
        self._indexes = Indexes(self._table)
        self._next: dict[str, int] = {}
        self._unsorted: set[str] = set()
        self._open: _Changes | None = None
        self._author = threading.local()

    # --- transactions

    @property
    def author(self) -> Author:
        """Whose the events of this thread's transactions are."""
        return getattr(self._author, "now", Author())

    @author.setter
    def author(self, author: Author) -> None:
        self._author.now = author

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside happens, is seen and is kept together, or not at all."""
        with self.lock:
            if self._open is not None:
                yield
                return
            changes = self._open = _Changes()
            try:
                yield
                self._keep(changes)
            except BaseException:
                for step in reversed(changes.undo):
                    step()
                raise
            finally:
                self._open = None

    def _keep(self, changes: _Changes) -> None:
        if self._keeper is None:
            return
        changed = [row for row in changes.changed.values() if row.kind not in _TRANSIENT]
        deleted = [ref for ref in changes.deleted if ref.kind not in _TRANSIENT]
        if changed or deleted:
            self._keeper.write(changed, deleted)

    def event(self) -> int:
        """The id of the open transaction's event, which is made when it is first asked for."""
        changes = self._open
        assert changes is not None
        if not changes.event:
            author = self.author
            values: dict[str, Any] = {
                "time": _now(),
                "status": "",
                "experimenter": Ref("Experimenter", author.user),
                "experimenterGroup": Ref("ExperimenterGroup", author.group),
            }
            if types := self.holding("EventType", "value", "User"):
                values["type"] = types[0].ref
            if author.session:
                values["session"] = Ref("Session", author.session)
            row = Row("Event", self._take_ids("Event", 1), values, 0, 0, values["time"])
            changes.event = row.id
            self._put(row)
            self._note(row, lambda: self._drop(row))
        return changes.event

    def _log(self, row: Row, action: str) -> None:
        """The entry of OMERO's event log for a change."""
        if not _has_events(row.kind):
            return
        values = {
            "entityId": row.id,
            "entityType": schema.java_name(row.kind),
            "action": action,
            "event": Ref("Event", self.event()),
        }
        entry = Row("EventLog", self._take_ids("EventLog", 1), values, 0, 0, _now())
        self._put(entry)
        self._note(entry, lambda: self._drop(entry))

    # --- many rows at once

    def load(self, rows: Iterable[Row]) -> None:
        """Take over rows that were kept or built, outside of any transaction."""
        with self.lock:
            for row in rows:
                self._put(row)

    def reserve(self, kind: str, count: int) -> int:
        """The first of `count` ids in a row that nobody else gets, for rows given to `load`."""
        with self.lock:
            return self._take_ids(kind, count)

    def amend(self, row: Row, **values: Any) -> None:
        """Change a row that was just given to `load`."""
        with self.lock:
            self._indexes.remove(row)
            row.values = row.values | values
            self._indexes.add(row)

    def everything(self) -> list[Row]:
        """All rows of all types that outlive the process."""
        with self.lock:
            return [
                row
                for kind, table in self._tables.items()
                for row in table.values()
                if kind not in _TRANSIENT
            ]

    # --- changing

    def insert(self, kind: str, values: dict[str, Any], *, owner: int, group: int) -> Row:
        """Add a row; its id is the next one of its type."""
        with self.transaction():
            self._check(kind, values)
            row = Row(kind, self._take_ids(kind, 1), dict(values), owner, group, _now())
            if _has_events(kind):
                row.created = row.updated = self.event()
            self._put(row)
            self._note(row, lambda: self._drop(row))
            self._log(row, "INSERT")
            return row

    def update(self, row: Row, **values: Any) -> None:
        """Change members of a row."""
        with self.transaction():
            self._check(row.kind, values)
            with self._changing(row):
                row.values = row.values | values

    def assign(self, row: Row, *, owner: int | None = None, group: int | None = None) -> None:
        """Give a row to another user, another group or both."""
        with self.transaction(), self._changing(row):
            row.owner = row.owner if owner is None else owner
            row.group = row.group if group is None else group

    @contextmanager
    def _changing(self, row: Row) -> Iterator[None]:
        before = (row.values, row.owner, row.group, row.version, row.updated)

        def restore() -> None:
            self._indexes.remove(row)
            row.values, row.owner, row.group, row.version, row.updated = before
            self._indexes.add(row)

        self._indexes.remove(row)
        try:
            yield
            row.version += 1
        finally:
            self._indexes.add(row)
        self._note(row, restore)
        if _has_events(row.kind):
            row.updated = self.event()
        self._log(row, "UPDATE")

    def set_secret(self, row: Row, secret: str) -> None:
        """Change what a row keeps to itself."""
        with self.transaction():
            before = row.secret
            row.secret = secret
            self._note(row, lambda: setattr(row, "secret", before))

    def delete(self, row: Row) -> None:
        """Remove a row."""
        with self.transaction():
            assert self._open is not None
            self._drop(row)
            self._open.changed.pop(row.ref, None)
            self._open.deleted.append(row.ref)
            self._open.undo.append(lambda: self._put(row))
            self._log(row, "DELETE")

    # --- looking up

    def find(self, kind: str, row_id: int) -> Row | None:
        """The row with this id, of the type or of one of its subtypes."""
        for name in schema.concrete(kind):
            if row := self._tables.get(name, {}).get(row_id):
                return row
        return None

    def get(self, kind: str, row_id: int) -> Row:
        """The row with this id; a validation error when there is none."""
        if row := self.find(kind, row_id):
            return row
        raise refuse.invalid(f"there is no {kind} with id {row_id}")

    def count(self, kind: str) -> int:
        """How many rows a type and its subtypes have."""
        return sum(len(self._tables.get(name, ())) for name in schema.concrete(kind))

    def rows(self, kind: str) -> list[Row]:
        """All rows of a type and its subtypes, by id."""
        with self.lock:
            tables = [self._table(name) for name in schema.concrete(kind) if name in self._tables]
            if len(tables) == 1:
                return list(tables[0].values())
            return sorted((row for table in tables for row in table.values()), key=_id)

    def referring(self, kind: str, member: str, target: Ref) -> list[Row]:
        """The rows of a type whose `member` points to `target`: the content of a collection."""
        return self.holding(kind, member, target)

    def holding(self, kind: str, member: str, value: Any) -> list[Row]:
        """The rows of a type that hold a value in a member, by id; looked up, not searched.

        `@owner` and `@group` stand for the row's owner and group.
        """
        with self.lock:
            kinds = [name for name in schema.concrete(kind) if name in self._tables]
            if len(kinds) == 1:
                return list(self._indexes.get(kinds[0], member, value))
            found = [row for name in kinds for row in self._indexes.get(name, member, value)]
            return sorted(found, key=_id)

    # --- inside

    def _check(self, kind: str, values: dict[str, Any]) -> None:
        known = schema.members(kind)
        for name in values:
            # Parts of a row's details are kept with its values.
            if name.startswith("@"):
                continue
            if name not in known or known[name].shape is schema.Shape.MANY:
                raise refuse.invalid(f"{kind} has no member {name} that can be set")

    def _take_ids(self, kind: str, count: int) -> int:
        # The subtypes of a type share its ids, as they share its table in OMERO.
        root = schema.root(kind)
        first = self._next.get(root, schema.first_id(root))
        self._next[root] = first + count
        return first

    def _note(self, row: Row, undo: Callable[[], object]) -> None:
        assert self._open is not None
        self._open.changed[row.ref] = row
        self._open.undo.append(undo)

    def _table(self, kind: str) -> dict[int, Row]:
        """The rows of exactly this type, by id."""
        table = self._tables.setdefault(kind, {})
        if kind in self._unsorted:
            self._unsorted.discard(kind)
            table = self._tables[kind] = dict(sorted(table.items()))
        return table

    def _put(self, row: Row) -> None:
        table = self._tables.setdefault(row.kind, {})
        root = schema.root(row.kind)
        following = self._next.get(root, 0)
        if row.id >= following:
            self._next[root] = row.id + 1
        elif row.id + 1 != following:
            self._unsorted.add(row.kind)
        table[row.id] = row
        self._indexes.add(row)

    def _drop(self, row: Row) -> None:
        self._tables[row.kind].pop(row.id, None)
        self._indexes.remove(row)


def _has_events(kind: str) -> bool:
    """Whether changes of a type's rows belong to an event and are in the event log."""
    return kind not in _UNLOGGED and not schema.is_enumeration(kind)


def _id(row: Row) -> int:
    return row.id


def _now() -> int:
    return int(time.time() * 1000)
