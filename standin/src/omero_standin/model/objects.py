"""Rows → Ice objects, with the loading rules of the real server.

What a query did not fetch stays unloaded: a single reference becomes an object with an id only, a
collection says that it is not loaded. A freshly built Ice object claims the opposite (loaded and
empty), so each collection is unloaded first.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Final

import omero
import omero.model
import omero.model.enums
import omero.rtypes
from omero.constants.permissions import BINARYACCESS
from omero.rtypes import rbool, rint, rlong, rmap, rstring

from omero_standin import refuse
from omero_standin.model import schema
from omero_standin.model.loaded import DETAILS, Fetch, Loaded, detail
from omero_standin.model.permissions import Rights, is_system
from omero_standin.model.store import Ref, Row, Store

__all__ = ["Fetch", "Marshaller"]
_WRAP: Final[dict[str, Callable[[Any], Any]]] = {
    "RString": omero.rtypes.rstring,
    "RLong": omero.rtypes.rlong,
    "RInt": omero.rtypes.rint,
    "RBool": omero.rtypes.rbool,
    "RDouble": omero.rtypes.rdouble,
    "RFloat": omero.rtypes.rfloat,
    "RTime": omero.rtypes.rtime,
    "StringArray": list,
}


class Marshaller:
    """Converts the rows of one answer; each row becomes one object, however often it appears."""

    def __init__(
        self,
        store: Store,
        rights: Callable[[Row], Rights],
        level: Callable[[int], str],
        restricted: Callable[[Row], bool],
        contexts: Callable[[], tuple[Any, dict[str, str]]],
    ) -> None:
        """`rights` tells what the caller may do with a row, `level` a group's permissions text.

        `restricted` tells whether the caller may not download what is behind a row, `contexts`
        who the caller is and what context it sent: each object carries both.
        """
        self._store = store
        self._rights = rights
        self._level = level
        self._restricted = restricted
        self._contexts = cache(contexts)
        self._made: dict[Ref, Any] = {}
        # As in the real server's answers: thousands of rows of one owner refer to one object.
        self._unloaded: dict[Ref, Any] = {}
        self._waiting: list[tuple[Any, Row]] = []
        self._loaded = Loaded()

    def object(self, row: Row, fetch: Fetch | None = None) -> Any:
        """The row as an Ice object, with the fetched associations loaded in full."""
        return self.objects([row], fetch)[0]

    def objects(self, rows: list[Row], fetch: Fetch | None = None) -> list[Any]:
        """Rows as Ice objects that share what they refer to."""
        self._loaded = Loaded()
        self._made, self._unloaded = {}, {}
        for row in rows:
            self._loaded.expand(self._store, row, fetch or {})
        return [self._whole(row) for row in rows]

    def answer(self, rows: list[Row | None], loaded: Loaded) -> list[Any]:
        """The rows of a query's answer with what it loaded."""
        self._loaded = loaded
        return [None if row is None else self._whole(row) for row in rows]

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
        made._extendedRestrictions = [BINARYACCESS] if self._restricted(row) else []
        return made

    def _whole(self, row: Row) -> Any:
        made = self._shell(row)
        # Not by recursion: graphs are as deep as they are large.
        while self._waiting:
            self._fill(*self._waiting.pop())
        return made

    def _shell(self, row: Row) -> Any:
        made = self._made.get(row.ref)
        if made is None:
            made = self._made[row.ref] = getattr(omero.model, f"{row.kind}I")()
            self._waiting.append((made, row))
        return made

    def _fill(self, made: Any, row: Row) -> None:
        made.setId(rlong(row.id))
        if schema.is_mutable(row.kind):
            made._version = rint(row.version)
        collections = self._loaded.collections.get(row.ref, {})
        for member in schema.members(row.kind).values():
            if member.shape is schema.Shape.MANY:
                self._fill_collection(made, member.name, collections.get(member.name))
                continue
            value = row.values.get(member.name)
            wrapped = None if value is None else self._value(member, value)
            setattr(made, f"_{member.name}", wrapped)
        made._details = self._details(row)

    def _fill_collection(self, made: Any, name: str, held: dict[int, Row] | None) -> None:
        content = None if held is None else [self._shell(held[each]) for each in sorted(held)]
        setattr(made, f"_{name}Loaded", content is not None)
        setattr(made, f"_{name}Seq", content if content is not None else [])

    def _value(self, member: schema.Member, value: Any) -> Any:
        if member.shape is schema.Shape.SCALAR:
            return _WRAP[member.target](value)
        if member.shape is schema.Shape.ONE:
            return self._reference(value, at_once=schema.is_abstract(member.target))
        if member.shape is schema.Shape.NAMED_VALUES:
            return [omero.model.NamedValue(name, text) for name, text in value]
        if member.shape is schema.Shape.BYTES:
            return value
        if member.shape is schema.Shape.UNIT:
            return unit(member.target, value)
        raise refuse.unsupported(f"values of the type {member.target} (member {member.name})")

    def _reference(self, ref: Ref, *, at_once: bool) -> Any:
        loaded = at_once or ref in self._loaded.refs
        return self._shell(self._store.get(*ref)) if loaded else self._number(ref)

    def _number(self, ref: Ref) -> Any:
        """The object with an id only."""
        made = self._unloaded.get(ref)
        if made is None:
            made = self._unloaded[ref] = getattr(omero.model, f"{ref.kind}I")(ref.id, False)
        return made

    def _details(self, row: Row) -> Any:
        details = omero.model.DetailsI()
        details._permissions = self.permissions(row)
        details._event, details._call = self._contexts()
        # Accounts and events belong to nobody in OMERO's model.
        if is_system(row.kind):
            return details
        for part in DETAILS:
            found = detail(self._store, row, part)
            if found is None:
                continue
            # OMERO.server has read the group itself, to see what its permissions allow.
            loaded = part == "group" or found.ref in self._loaded.refs
            setattr(details, f"_{part}", self._shell(found) if loaded else self._number(found.ref))
        return details


def unit(kind: str, value: Any) -> Any:
    """A number with its unit as the Ice object of its kind, such as `Length`."""
    number, name = value
    enumeration = getattr(omero.model.enums, f"Units{kind}")
    return getattr(omero.model, f"{kind}I")(number, getattr(enumeration, name))


def _group_of(row: Row) -> int:
    """A group's own permissions are those of the group it is, not of the group it belongs to."""
    return row.id if row.kind == "ExperimenterGroup" else row.group
