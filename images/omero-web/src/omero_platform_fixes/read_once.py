"""A gateway that reads an object by its id once in a request, however often a view asks for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

# What the gateway does without options, so that it is the same question.
_DEFAULTS: Final[tuple[dict[str, Any], ...]] = (
    {},
    {"opts": {"load_experimentergroups": True}},
    {"opts": {"load_experimenters": True}},
)


def read_once(gateway: Any, already: Iterable[Any] = ()) -> None:
    """Have a gateway read a single object by its id no second time.

    Args:
        gateway: that of one request, which changes nothing.
        already: objects that were read before, as the gateway reads them by their ids.
    """
    read = gateway.getObjects
    known: dict[tuple[str, int], list[Any]] = {
        (found.OMERO_CLASS, found.id): [found] for found in already
    }

    def one(kind: str, its_id: Any) -> list[Any]:
        key = (kind, int(its_id))
        if key not in known:
            known[key] = list(read(kind, [its_id]))
        return known[key]

    def get_objects(kind: str, ids: Any = None, *more: Any, **options: Any) -> Iterator[Any]:
        if more or options not in _DEFAULTS or not ids or len(ids) != 1:
            return iter(read(kind, ids, *more, **options))
        return iter(one(kind, ids[0]))

    def get_object(kind: str, oid: Any = None, *more: Any, **options: Any) -> Any:
        if more or options not in _DEFAULTS or oid is None:
            return type(gateway).getObject(gateway, kind, oid, *more, **options)
        return next(iter(one(kind, oid)), None)

    gateway.getObjects, gateway.getObject = get_objects, get_object
