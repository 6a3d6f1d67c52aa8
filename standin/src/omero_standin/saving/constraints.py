"""What OMERO's database does not take: missing values, values that are there already."""

from __future__ import annotations

from typing import Any, Final

from omero_standin import refuse
from omero_standin.model import schema
from omero_standin.model.store import Row, Store

# Beside parent and child of links, what must have a value (`not null` in OMERO's mapping).
_REQUIRED: Final = {
    "Channel": ("pixels", "logicalChannel"),
    "ChannelBinding": ("renderingDef", "inputStart", "inputEnd", "active"),
    "Dataset": ("name",),
    "Experimenter": ("omeName", "firstName", "lastName", "ldap"),
    "ExperimenterGroup": ("name", "ldap"),
    "FilesetEntry": ("fileset", "originalFile", "clientPath"),
    "Image": ("name",),
    "Namespace": ("name",),
    "OriginalFile": ("name", "path"),
    "Pixels": (
        "image", "pixelsType", "dimensionOrder", "sizeX", "sizeY", "sizeZ", "sizeC", "sizeT",
        "sha1",
    ),
    "PlaneInfo": ("pixels", "theZ", "theC", "theT"),
    "Plate": ("name",),
    "PlateAcquisition": ("plate",),
    "Project": ("name",),
    "Reagent": ("screen",),
    "RenderingDef": ("pixels", "defaultZ", "defaultT", "model", "quantization"),
    "Screen": ("name",),
    "Thumbnail": ("pixels", "mimeType", "sizeX", "sizeY"),
    "Well": ("plate",),
    "WellSample": ("well", "image"),
}  # fmt: skip
# What no two rows may have in common; `@owner` is the row's owner.
_UNIQUE: Final = {
    "Experimenter": ("omeName",),
    "ExperimenterGroup": ("name",),
    "GroupExperimenterMap": ("parent", "child"),
    "Namespace": ("name",),
}
# Members that are `varchar(255)` in the database; other texts have no bound.
_SHORT: Final = ("name", "ns", "omeName", "firstName", "lastName", "middleName", "institution")
_LONGEST: Final = 255


def check(store: Store, kind: str, values: dict[str, Any], *, owner: int, row: Row | None) -> None:
    """Refuse values that a row cannot have; `row` is the one that gets them, if it is there."""
    whole = (row.values if row is not None else {}) | values
    for name in required(kind):
        if whole.get(name) is None:
            raise refuse.invalid(
                f"could not {'update' if row else 'insert'} {kind}: {name} must have a value"
            )
    for name in _SHORT:
        value = values.get(name)
        if isinstance(value, str) and len(value) > _LONGEST:
            raise refuse.invalid(
                f"could not save {kind}: {name} has {len(value)} characters, at most {_LONGEST} fit"
            )
    if members := _unique(kind):
        _check_unique(store, kind, whole, members, owner, row)


def required(kind: str) -> tuple[str, ...]:
    """The members of a type that must have a value."""
    if schema.is_link(kind):
        return ("parent", "child")
    return ("value",) if schema.is_enumeration(kind) else _REQUIRED.get(kind, ())


def _unique(kind: str) -> tuple[str, ...]:
    if kind in _UNIQUE:
        return _UNIQUE[kind]
    if schema.is_link(kind):
        return ("parent", "child", "@owner")
    return ("value",) if schema.is_enumeration(kind) else ()


def _check_unique(
    store: Store,
    kind: str,
    whole: dict[str, Any],
    members: tuple[str, ...],
    owner: int,
    row: Row | None,
) -> None:
    # The rows of a parent may be many, those of a child are few.
    first = "child" if "child" in members else members[0]
    for other in store.holding(kind, first, whole.get(first)):
        same = all(
            other.owner == owner if name == "@owner" else other.values.get(name) == whole.get(name)
            for name in members
        )
        if same and other is not row:
            named = ", ".join(name.removeprefix("@") for name in members)
            raise refuse.invalid(
                f"could not insert {kind}: duplicate key value violates the unique constraint on "
                f"({named}); {kind}:{other.id} has it"
            )
