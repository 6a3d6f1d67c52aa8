"""The types of OMERO's model, read from the classes that omero-py generated.

Ice keeps a class's members opaque at run time, so a type's definition is read from its generated
source the first time the type is used: exactly the model of the installed omero-py, without a
second list to keep true.
"""

from __future__ import annotations

import importlib.util
import re
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Final

import omero.model

from omero_standin.model.packages import java_package


class Shape(Enum):
    """What a member holds."""

    SCALAR = "scalar"
    ONE = "one"
    MANY = "many"
    NAMED_VALUES = "named values"
    UNIT = "unit"
    BYTES = "bytes"


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a type: `target` is an Ice type for scalars, a model type for associations."""

    name: str
    shape: Shape
    target: str


_UNITS: Final = {
    "ElectricPotential", "Frequency", "Length", "Power", "Pressure", "Temperature", "Time",
}  # fmt: skip
_MEMBER: Final = re.compile(r"\('_(\w+)', \(\), ([\w.]+), False, 0\)")
_SEQUENCE: Final = re.compile(
    r"(\w+\._t_\w+Seq) = IcePy\.defineSequence\('[\w:]+', \(\), \w+\.model\._t_(\w+)\)"
)


def exists(kind: str) -> bool:
    """Whether OMERO has a type of this name."""
    found = getattr(omero.model, kind, None)
    return (
        isinstance(found, type)
        and issubclass(found, omero.model.IObject)
        # Not the class that implements another one.
        and not (kind.endswith("I") and found.__mro__[1].__name__ == kind[:-1])
    )


def named(text: str) -> str | None:
    """The type of a name: with a package, or with the `I` of its class, as clients give it."""
    name = text.rpartition(".")[2]
    return next((each for each in (name, name.removesuffix("I")) if exists(each)), None)


@cache
def members(kind: str) -> dict[str, Member]:
    """All members of a type by name, inherited ones included."""
    base = getattr(omero.model, kind).__mro__[1].__name__
    inherited = members(base) if base != "IObject" and exists(base) else {}
    return inherited | {member.name: member for member in _own_members(kind)}


@cache
def concrete(kind: str) -> tuple[str, ...]:
    """The type itself and its subtypes, as far as they have an implementation."""
    found = [kind, *(name for sub in _subtypes(kind) for name in concrete(sub))]
    return tuple(name for name in dict.fromkeys(found) if hasattr(omero.model, f"{name}I"))


def is_a(kind: str, wanted: str) -> bool:
    """Whether rows of `kind` are also rows of `wanted`."""
    return issubclass(getattr(omero.model, kind), getattr(omero.model, wanted))


@cache
def root(kind: str) -> str:
    """The most general type of a type's family, whose ids the whole family shares."""
    bases = [cls.__name__ for cls in getattr(omero.model, kind).__mro__ if exists(cls.__name__)]
    return bases[bases.index("IObject") - 1] if "IObject" in bases[1:] else kind


@cache
def first_id(kind: str) -> int:
    """The id of a type's first row: accounts start with 0, as `root` and `system` do."""
    return 0 if kind in ("Experimenter", "ExperimenterGroup") else 1


@cache
def is_enumeration(kind: str) -> bool:
    """Whether a type is a list of names that everybody shares, like `PixelsType`."""
    return kind == "AdminPrivilege" or ("value" in members(kind) and set(members(kind)) <= {
        "value", "bitSize", "measurementSystem",
    })  # fmt: skip


@cache
def is_link(kind: str) -> bool:
    """Whether rows of a type connect a parent and a child."""
    own = members(kind)
    return all(name in own and own[name].shape is Shape.ONE for name in ("parent", "child"))


@cache
def kinds() -> tuple[str, ...]:
    """All types that have rows."""
    return tuple(
        name for name in dir(omero.model) if exists(name) and hasattr(omero.model, f"{name}I")
    )


@cache
def referrers(kind: str) -> tuple[tuple[str, str], ...]:
    """Every type and member that can refer to a row of a type."""
    return tuple(
        (each, member.name)
        for each in kinds()
        for member in members(each).values()
        if member.shape is Shape.ONE and is_a(kind, member.target)
    )


@cache
def is_mutable(kind: str) -> bool:
    """Whether rows of a type have a version."""
    return hasattr(getattr(omero.model, kind), "_op_getVersion")


@cache
def is_abstract(kind: str) -> bool:
    """Whether a type has no rows of its own, only those of its subtypes.

    Hibernate loads references to such a type at once: it has to know the subtype
    (`object.vm` in omero-model).
    """
    return not hasattr(omero.model, f"{kind}I")


@cache
def is_ordered(kind: str, collection: str) -> bool:
    """Whether a collection has an order, in which its elements have an index."""
    singular = (collection[0].upper() + collection[1:]).removesuffix("s")
    return (kind, collection) == ("Fileset", "usedFiles") or (
        hasattr(getattr(omero.model, kind), f"_op_set{singular}")
        and hasattr(getattr(omero.model, kind), f"_op_getPrimary{singular}")
    )


@cache
def java_name(kind: str) -> str:
    """A type's name in the server's own language, which queries and results may use."""
    return f"ome.model.{java_package(kind)}.{kind}"


@cache
def inverse(kind: str, element: str) -> str:
    """The member of a collection's `element` type that points back to the owner's type, `kind`.

    A link between two rows of one type (AnnotationAnnotationLink) belongs to its parent.
    """
    back = [
        m.name for m in members(element).values() if m.shape is Shape.ONE and is_a(kind, m.target)
    ]
    if not back:
        raise LookupError(f"{element} has no member that points back to {kind}")
    return "parent" if "parent" in back else back[0]


def _subtypes(kind: str) -> list[str]:
    classes: list[type] = getattr(omero.model, kind).__subclasses__()
    return [
        cls.__name__
        for cls in classes
        if getattr(omero.model, cls.__name__, None) is cls and exists(cls.__name__)
    ]


@cache
def _source(kind: str) -> str:
    spec = importlib.util.find_spec(f"omero_model_{kind}_ice")
    if spec is None or spec.origin is None:
        raise LookupError(f"omero-py has no generated source for the model type {kind}")
    return Path(spec.origin).read_text(encoding="utf-8")


@cache
def _sequences(kind: str) -> dict[str, str]:
    return {match[1].rpartition("_t_")[2]: match[2] for match in _SEQUENCE.finditer(_source(kind))}


def _own_members(kind: str) -> list[Member]:
    source = _source(kind)
    start = source.find(f"IcePy.defineClass('::omero::model::{kind}', {kind},")
    if start < 0:
        raise LookupError(f"omero-py's generated source for {kind} does not define it")
    definition = source[start : source.find(f"{kind}._ice_type", start)]
    found = []
    for name, ice_type in _MEMBER.findall(definition):
        target = ice_type.rpartition("_t_")[2]
        if ice_type.startswith("IcePy.") or target == "CountMap" or name == "version":
            continue
        found.append(_member(kind, name, ice_type, target))
    return found


def _member(kind: str, name: str, ice_type: str, target: str) -> Member:
    if target == "ByteSeq":
        return Member(name, Shape.BYTES, target)
    if target.endswith("Seq"):
        element = _sequences(kind)[target]
        return Member(name.removesuffix("Seq"), Shape.MANY, element)
    if target == "NamedValueList":
        return Member(name, Shape.NAMED_VALUES, target)
    if target in _UNITS:
        return Member(name, Shape.UNIT, target)
    if ".model." in ice_type:
        return Member(name, Shape.ONE, target)
    return Member(name, Shape.SCALAR, target)
