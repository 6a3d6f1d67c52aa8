"""Paths: from an alias through members to a value, and from a source to its rows.

Every path is checked against the model before a row is looked at, so a wrong member is an error on
an empty store too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from omero_standin import refuse
from omero_standin.hql.tree import Path, Query, Source
from omero_standin.model import schema
from omero_standin.model.store import Ref, Row, Store

Kinds = dict[str, str]
# The parts of `details`: which type they are.
_DETAILS: Final = {
    "owner": "Experimenter",
    "group": "ExperimenterGroup",
    "creationEvent": "Event",
    "updateEvent": "Event",
    "externalInfo": "ExternalInfo",
    "permissions": "Permissions",
}


class Millis(int):
    """A point in time, in milliseconds since 1970: becomes an RTime."""


class Narrow(int):
    """A value of an RInt member: becomes an RInt, where other whole numbers become RLong."""


@dataclass(frozen=True, slots=True)
class Permissions:
    """`x.details.permissions`: becomes the map that OMERO.web reads."""

    row: Row

    @property
    def text(self) -> str:
        """A text to sort and group by."""
        return f"{self.row.kind}:{self.row.id}"


class Walker:
    """Follows paths for one query of one caller."""

    def __init__(self, store: Store, sees: Callable[[Row], bool], text: str) -> None:
        """`sees` tells which rows exist for the caller."""
        self._store = store
        self._sees = sees
        self._text = text

    def alias(self, source: Source) -> str:
        """The alias of a source; one that has none goes by its own text."""
        return source.alias or source.path.text

    # --- checks, on types only

    def check_sources(self, query: Query, outer: dict[str, Row | None]) -> Kinds:
        """The type of every alias; an error names the type or member that does not exist."""
        kinds: Kinds = {name: row.kind for name, row in outer.items() if row is not None}
        kinds |= {name: "" for name, row in outer.items() if row is None}
        for source in query.sources:
            head = source.path.parts[0]
            if not source.join and head not in kinds:
                if not schema.exists(head):
                    raise refuse.bad_query(f"{head} is not mapped: no such type", self._text)
                kinds[self.alias(source)] = head
            else:
                kinds[self.alias(source)] = self._kind_at(source.path, kinds, query)
        return kinds

    def check_path(self, path: Path, kinds: Kinds, query: Query) -> None:
        """An error when the path does not exist in the model."""
        self._kind_at(path, kinds, query)

    def _kind_at(self, path: Path, kinds: Kinds, query: Query) -> str:
        if self._is_type(path, kinds):
            return ""
        parts = self._rooted(path, kinds, query)
        kind = kinds[parts[0]]
        for part in parts[1:]:
            if not kind:
                return ""
            kind = self._step_kind(kind, part)
        return kind

    def _is_type(self, path: Path, names: Iterable[str]) -> bool:
        """Whether a word is a type's name, as in `a.class = TagAnnotation`."""
        return len(path.parts) == 1 and path.text not in names and schema.exists(path.text)

    def _rooted(self, path: Path, names: Iterable[str], query: Query) -> tuple[str, ...]:
        """The path from an alias.

        A bare member (`count(id)`) belongs to the query's only source.
        """
        if path.text in names:
            return (path.text,)
        if path.parts[0] in names:
            return path.parts
        roots = [source for source in query.sources if not source.join]
        if len(path.parts) > 1 and not any(self._has(names, each, path.parts[0]) for each in roots):
            raise refuse.bad_query(f"{path.parts[0]} is neither an alias nor a member", self._text)
        named = {item.name for item in query.items if item.name}
        if len(roots) == 1 and (len(path.parts) > 1 or path.text not in named):
            return (self.alias(roots[0]), *path.parts)
        if path.text in named:
            return (self.alias(roots[0]),)
        raise refuse.bad_query(f"{path.parts[0]} is neither an alias nor a member", self._text)

    def _has(self, names: Iterable[str], source: Source, part: str) -> bool:
        """Whether a source's type has a member of this name."""
        kind = source.path.parts[0]
        if kind in names or part in ("details", "id"):
            return True
        return any(part in schema.members(each) for each in (kind, *schema.concrete(kind)))

    def _step_kind(self, kind: str, part: str) -> str:
        if kind == "details":
            if part in _DETAILS:
                return _DETAILS[part]
        elif part in ("id", "class", "version") or kind == "Permissions":
            return ""
        elif part == "details":
            return "details"
        elif member := schema.members(kind).get(part):
            return member.target if member.shape in (schema.Shape.ONE, schema.Shape.MANY) else ""
        elif any(part in schema.members(sub) for sub in schema.concrete(kind)):
            # Hibernate lets a query on a base type name the members of its subtypes
            # (`a.textValue`).
            sub = next(sub for sub in schema.concrete(kind) if part in schema.members(sub))
            member = schema.members(sub)[part]
            return member.target if member.shape in (schema.Shape.ONE, schema.Shape.MANY) else ""
        raise refuse.bad_query(f"could not resolve property: {part} of: {kind}", self._text)

    # --- values, on rows

    def candidates(
        self, source: Source, bound: dict[str, Row | None], wanted: set[int] | None
    ) -> list[Row]:
        """The rows that a source may bind, given what is bound before it."""
        if source.path.parts[0] not in bound:
            kind = source.path.parts[0]
            if wanted is not None:
                found = [self._store.find(kind, each) for each in sorted(wanted)]
                return [row for row in found if row is not None and self._sees(row)]
            return [row for row in self._store.rows(kind) if self._sees(row)]
        rows: list[Row] = [row for row in (bound[source.path.parts[0]],) if row is not None]
        current: list[Any] = list(rows)
        for part in source.path.parts[1:]:
            current = [after for value in current for after in self._follow(value, part)]
        return [row for row in current if isinstance(row, Row)]

    def value(self, path: Path, bound: dict[str, Row | None], query: Query) -> Any:
        """The value at the end of a path; a collection on the way takes its first row's."""
        if self._is_type(path, bound):
            return path.text
        parts = self._rooted(path, bound, query)
        value: Any = bound[parts[0]]
        for part in parts[1:]:
            found = self._follow(value, part) if value is not None else []
            value = found[0] if found else None
        return value

    def _follow(self, value: Any, part: str) -> list[Any]:
        if isinstance(value, _Details):
            return self._detail(value.row, part)
        if not isinstance(value, Row):
            return []
        if part == "id":
            return [value.id]
        if part == "class":
            return [value.kind]
        if part == "details":
            return [_Details(value)]
        member = schema.members(value.kind).get(part)
        if member is None:
            return []
        if member.shape is schema.Shape.MANY:
            back = schema.inverse(value.kind, member.target)
            return [
                row
                for row in self._store.referring(member.target, back, value.ref)
                if self._sees(row)
            ]
        held = value.values.get(part)
        if held is None:
            return []
        if isinstance(held, Ref):
            return [self._store.get(held.kind, held.id)]
        if member.target == "RTime":
            return [Millis(held)]
        return [Narrow(held) if member.target == "RInt" else held]

    def _detail(self, row: Row, part: str) -> list[Any]:
        if part == "permissions":
            return [Permissions(row)]
        if part == "owner":
            return [found] if (found := self._store.find("Experimenter", row.owner)) else []
        if part == "group":
            return [found] if (found := self._store.find("ExperimenterGroup", row.group)) else []
        if part in ("creationEvent", "updateEvent"):
            return [Row("Event", row.id, {"time": row.time}, row.owner, row.group, row.time)]
        return []


@dataclass(frozen=True, slots=True)
class _Details:
    row: Row
