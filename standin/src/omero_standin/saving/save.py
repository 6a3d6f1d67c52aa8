"""Saving a graph: new objects become rows, known ones are compared with theirs and changed.

As in the real server, everything loaded that hangs on the given object is saved with it, an
unloaded object is only a reference, and a member without a value loses the one it had. A loaded
collection of links, or one with an order, loses the elements that are not given (`DELETE_ORPHAN`
in `object.vm` of omero-model); of other collections they stay.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from omero_standin import refuse
from omero_standin.call import Call
from omero_standin.model import schema
from omero_standin.model.loaded import Loaded, detail
from omero_standin.model.permissions import is_system
from omero_standin.model.store import Ref, Row
from omero_standin.saving import constraints, ownership
from omero_standin.saving.given import collection, id_of, is_loaded, kind_of, plain_value
from omero_standin.saving.linkage import group_of_linked


class Saver:
    """Saves the graphs of one call; afterwards `loaded` tells what to return of them."""

    def __init__(self, call: Call) -> None:
        """Nothing is saved yet."""
        self._call = call
        self._store = call.store
        self._done: dict[int, Row] = {}
        # Objects on the way down, whose row is not there yet, and the collections that wait for it.
        self._open: dict[int, list[tuple[Row, str]]] = {}
        # Python may use an object's id again when it is gone.
        self._alive: list[Any] = []
        # Elements that collections have lost; they go last, as in the server.
        self._lost: dict[Ref, Row] = {}
        self.loaded = Loaded()

    def save(self, given: Any) -> Row:
        """Save an object with all that hangs on it."""
        if id(given) in self._done:
            return self._done[id(given)]
        self._alive.append(given)
        if not is_loaded(given):
            row = self._done[id(given)] = self._reference(given)
            return row
        self._open[id(given)] = []
        row = self._insert(given) if id_of(given) is None else self._update(given)
        self._done[id(given)] = row
        for holder, member in self._open.pop(id(given)):
            self.loaded.add_to_collection(holder, member, row)
        self._load(row)
        self._save_collections(given, row)
        return row

    def finish(self) -> None:
        """Delete what collections have lost, when all objects of the call are saved."""
        saved = {row.ref for row in self._done.values()}
        for row in self._lost.values():
            if row.ref in saved:
                raise refuse.invalid(
                    f"deleted object would be re-saved by cascade (remove deleted object from "
                    f"associations): {row.kind}#{row.id}"
                )
            if not self._call.rights(row).delete:
                raise refuse.forbidden(f"Deleting {row} not allowed.")
            for kind, member in schema.referrers(row.kind):
                if self._store.holding(kind, member, row.ref):
                    raise refuse.unsupported(
                        f"saving a collection without {row}, which a {kind} refers to"
                    )
            self._store.delete(row)

    def _reference(self, given: Any) -> Row:
        kind, row_id = kind_of(given), id_of(given)
        if row_id is None:
            raise refuse.invalid(f"an unloaded {kind} without an id refers to nothing")
        row = self._store.find(kind, row_id)
        if row is None:
            raise refuse.invalid(f"No row with the given identifier exists: {kind}#{row_id}")
        # Looked up in any group: which ones fit together is for the linkage to say.
        return row

    # --- one object

    def _insert(self, given: Any) -> Row:
        kind = kind_of(given)
        if not hasattr(given, "_details"):
            raise refuse.usage(f"{kind} cannot be saved")
        if existing := self._existing_enumeration(given, kind):
            return existing
        self._check_accounts(given)
        values, linked = self._values(given)
        group_linked = group_of_linked(self._call, kind, linked, ownership.named(given, "_owner"))
        owner, group = ownership.for_new(self._call, given, values, group_linked)
        constraints.check(self._store, kind, values, owner=owner, row=None)
        self._load_checked(linked)
        return self._store.insert(
            kind, {k: v for k, v in values.items() if v is not None}, owner=owner, group=group
        )

    def _existing_enumeration(self, given: Any, kind: str) -> Row | None:
        if not schema.is_enumeration(kind) or given._value is None:
            return None
        found = self._store.holding(kind, "value", given._value.val)
        return found[0] if found else None

    def _update(self, given: Any) -> Row:
        kind, row_id = kind_of(given), id_of(given)
        row = self._store.find(kind, row_id) if row_id is not None else None
        if row is None:
            raise refuse.invalid(f"object no longer exists in database: {kind}:{row_id}")
        self._check_accounts(given)
        # As in the real server, what a client sends of an event or an enumeration changes nothing.
        if kind == "Event" or schema.is_enumeration(kind):
            return row
        if not self._call.sees(row):
            raise refuse.forbidden(f"Cannot read {row}")
        values, _ = self._values(given)
        changed = {k: v for k, v in values.items() if not _same(v, row.values.get(k))}
        ownership.hand_over(self._call, given, row)
        if not changed:
            return row
        self._check_version(given, row)
        ownership.check_change(self._call, row)
        references = [self._store.get(*v) for v in changed.values() if isinstance(v, Ref)]
        group_of_linked(self._call, kind, references, ownership.named(given, "_owner") or row.owner)
        constraints.check(self._store, kind, changed, owner=row.owner, row=row)
        self._store.update(row, **changed)
        held = (v for name, v in row.values.items() if isinstance(v, Ref) and name[0] != "@")
        self._load_checked(self._store.get(*each) for each in held)
        return row

    def _check_accounts(self, given: Any) -> None:
        """Loaded owners and groups in the details are saved, too: refuse what they cannot be."""
        for part in ("_owner", "_group"):
            held = getattr(given._details, part, None) if given._details is not None else None
            if held is None or not is_loaded(held) or id_of(held) is None:
                continue
            kind = kind_of(held)
            for name in constraints.required(kind):
                if getattr(held, f"_{name}") is None:
                    raise refuse.invalid(
                        "not-null property references a null or transient value: "
                        f"{schema.java_name(kind)}.{name}"
                    )

    def _check_version(self, given: Any, row: Row) -> None:
        version = getattr(given, "_version", None)
        if schema.is_mutable(row.kind) and version is not None and version.val != row.version:
            raise refuse.outdated(
                f"{row.kind}:{row.id} was changed by another transaction: it has version "
                f"{row.version}, the given object {version.val}"
            )

    def _values(self, given: Any) -> tuple[dict[str, Any], list[Row]]:
        """The values of an object's members, and the rows that they refer to."""
        values: dict[str, Any] = {}
        linked: list[Row] = []
        for member in schema.members(kind_of(given)).values():
            if member.shape is schema.Shape.MANY:
                continue
            if member.shape is not schema.Shape.ONE:
                values[member.name] = plain_value(given, member)
                continue
            held = getattr(given, f"_{member.name}")
            values[member.name] = None
            if held is not None and id(held) not in self._open:
                row = self.save(held)
                values[member.name] = row.ref
                linked.append(row)
        # Details that name no external information take it away, as any member without a value.
        if given._details is not None:
            external = getattr(given._details, "_externalInfo", None)
            values["@externalInfo"] = None if external is None else self.save(external).ref
        return values, linked

    def _save_collections(self, given: Any, row: Row) -> None:
        for member in schema.members(row.kind).values():
            if member.shape is not schema.Shape.MANY:
                continue
            elements = collection(given, member.name)
            if elements is None:
                continue
            self.loaded.add_to_collection(row, member.name, None)
            back = schema.inverse(row.kind, member.target)
            for element in elements:
                if is_loaded(element) and getattr(element, f"_{back}") is None:
                    setattr(element, f"_{back}", given)
                if id(element) in self._open:
                    self._open[id(element)].append((row, member.name))
                else:
                    saved = self.save(element)
                    self.loaded.add_to_collection(row, member.name, saved)
            if schema.is_link(member.target) or schema.is_ordered(row.kind, member.name):
                self._note_lost(row, member.target, back, elements)

    def _note_lost(self, holder: Row, kind: str, back: str, elements: Iterable[Any]) -> None:
        """Remember the elements that a collection had; those that the caller cannot see stay."""
        given = {id_of(each) for each in elements}
        made = {row.ref for row in self._done.values()}
        for row in self._store.referring(kind, back, holder.ref):
            if row.id not in given and row.ref not in made and self._call.sees(row):
                self._lost[row.ref] = row

    def _load_checked(self, linked: Iterable[Row]) -> None:
        """What a new or changed row refers to is loaded: the server looks at its owner and group.

        As in `OmeroInterceptor.evaluateLinkages`, types that belong to nobody are not looked at.
        """
        for row in linked:
            if not is_system(row.kind):
                self.loaded.add(row)

    def _load(self, row: Row) -> None:
        self.loaded.add(row)
        for part in ("owner", "group", "creationEvent", "updateEvent"):
            found = detail(self._store, row, part)
            if found is not None:
                self.loaded.add(found)


def _same(given: Any, held: Any) -> bool:
    if isinstance(given, tuple | list) and isinstance(held, tuple | list):
        return [_plain(each) for each in given] == [_plain(each) for each in held]
    return bool(given == held)


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
