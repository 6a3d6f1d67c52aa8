"""`ci/fields-page`: writes the generated part of docs/fields.md, each field of `OmeroPlatform`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any, Final

import yaml

from omero_ci.paths import ROOT

PAGE: Final = ROOT / "docs" / "fields.md"
DEFINITION: Final = ROOT / "manifests" / "crds" / "omeroplatforms.yaml"
# What is above it is written by hand.
_MARK: Final = "<!-- written by ci/fields-page -->\n"
_COLUMNS: Final = "| field | type | default | what it is |\n|---|---|---|---|\n"

Schema = dict[str, Any]


def text() -> str:
    """What the page should be now."""
    definition = yaml.safe_load(DEFINITION.read_text(encoding="utf-8"))
    (version,) = definition["spec"]["versions"]
    fields = version["schema"]["openAPIV3Schema"]["properties"]
    by_hand, mark, _ = PAGE.read_text(encoding="utf-8").partition(_MARK)
    sections = [*_blocks("spec", fields["spec"]), _section("status", fields["status"])]
    return "\n".join([f"{by_hand}{mark}", *sections])


def _blocks(name: str, schema: Schema) -> Iterator[str]:
    """A section for what has no block of its own, then one for each block."""
    blocks = {key: each for key, each in schema["properties"].items() if "properties" in each}
    plain = {key: each for key, each in schema["properties"].items() if key not in blocks}
    yield _section(name, {**schema, "properties": plain})
    for key, block in sorted(blocks.items()):
        yield _section(f"{name}.{key}", block)


def _section(name: str, schema: Schema) -> str:
    rows = "".join(_row(path, field, needed) for path, field, needed in _fields(schema, ""))
    rules = "".join(f"- {rule}\n" for rule in sorted(set(_rules(schema))))
    end = f"\nRules:\n\n{rules}" if rules else ""
    return f"## {name}\n\n{schema['description']}\n\n{_COLUMNS}{rows}{end}"


def _fields(schema: Schema, above: str) -> Iterator[tuple[str, Schema, bool]]:
    """(path, schema, whether it must be given) of all fields, outer ones first."""
    for key, field in schema.get("properties", {}).items():
        path = f"{above}{key}"
        yield path, field, key in schema.get("required", [])
        yield from _fields(field, f"{path}.")
        yield from _fields(field.get("items", {}), f"{path}[].")
        values = field.get("additionalProperties")
        if isinstance(values, dict):
            yield from _fields(values, f"{path}{{}}.")


def _rules(schema: Schema) -> Iterator[str]:
    """What the API server says of blocks whose fields do not fit together."""
    if "properties" in schema:
        for rule in schema.get("x-kubernetes-validations", []):
            yield rule["message"]
    for _, field, _ in _fields(schema, ""):
        for block in (field, field.get("items", {}), field.get("additionalProperties", {})):
            if isinstance(block, dict) and "properties" in block:
                yield from (rule["message"] for rule in block.get("x-kubernetes-validations", []))


def _row(path: str, field: Schema, needed: bool) -> str:
    # What a block is by default, its fields say.
    default = "" if "properties" in field else _code(field.get("default"))
    cells = (f"`{path}`", _type(field), "required" if needed else default, field["description"])
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |\n"


def _type(field: Schema) -> str:
    if "enum" in field:
        return " or ".join(f"`{value}`" for value in field["enum"])
    if field.get("x-kubernetes-int-or-string"):
        return "integer or string"
    kind = field.get("type", "any")
    if kind == "array":
        inner = _type(field["items"])
        return f"list of {inner}"
    if kind == "object" and isinstance(field.get("additionalProperties"), dict):
        return f"map of {_type(field['additionalProperties'])}"
    if {"minimum", "maximum"} <= field.keys():
        return f"{kind}, {field['minimum']} to {field['maximum']}"
    if field.get("format") == "date-time":
        return "time"
    return str(kind)


def _code(value: Any) -> str:
    if value is None or value in ("", [], {}):
        return ""
    return f"`{value if isinstance(value, str) else json.dumps(value)}`"


def main() -> int:
    """Write the page."""
    PAGE.write_text(text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
