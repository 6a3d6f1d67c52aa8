"""Rows → Ice objects, with the loading rules of the real server.

What a query did not fetch stays unloaded: a single reference becomes an object with an id only, a
collection says that it is not loaded. A freshly built Ice object claims the opposite (loaded and
empty), so each collection is unloaded first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import omero
import omero.model
import omero.rtypes
from omero.rtypes import rbool, rlong, rmap, rstring, rtime

from omero_standin import refuse
from omero_standin.model import schema
from omero_standin.model.permissions import SYSTEM_TYPES, Rights
from omero_standin.model.store import Row, Store

# What to load, by member name; `details` may be in it and is loaded anyway.
Fetch = dict[str, Any]
_WRAP: dict[str, Callable[[Any], Any]] = {
    "RString": omero.rtypes.rstring,
    "RLong": omero.rtypes.rlong,
    "RInt": omero.rtypes.rint,
    "RBool": omero.rtypes.rbool,
    "RDouble": omero.rtypes.rdouble,
    "RFloat": omero.rtypes.rfloat,
    "RTime": omero.rtypes.rtime,
}


class Marshaller:
    """Converts the rows of one answer; each row becomes one object, however often it appears."""

    def __init__(
        self, store: Store, rights: Callable[[Row], Rights], level: Callable[[int], str]
    ) -> None:
        """`rights` tells what the caller may do with a row, `level` a group's permissions text."""
        self._store = store
        self._rights = rights
        self._level = level
        self._made: dict[tuple[str, int], Any] = {}

    def object(self, row: Row, fetch: Fetch | None = None) -> Any:
        """The row as an Ice object, with the fetched associations loaded."""
        made = self._made.get(row.ref)
        if made is None:
            made = self._made[row.ref] = getattr(omero.model, f"{row.kind}I")()
            self._fill(made, row)
        for name, below in (fetch or {}).items():
            self._load(made, row, name, below)
        return made

    def permissions_map(self, row: Row) -> Any:
        """The rights on a row as the map that OMERO.web reads in projections."""
        rights, level = self._rights(row), self._level(_group_of(row))
        return rmap(
            {
                "perm": rstring(level),
                "canAnnotate": rbool(rights.annotate),
                "canDelete": rbool(rights.delete),
                "canEdit": rbool(rights.edit),
                "canLink": rbool(rights.link),
                "canChgrp": rbool(rights.chgrp),
                "canChown": rbool(rights.chown),
            }
        )

    def permissions(self, row: Row) -> Any:
        """The rights on a row as a Permissions object."""
        rights = self._rights(row)
        made = omero.model.PermissionsI(self._level(_group_of(row)))
        # In the order of OMERO's constants LINK, EDIT, DELETE, ANNOTATE, CHGRP, CHOWN; true means
        # "may not".
        may = (rights.link, rights.edit, rights.delete, rights.annotate, rights.chgrp, rights.chown)
        made._restrictions = [not each for each in may]
        made._extendedRestrictions = []
        return made

    def _fill(self, made: Any, row: Row) -> None:
        made.setId(rlong(row.id))
        for member in schema.members(row.kind).values():
            value = row.values.get(member.name)
            if member.shape is schema.Shape.MANY:
                _set_loaded(made, member.name, None)
            elif value is None:
                setattr(made, f"_{member.name}", None)
            else:
                setattr(made, f"_{member.name}", self._value(member, value))
        made._details = self._details(row)

    def _value(self, member: schema.Member, value: Any) -> Any:
        if member.shape is schema.Shape.SCALAR:
            return _WRAP[member.target](value)
        if member.shape is schema.Shape.ONE:
            return getattr(omero.model, f"{value.kind}I")(value.id, False)
        if member.shape is schema.Shape.NAMED_VALUES:
            return [omero.model.NamedValue(name, text) for name, text in value]
        raise refuse.unsupported(f"values of the type {member.target} (member {member.name})")

    def _details(self, row: Row) -> Any:
        details = omero.model.DetailsI()
        details._permissions = self.permissions(row)
        # Accounts and events belong to nobody in OMERO's model; an owner here would also be a
        # circle.
        if row.kind in SYSTEM_TYPES:
            return details
        for slot, kind, row_id in (
            ("_owner", "Experimenter", row.owner),
            ("_group", "ExperimenterGroup", row.group),
        ):
            if found := self._store.find(kind, row_id):
                setattr(details, slot, self.object(found))
        details._creationEvent = _event(row)
        details._updateEvent = details._creationEvent
        return details

    def _load(self, made: Any, row: Row, name: str, below: Fetch) -> None:
        if name == "details":
            return
        member = schema.members(row.kind)[name]
        if member.shape is schema.Shape.MANY:
            back = schema.inverse(row.kind, member.target)
            found = self._store.referring(member.target, back, row.ref)
            _set_loaded(made, name, [self.object(each, below) for each in found])
        elif member.shape is schema.Shape.ONE and (value := row.values.get(name)) is not None:
            setattr(made, f"_{name}", self.object(self._store.get(value.kind, value.id), below))


def _group_of(row: Row) -> int:
    """A group's own permissions are those of the group it is, not of the group it belongs to."""
    return row.id if row.kind == "ExperimenterGroup" else row.group


def _set_loaded(made: Any, name: str, content: list[Any] | None) -> None:
    setattr(made, f"_{name}Loaded", content is not None)
    setattr(made, f"_{name}Seq", content if content is not None else [])


def _event(row: Row) -> Any:
    event = omero.model.EventI(row.id, True)
    event._time = rtime(row.time)
    for name, member in schema.members("Event").items():
        if member.shape is schema.Shape.MANY:
            _set_loaded(event, name, None)
    return event
