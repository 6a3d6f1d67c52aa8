"""Whether an object fits the definition that its project publishes.

The definitions are in `tests/data/published_kinds`, made by `ci/published-kinds`. Checked are
types, bounds, patterns, required and unknown fields. Rules in CEL are the API server's
(`tests/operator/test_published_kinds.py`, nightly).
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from typing import Any

from operator_builders import ROOT

FOLDER = ROOT / "tests" / "data" / "published_kinds"
_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}


def kinds() -> list[str]:
    """The kinds whose definitions are there."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


@functools.cache
def definition(kind: str) -> dict[str, Any]:
    """The definition of a kind, as a cluster takes it."""
    found: dict[str, Any] = json.loads((FOLDER / f"{kind}.json").read_text())["definition"]
    return found


def complaints(manifest: dict[str, Any]) -> list[str]:
    """What the definition of its kind has against an object."""
    own = definition(manifest["kind"])["spec"]
    (version,) = own["versions"]
    if manifest["apiVersion"] != f"{own['group']}/{version['name']}":
        return [f"apiVersion {manifest['apiVersion']}"]
    schema = version["schema"]["openAPIV3Schema"]
    # Everything below is the API server's own.
    return list(_wrong(schema, {**manifest, "metadata": {}}, manifest["kind"]))


def _wrong(schema: dict[str, Any], value: Any, path: str) -> Iterator[str]:
    if schema.get("x-kubernetes-int-or-string"):
        if isinstance(value, bool) or not isinstance(value, int | str):
            yield f"{path}: {value!r} is neither number nor text"
        return
    expected = _TYPES[schema["type"]] if "type" in schema else (object,)
    if not isinstance(value, expected) or (isinstance(value, bool) and bool not in expected):
        yield f"{path}: {value!r} is no {schema['type']}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path}: {value!r} is none of {schema['enum']}"
    if isinstance(value, dict):
        yield from _wrong_fields(schema, value, path)
    elif isinstance(value, list):
        yield from _outside(schema, len(value), "Items", path)
        for number, item in enumerate(value):
            yield from _wrong(schema["items"], item, f"{path}[{number}]")
    elif isinstance(value, str):
        yield from _outside(schema, len(value), "Length", path)
        if "pattern" in schema and not re.search(schema["pattern"], value):
            yield f"{path}: {value!r} does not match {schema['pattern']}"
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _outside(schema, value, "imum", path)


def _wrong_fields(schema: dict[str, Any], value: dict[str, Any], path: str) -> Iterator[str]:
    for name in schema.get("required", []):
        if name not in value:
            yield f"{path}.{name} is missing"
    known, others = schema.get("properties", {}), schema.get("additionalProperties")
    for name, inner in value.items():
        if name in known:
            yield from _wrong(known[name], inner, f"{path}.{name}")
        elif isinstance(others, dict):
            yield from _wrong(others, inner, f"{path}.{name}")
        elif not schema.get("x-kubernetes-preserve-unknown-fields") and (known or others is False):
            yield f"{path}.{name} is unknown"


def _outside(schema: dict[str, Any], size: float, what: str, path: str) -> Iterator[str]:
    if size < schema.get(f"min{what}", size) or size > schema.get(f"max{what}", size):
        yield f"{path}: {size} is out of bounds"
