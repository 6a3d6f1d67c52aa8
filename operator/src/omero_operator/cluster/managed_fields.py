"""Which manager owns which field of an object, read from `metadata.managedFields`.

Format: FieldsV1 of Kubernetes' server-side apply. Each key is one step into the object: `f:name` a
field, `k:{...}` the item of a list with these keys, `v:value` an item of a list of plain values,
`i:number` an item by its place. `.` stands for the field or item itself, and a step without
anything below it for the field with all it contains.
https://kubernetes.io/docs/reference/using-api/server-side-apply/
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from omero_operator.identity.kinds import Manifest

Path = tuple[str, ...]

# Keys that a list's items may leave out, with the value that the API server then takes.
_DEFAULTS = {"protocol": "TCP"}


@dataclass(frozen=True)
class Owned:
    """One field of one manager.

    Attributes:
        manager: Name of the manager.
        subresource: Through which part of the object it wrote, e.g. `scale`; mostly empty.
        path: The steps to the field.
        whole: Whether it owns all that the field contains, not the bare field or item.
    """

    manager: str
    subresource: str
    path: Path
    whole: bool


def owned(live: Manifest) -> Iterator[Owned]:
    """Every field that a manager owns."""
    for entry in live["metadata"].get("managedFields", []):
        for path, whole in _members(entry.get("fieldsV1", {}), ()):
            yield Owned(entry.get("manager", ""), entry.get("subresource", ""), path, whole)


def _members(fields: Manifest, before: Path) -> Iterator[tuple[Path, bool]]:
    for step, inner in fields.items():
        if step == ".":
            yield before, False
        elif inner:
            yield from _members(inner, (*before, step))
        else:
            yield (*before, step), True


def own(live: Manifest, manager: str) -> Manifest:
    """What a manager applied of an object, with the values that are there now.

    Args:
        live: The object.
        manager: Name of the manager.

    Returns:
        The object with the fields of its last server-side apply alone. Fields that others took over
        are not among them. The whole object where nothing says who owns what.
    """
    for entry in live["metadata"].get("managedFields", []):
        who = [entry.get(key, "") for key in ("manager", "operation", "subresource")]
        if who == [manager, "Apply", ""]:
            found: Manifest = _part(live, entry["fieldsV1"])
            return found
    return live


def _part(data: Any, fields: Manifest) -> Any:
    if not fields:
        return data
    inside = {step: below for step, below in fields.items() if step != "."}
    places: dict[Any, Manifest] = {_place(data, step): below for step, below in inside.items()}
    places.pop(None, None)
    if isinstance(data, list):
        # In the order that they have, not in that of their keys.
        return [_part(data[place], places[place]) for place in sorted(places)]
    return {place: _part(data[place], below) for place, below in places.items()}


def pointer(data: Any, path: Path) -> tuple[str | int, ...] | None:
    """Keys and indices that lead to a field of an object; None where the object has no such field.

    Args:
        data: An object, or a manifest.
        path: Steps in the format above.
    """
    found = []
    for step in path:
        place = _place(data, step)
        if place is None:
            return None
        found.append(place)
        data = data[place]
    return tuple(found)


def _place(data: Any, step: str) -> str | int | None:
    """The key or index that a step means; None where there is nothing."""
    how, _, what = step.partition(":")
    if how == "f":
        return what if isinstance(data, dict) and what in data else None
    if not isinstance(data, list):
        return None
    if how == "i":
        return int(what) if int(what) < len(data) else None
    wanted = json.loads(what)
    if how == "v":
        return data.index(wanted) if wanted in data else None
    for index, item in enumerate(data):
        if isinstance(item, dict) and _has_keys(item, wanted):
            return index
    return None


def _has_keys(item: Manifest, keys: Manifest) -> bool:
    return all(item.get(key, _DEFAULTS.get(key)) == value for key, value in keys.items())


def value_at(data: Any, path: Path) -> Any:
    """What is at a path; None where nothing is."""
    found = pointer(data, path)
    if found is None:
        return None
    for place in found:
        data = data[place]
    return data


def readable(path: Path) -> str:
    """A path as people write it, e.g. `spec.ports[port=80,protocol=TCP].nodePort`."""
    text = ""
    for step in path:
        how, _, what = step.partition(":")
        if how == "f":
            text += f".{what}"
        elif how == "k":
            keys = json.loads(what)
            text += "[" + ",".join(f"{key}={value}" for key, value in keys.items()) + "]"
        else:
            text += f"[{what}]"
    return text.removeprefix(".")
