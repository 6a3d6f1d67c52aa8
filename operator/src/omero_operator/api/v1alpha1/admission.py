"""What the API server would say of a new platform, without one.

The definition that it serves is walked here: types and bounds by the models from which it is made,
then unknown fields, keys of lists, and its CEL rules. Rules about a change compare with `oldSelf`;
they need a platform to compare with, so only the API server checks them.
"""

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import celpy
from celpy import celtypes
from celpy.adapter import json_to_cel
from pydantic import ValidationError

from omero_operator.api import crd
from omero_operator.api.v1alpha1 import reading
from omero_operator.api.v1alpha1.omeroplatform import PlatformSpec
from omero_operator.api.v1alpha1.rules import FieldError

Schema = Mapping[str, Any]


def check(resource: dict[str, Any]) -> PlatformSpec | list[FieldError]:
    """Judge a resource as the API server does when it is made.

    Args:
        resource: An OmeroPlatform; its `status` and all of `metadata` but the name are not looked
            at.

    Returns:
        The specification with its defaults, or everything that is wrong.
    """
    schema = definition()
    given = _without_nulls(schema, {k: v for k, v in resource.items() if k != "status"})
    errors = list(_unknown(schema, given, ""))
    try:
        # Strict: the API server takes no "3" for a number and no "yes" for true.
        spec = PlatformSpec.model_validate(given.get("spec", {}), strict=True, by_name=False)
    except ValidationError as error:
        wrong = [item for item in error.errors() if item["type"] != "extra_forbidden"]
        return errors + [FieldError(reading.path(item["loc"]), item["msg"]) for item in wrong]
    if not errors:
        whole = {
            "metadata": {"name": resource["metadata"]["name"]},
            "spec": spec.model_dump(by_alias=True, exclude_none=True, mode="json"),
        }
        errors = [*_twice(schema, whole, ""), *_broken_rules(schema, whole, "")]
    return errors or spec


@cache
def definition() -> Schema:
    """The schema of the resource."""
    schema: Schema = crd.definition()["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    return schema


def is_about_a_change(rule: str) -> bool:
    """Whether a CEL rule compares with the specification before; nothing here checks those."""
    return "oldSelf" in rule


def holds(rule: str, value: Any) -> bool:
    """Whether a CEL rule holds for a value.

    Args:
        rule: An expression over `self`.
        value: Plain data.
    """
    program = _ENVIRONMENT.program(_compiled(rule), functions=_FUNCTIONS)
    return bool(program.evaluate({"self": json_to_cel(value)}))


def _lower(text: str) -> celtypes.StringType:
    return celtypes.StringType(text.lower())


def _find_all(text: str, pattern: str) -> celtypes.ListType:
    found = re.finditer(pattern, text)
    return celtypes.ListType([celtypes.StringType(match[0]) for match in found])


def _split(text: str, separator: str) -> celtypes.ListType:
    return celtypes.ListType([celtypes.StringType(part) for part in text.split(separator)])


# What Kubernetes adds to CEL and our rules use:
# https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-cel-libraries
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "lowerAscii": _lower,
    "findAll": _find_all,
    "split": _split,
}
_ENVIRONMENT = celpy.Environment()


@cache
def _compiled(rule: str) -> Any:
    return _ENVIRONMENT.compile(rule)


def _inside(schema: Schema, value: Any, path: str) -> Iterator[tuple[Schema, Any, str]]:
    """The schema, value and path of each part of a value that the schema knows."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in schema.get("properties", {}):
                yield schema["properties"][key], inner, f"{path}.{key}".lstrip(".")
            elif "additionalProperties" in schema:
                yield schema["additionalProperties"], inner, f"{path}[{key}]"
    elif isinstance(value, list) and "items" in schema:
        for number, inner in enumerate(value):
            yield schema["items"], inner, f"{path}[{number}]"


def _without_nulls(schema: Schema, value: Any) -> Any:
    """The API server drops a null and fills in the default, as for an absent field."""
    if isinstance(value, dict) and "properties" in schema:
        return {
            key: _without_nulls(schema["properties"].get(key, {}), inner)
            for key, inner in value.items()
            if inner is not None
        }
    if isinstance(value, list) and "items" in schema:
        return [_without_nulls(schema["items"], inner) for inner in value]
    return value


def _unknown(schema: Schema, value: Any, path: str) -> Iterator[FieldError]:
    if isinstance(value, dict) and "properties" in schema:
        known = {name.lower(): name for name in schema["properties"]}
        for key in value:
            if key in schema["properties"]:
                continue
            near = difflib.get_close_matches(str(key).lower().replace("_", ""), known, 1)
            hint = f"; did you mean '{known[near[0]]}'?" if near else ""
            yield FieldError(f"{path}.{key}".lstrip("."), f"unknown field{hint}")
    for part in _inside(schema, value, path):
        yield from _unknown(*part)


def _twice(schema: Schema, value: Any, path: str) -> Iterator[FieldError]:
    """Entries of lists that may occur once: in a set by themselves, in a map by their keys."""
    if isinstance(value, list) and "x-kubernetes-list-type" in schema:
        keys = schema.get("x-kubernetes-list-map-keys")
        seen = []
        for number, entry in enumerate(value):
            one = {key: entry.get(key) for key in keys} if keys else entry
            if one in seen:
                said = ", ".join(f"{k} '{v}'" for k, v in one.items()) if keys else f"'{one}'"
                yield FieldError(f"{path}[{number}]", f"{said} occurs twice; remove one")
            seen.append(one)
    for part in _inside(schema, value, path):
        yield from _twice(*part)


def _broken_rules(schema: Schema, value: Any, path: str) -> Iterator[FieldError]:
    for each in schema.get("x-kubernetes-validations", []):
        if not is_about_a_change(each["rule"]) and not holds(each["rule"], value):
            yield FieldError(path or "metadata.name", each["message"])
    for part in _inside(schema, value, path):
        yield from _broken_rules(*part)
