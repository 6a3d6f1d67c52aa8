"""Paths: from one value through a member to the next, checked on types before a row is looked at.

A wrong member is therefore an error on an empty store, too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from omero_standin.hql.values import KindName, Millis, Narrow, Permissions, Single
from omero_standin.model import schema
from omero_standin.model.loaded import detail
from omero_standin.model.store import Ref, Row, Store

# The parts of `details`: which type they are.
DETAILS: Final = {
    "owner": "Experimenter",
    "group": "ExperimenterGroup",
    "creationEvent": "Event",
    "updateEvent": "Event",
    "externalInfo": "ExternalInfo",
}
_WRAP: Final[dict[str, Callable[[Any], Any]]] = {
    "RTime": Millis,
    "RInt": Narrow,
    "RFloat": Single,
}


@dataclass(frozen=True, slots=True)
class Type:
    """The type of a value: `tag` is row, rows, details, pairs, pair, unit or value.

    `kind` is the model type, or the Ice type of a value; empty when it is not known.
    """

    tag: str
    kind: str = ""


VALUE: Final = Type("value")
ROW: Final = "row"


@dataclass(frozen=True, slots=True)
class Step:
    """One member on a path: its type, and how to get from a value to the next one.

    For a collection the getter gives a list. `member` is what the model knows about it.
    """

    type: Type
    get: Callable[[Any], Any]
    member: schema.Member | None = None


class NoSuchMember(Exception):
    """A part of a path that the model does not have."""


def step(store: Store, origin: Type, part: str) -> Step:
    """The step from a value of type `origin` to `part`."""
    if origin.tag == "details":
        return _detail_step(store, origin, part)
    if origin.tag == "pair" and part in ("name", "value"):
        return Step(Type("value", "RString"), lambda pair: getattr(pair, part))
    if origin.tag == "unit" and part in ("value", "unit"):
        at = 0 if part == "value" else 1
        return Step(VALUE, lambda pair: pair[at])
    if origin.tag == "rows":
        raise NoSuchMember(f"illegal attempt to dereference collection with {part}")
    if origin.tag != ROW:
        raise NoSuchMember(f"could not resolve property: {part} of a plain value")
    return _row_step(store, origin.kind, part)


def _row_step(store: Store, kind: str, part: str) -> Step:
    if part == "id":
        return Step(Type("value", "RLong"), lambda row: row.id)
    if part == "class":
        return Step(VALUE, lambda row: KindName(row.kind))
    if part == "version":
        return Step(Type("value", "RInt"), lambda row: Narrow(row.version))
    if part == "details":
        return Step(Type("details", kind), lambda row: row)
    member = _member(kind, part)
    if member.shape is schema.Shape.MANY:
        back = schema.inverse(kind, member.target)
        return Step(
            Type("rows", member.target),
            lambda row: store.referring(member.target, back, row.ref),
            member,
        )
    if member.shape is schema.Shape.ONE:

        def follow(row: Row) -> Row | None:
            held = row.values.get(part)
            return store.find(held.kind, held.id) if held is not None else None

        return Step(Type(ROW, member.target), follow, member)
    if member.shape is schema.Shape.NAMED_VALUES:
        return Step(Type("pairs"), lambda row: row.values.get(part), member)
    if member.shape is schema.Shape.UNIT:
        return Step(Type("unit", member.target), lambda row: row.values.get(part), member)
    return Step(Type("value", member.target), _scalar(member), member)


def _scalar(member: schema.Member) -> Callable[[Row], Any]:
    name, wrap = member.name, _WRAP.get(member.target)
    if wrap is None:
        return lambda row: row.values.get(name)

    def get(row: Row) -> Any:
        value = row.values.get(name)
        return None if value is None else wrap(value)

    return get


def _member(kind: str, part: str) -> schema.Member:
    # Hibernate lets a query on a base type name the members of its subtypes (`a.textValue`).
    for each in (kind, *schema.concrete(kind)):
        if member := schema.members(each).get(part):
            return member
    raise NoSuchMember(f"could not resolve property: {part} of: {kind}")


def _detail_step(store: Store, origin: Type, part: str) -> Step:
    if part == "permissions":
        return Step(VALUE, Permissions)
    if part in DETAILS:
        return Step(Type(ROW, DETAILS[part]), lambda row: detail(store, row, part))
    raise NoSuchMember(f"could not resolve property: {part} of: details of {origin.kind}")


def id_of(parts: tuple[str, ...], store: Store, origin: Type) -> Callable[[Any], Any] | None:
    """A short cut for `….member.id`: the id that is held, without looking at the row."""
    if origin.tag == "details" and parts in (("owner", "id"), ("group", "id")):
        name = parts[0]
        return lambda row: getattr(row, name)
    if origin.tag == ROW and len(parts) == 2 and parts[1] == "id":
        part = parts[0]
        found = step(store, origin, part)
        if found.member is not None and found.member.shape is schema.Shape.ONE:

            def held_id(row: Row) -> int | None:
                held: Ref | None = row.values.get(part)
                return None if held is None else held.id

            return held_id
    return None
