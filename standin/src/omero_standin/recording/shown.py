"""Values of OMERO's API → plain trees that two servers can be compared by.

What the trees leave out, and why it may differ between two servers that are both right:

- times and events: when something happened, and how many transactions it took;
- `version` of objects: how often Hibernate wrote the row;
- ids of enumerations' values: the order in which a database was filled;
- messages and traces of exceptions: words, with ids and names in them;
- floating point numbers beyond six digits.

Ids and texts become symbols later, see `symbols`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import omero.clients  # isort: skip
import Ice
import omero.cmd
import omero.model
import omero.rtypes
import omero.sys

from omero_standin.model.enumerations import original
from omero_standin.model.schema import Shape, is_enumeration, members, named

# Whose they are, not what they say: their fields are names of people and of groups.
_WHOM: Final = frozenset({"Experimenter", "ExperimenterGroup", "Session", "Event", "Node"})
_NOT_SHOWN: Final = frozenset({"version", "details", "id"})
_DIGITS: Final = 6
_SHORT_BYTES: Final = 16


@dataclass(frozen=True)
class Id:
    """The id of an object; `kind` is a type's name without a package."""

    kind: str
    number: int


@dataclass(frozen=True)
class Text:
    """A text, which may be anybody's."""

    value: str


@dataclass(frozen=True)
class Unordered:
    """Lines whose order the server is free to choose: a set, or a query without `order by`."""

    lines: list[Any]


class Ref(int):
    """An id that knows its type, to be given to a call."""

    kind: str

    @classmethod
    def of(cls, thing: Any) -> Ref:
        """The id of a saved object."""
        return cls.to(kind_of(thing), thing.id.val)

    @classmethod
    def to(cls, kind: str, number: int) -> Ref:
        """An id of a type."""
        made = cls(number)
        made.kind = kind
        return made


class Asked(omero.sys.ParametersI):  # type: ignore[misc]
    """Parameters of a query that know which of their numbers are ids.

    Lists and numbers given as `Ref` are ids, other values are themselves.
    """

    def __init__(self, **values: Any) -> None:
        """Make them from ids, lists of ids, numbers and texts."""
        super().__init__()
        self.told = values
        for name, value in values.items():
            self.add(name, _wrapped(value))


def _wrapped(value: Any) -> Any:
    if isinstance(value, list):
        return omero.rtypes.rlist([_wrapped(each) for each in value])
    if isinstance(value, str):
        return omero.rtypes.rstring(value)
    return omero.rtypes.rlong(int(value))


def kind_of(thing: Any) -> str:
    """The type of an object of the model."""
    return type(thing).__name__.removesuffix("I")


def shown(value: Any) -> Any:
    """The tree of any value that goes to a call or comes from one."""
    if isinstance(value, Ref):
        return Id(value.kind, int(value))
    if value is None or isinstance(value, (bool, int, Id, Unordered)):
        return value
    for kinds, how in _HOW:
        if isinstance(value, kinds):
            return how(value)
    return {type(value).__name__.removesuffix("I"): _attributes(value)}


def _number(value: float) -> Any:
    return float(f"{value:.{_DIGITS}g}")


def _bytes(value: bytes) -> Any:
    if len(value) <= _SHORT_BYTES:
        return {"bytes": value.hex()}
    return {"bytes": len(value), "sha1": hashlib.sha1(value, usedforsecurity=False).hexdigest()}


def _mapping(value: Mapping[Any, Any]) -> Any:
    if value and all(named(str(name)) and _are_ids(each) for name, each in value.items()):
        return by_kind(value)
    return {str(name): _entry(str(name), each) for name, each in value.items()}


def _are_ids(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, int) for each in value)


def _entry(name: str, value: Any) -> Any:
    """One entry of a mapping; a call's context carries ids as texts."""
    kind = {"omero.group": "ExperimenterGroup", "omero.user": "Experimenter"}.get(name)
    if kind is not None and isinstance(value, str):
        return Id(kind, int(value)) if int(value) >= 0 else "all"
    return shown(value)


def _rtype(value: Any) -> Any:
    if isinstance(value, omero.RTime):
        return "a time"
    return shown(value.val)


def _error(value: Any) -> Any:
    return {"ERR": type(value).__name__, "name": Text(value.name)}


def _proxy(value: Any) -> Any:
    return {"proxy": type(value).__name__.removesuffix("Prx")}


def _attributes(value: Any) -> Any:
    """The members of a struct, request or response."""
    found: dict[str, Any] = {}
    for name, each in sorted(vars(value).items()):
        if name.startswith("_") or each is None:
            continue
        found[name] = shown(each)
    return found


def by_kind(ids: Mapping[str, Any]) -> Any:
    """Ids by type, as commands take and give them."""
    kinds = {name: named(name) or name for name in ids}
    return {
        kinds[name]: Unordered([Id(kinds[name], each) for each in ids[name]])
        for name in sorted(ids)
    }


def _model(value: Any) -> Any:
    return _object(value, set())


def _object(value: Any, above: set[int]) -> Any:
    kind = kind_of(value)
    number = None if value.id is None else Id(kind, value.id.val)
    if kind in _WHOM:
        return {kind: number, "loaded": value.isLoaded()}
    if not value.isLoaded():
        return {kind: number, "loaded": False}
    if is_enumeration(kind):
        return {kind: _word(kind, value.value)}
    if id(value) in above:
        return {kind: number, "above": True}
    tree: dict[str, Any] = {kind: number}
    for name, member in sorted(members(kind).items()):
        if name not in _NOT_SHOWN:
            field = _field(value, name, member.shape, above | {id(value)})
            if field is not None:
                tree[name] = field
    details = value.details
    if details is not None and value.id is not None:
        tree["details"] = _details(details)
    return tree


def _field(value: Any, name: str, shape: Shape, above: set[int]) -> Any:
    if shape is Shape.MANY:
        lines = getattr(value, f"_{name}Seq")
        if not getattr(value, f"_{name}Loaded") or (value.id is None and not lines):
            return None
        found = [None if each is None else _object(each, above) for each in lines]
        # Channels are a list in the model; all other collections are sets.
        return found if name == "channels" else Unordered(found)
    field = getattr(value, f"_{name}")
    if isinstance(field, omero.model.IObject):
        return _object(field, above)
    return shown(field)


def _details(details: Any) -> Any:
    permissions = details.permissions
    return {
        "owner": shown(details.owner),
        "group": shown(details.group),
        "permissions": str(permissions) if permissions is not None else None,
        "may": None
        if permissions is None
        else [
            what
            for what in ("Annotate", "Delete", "Edit", "Link")
            if getattr(permissions, f"can{what}")()
        ],
        "externalInfo": None if details.externalInfo is None else "there",
    }


def _word(kind: str, value: Any) -> Any:
    """A value of an enumeration; one that a site has added is a text like any other."""
    if value is None:
        return None
    return value.val if value.val in original(kind) else Text(value.val)


def _unit(value: Any) -> Any:
    return [shown(value.getValue()), str(value.getUnit())]


def _pair(value: Any) -> Any:
    return [shown(value.name), shown(value.value)]


# The first that fits counts.
_HOW: Final[tuple[tuple[Any, Callable[[Any], Any]], ...]] = (
    (float, _number),
    (str, Text),
    (bytes, _bytes),
    (Asked, lambda value: _mapping(value.told)),
    (Mapping, _mapping),
    ((list, tuple), lambda value: [shown(each) for each in value]),
    (omero.RType, _rtype),
    (Ice.EnumBase, str),
    (Ice.ObjectPrx, _proxy),
    (omero.model.PermissionsI, str),
    (omero.model.NamedValue, _pair),
    (omero.model.IObject, _model),
    (omero.cmd.ERR, _error),
)


# --- How the answer of one call is shown, where it is not by its types


def rows(*kinds: str | Callable[[Any], Any] | None, ordered: bool = False) -> Callable[[Any], Any]:
    """Lines of a projection: a column whose kind is told has ids, a function shows its own."""

    def tell(answer: Any) -> Any:
        lines = [
            [_column(kind, each) for kind, each in zip(kinds, line, strict=True)] for line in answer
        ]
        return lines if ordered else Unordered(lines)

    return tell


def maps(ordered: bool = False, **kinds: str) -> Callable[[Any], Any]:
    """Lines of a projection that selects one map; entries whose kind is told have ids."""

    def tell(answer: Any) -> Any:
        lines = [
            {name: _column(kinds.get(name), each) for name, each in sorted(line[0].val.items())}
            for line in answer
        ]
        return lines if ordered else Unordered(lines)

    return tell


def _column(kind: str | Callable[[Any], Any] | None, value: Any) -> Any:
    if callable(kind):
        return kind(omero.rtypes.unwrap(value))
    if kind is None or value is None:
        return shown(value)
    return Id(kind, value.val)


def ids(kind: str) -> Callable[[Any], Any]:
    """An id, or a list of ids in their order."""

    def tell(answer: Any) -> Any:
        if isinstance(answer, list):
            return [Id(kind, each) for each in answer]
        return Id(kind, omero.rtypes.unwrap(answer))

    return tell


def unordered(answer: Any) -> Any:
    """A list whose order the server is free to choose."""
    return Unordered([shown(each) for each in answer])


def only(*attributes: str) -> Callable[[Any], Any]:
    """Some members of an answer; the others are the site's own affair."""

    def tell(answer: Any) -> Any:
        return {name: shown(getattr(answer, name)) for name in attributes}

    return tell


def is_there(answer: Any) -> Any:
    """Whether there is a value at all; which one is the site's own affair."""
    return "nothing" if answer in (None, "", b"") else "something"


__all__ = [
    "Asked", "Id", "Ref", "Text", "Unordered", "by_kind", "ids", "is_there", "kind_of",
    "maps", "only", "rows", "shown", "unordered",
]  # fmt: skip
