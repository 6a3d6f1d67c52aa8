"""Values of OMERO's enumerations, as rows."""

from __future__ import annotations

from omero_standin.accounts import ROOT, SYSTEM_GROUP
from omero_standin.model.store import Ref, Row, Store


def enumeration(store: Store, kind: str, value: str) -> Ref:
    """The enumeration's entry of this value, made when there is none yet."""
    with store.transaction():
        if found := store.holding(kind, "value", value):
            return found[0].ref
        return store.insert(kind, {"value": value}, owner=ROOT, group=SYSTEM_GROUP).ref


def value_of(store: Store, row: Row, member: str) -> str | None:
    """The text of an enumeration that a row refers to."""
    ref = row.values.get(member)
    return None if ref is None else str(store.get(ref.kind, ref.id).values["value"])
