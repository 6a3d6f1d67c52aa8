"""The rows of the model, in memory, changed in transactions.

A row is plain Python: scalars as they are, references as `Ref`, owner and group as numbers.
Collections are not stored; they are the rows that refer back. One lock guards everything: a test
double needs truth under concurrency, not throughput.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from omero_standin import refuse
from omero_standin.model import schema


class Ref(NamedTuple):
    """A reference to a row."""

    kind: str
    id: int


@dataclass(slots=True, eq=False)
class Row:
    """One object of the model. `time` is its creation, in milliseconds since 1970."""

    kind: str
    id: int
    values: dict[str, Any]
    owner: int
    group: int
    time: int
    # Not part of the model and never sent to a client: a password's hash.
    secret: str = ""

    @property
    def ref(self) -> Ref:
        """What other rows hold to point here."""
        return Ref(self.kind, self.id)


class Keeper(Protocol):
    """Where committed rows are written, when they should outlive the process."""

    def write(self, changed: list[Row], deleted: list[Ref]) -> None:
        """Write one transaction; an exception undoes it in memory as well."""


@dataclass(slots=True)
class _Changes:
    changed: dict[Ref, Row] = field(default_factory=dict)
    deleted: list[Ref] = field(default_factory=list)
    undo: list[Callable[[], object]] = field(default_factory=list)


class Store:
    """All rows, by type and id."""

    def __init__(self, keeper: Keeper | None = None) -> None:
        """Start empty; `keeper` gets every committed change."""
        self.lock = threading.RLock()
        self._keeper = keeper
        self._tables: dict[str, dict[int, Row]] = {}
        self._referrers: dict[tuple[str, str, Ref], dict[int, Row]] = {}
        self._next: dict[str, int] = {}
        self._open: _Changes | None = None

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
                if self._keeper and (changes.changed or changes.deleted):
                    self._keeper.write(list(changes.changed.values()), changes.deleted)
            except BaseException:
                for step in reversed(changes.undo):
                    step()
                raise
            finally:
                self._open = None

    def load(self, rows: list[Row]) -> None:
        """Take over rows that were kept."""
        with self.lock:
            for row in rows:
                self._put(row)

    def everything(self) -> list[Row]:
        """All rows of all types."""
        with self.lock:
            return [row for table in self._tables.values() for row in table.values()]

    def insert(self, kind: str, values: dict[str, Any], *, owner: int, group: int) -> Row:
        """Add a row; its id is the next one of its type."""
        with self.transaction():
            self._check(kind, values)
            row = Row(
                kind, self._next.get(kind, 0), dict(values), owner, group, int(time.time() * 1000)
            )
            self._put(row)
            self._note(row, lambda: self._drop(row))
            return row

    def update(self, row: Row, **values: Any) -> None:
        """Change members of a row."""
        with self.transaction():
            self._check(row.kind, values)
            before = dict(row.values)

            def restore() -> None:
                self._drop(row)
                row.values = before
                self._put(row)

            self._drop(row)
            row.values = before | values
            self._put(row)
            self._note(row, restore)

    def set_secret(self, row: Row, secret: str) -> None:
        """Change what a row keeps to itself."""
        with self.transaction():
            before = row.secret
            row.secret = secret
            self._note(row, lambda: setattr(row, "secret", before))

    def delete(self, row: Row) -> None:
        """Remove a row."""
        with self.transaction():
            self._drop(row)
            assert self._open is not None
            self._open.changed.pop(row.ref, None)
            self._open.deleted.append(row.ref)
            self._open.undo.append(lambda: self._put(row))

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

    def rows(self, kind: str) -> list[Row]:
        """All rows of a type and its subtypes, by id."""
        with self.lock:
            found = [
                row for name in schema.concrete(kind) for row in self._tables.get(name, {}).values()
            ]
        return sorted(found, key=lambda row: row.id)

    def referring(self, kind: str, member: str, target: Ref) -> list[Row]:
        """The rows of a type whose `member` points to `target`: the content of a collection."""
        with self.lock:
            found = [
                row
                for name in schema.concrete(kind)
                for row in self._referrers.get((name, member, target), {}).values()
            ]
        return sorted(found, key=lambda row: row.id)

    def _check(self, kind: str, values: dict[str, Any]) -> None:
        known = schema.members(kind)
        for name in values:
            if name not in known or known[name].shape is schema.Shape.MANY:
                raise refuse.invalid(f"{kind} has no member {name} that can be set")

    def _note(self, row: Row, undo: Callable[[], object]) -> None:
        assert self._open is not None
        self._open.changed[row.ref] = row
        self._open.undo.append(undo)

    def _put(self, row: Row) -> None:
        self._tables.setdefault(row.kind, {})[row.id] = row
        self._next[row.kind] = max(self._next.get(row.kind, 0), row.id + 1)
        for member, value in row.values.items():
            if isinstance(value, Ref):
                self._referrers.setdefault((row.kind, member, value), {})[row.id] = row

    def _drop(self, row: Row) -> None:
        self._tables[row.kind].pop(row.id, None)
        for member, value in row.values.items():
            if isinstance(value, Ref):
                self._referrers[row.kind, member, value].pop(row.id, None)
