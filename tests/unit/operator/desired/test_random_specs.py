"""Whatever the API server lets through, the builders can build.

The strategies are made from the CRD, so a new field is tried without a line here. Rules between
fields, which CEL states there, are obeyed by `lawful`.
"""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omero_operator.api import crd
from omero_operator.api.v1alpha1.omeroplatform import PlatformSpec
from omero_operator.cluster.differences import differs, stamped
from omero_operator.desired import validation
from omero_operator.desired.plan import desired
from omero_operator.identity import kinds
from operator_builders import by_title, context, templates

Schema = dict[str, Any]
SPEC: Schema = crd.definition()["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"][
    "spec"
]
KEYS = st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True)


def values(schema: Schema) -> st.SearchStrategy[Any]:
    """Values that a schema admits."""
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    match schema["type"]:
        case "boolean":
            return st.booleans()
        case "integer":
            return st.integers(schema["minimum"], schema["maximum"])
        case "string":
            return _strings(schema)
        case "array":
            return _lists(schema)
    if "additionalProperties" in schema:
        longest = min(schema["maxProperties"], 3)
        return st.dictionaries(KEYS, values(schema["additionalProperties"]), max_size=longest)
    return _objects(schema)


def _strings(schema: Schema) -> st.SearchStrategy[str]:
    shortest, longest = schema.get("minLength", 0), schema["maxLength"]
    if "pattern" not in schema:
        return st.text(min_size=shortest, max_size=min(longest, 20))
    ascii_only = st.characters(codec="ascii")
    found = st.from_regex(schema["pattern"], fullmatch=True, alphabet=ascii_only)
    return found.filter(lambda text: shortest <= len(text) <= longest)


def _lists(schema: Schema) -> st.SearchStrategy[Any]:
    keys = schema.get("x-kubernetes-list-map-keys")

    def identity(item: Any) -> Any:
        if keys:
            return tuple(item[key] for key in keys)
        return item if schema.get("x-kubernetes-list-type") == "set" else id(item)

    return st.lists(
        values(schema["items"]),
        min_size=schema.get("minItems", 0),
        max_size=min(schema["maxItems"], 3),
        unique_by=identity,
    )


@st.composite
def _some_fields(draw: st.DrawFn, schema: Schema, fields: dict[str, Any]) -> dict[str, Any]:
    """All required fields and a few others: most rules are about two or three fields."""
    required = schema.get("required", [])
    optional = sorted(fields.keys() - set(required))
    few = st.lists(st.sampled_from(optional), unique=True, max_size=4) if optional else st.just([])
    return {name: draw(fields[name]) for name in [*required, *draw(few)]}


def _objects(schema: Schema) -> st.SearchStrategy[Any]:
    return _some_fields(
        schema, {name: values(inner) for name, inner in schema["properties"].items()}
    )


def lawful(spec: Any) -> Any:
    """A specification that obeys the rules between fields."""
    for block in ("server", "database", "pluginDatabase"):
        storage = spec.get(block, {}).get("storage", {})
        if "existingClaim" in storage:
            storage.pop("storageClassName", None)
            if spec.get("deletionPolicy") == "Delete":
                del storage["existingClaim"]
    for block in ("database", "pluginDatabase", "redis"):
        if block in spec:
            spec[block]["mode"] = "external" if "external" in spec[block] else "managed"
    service = spec.get("server", {}).get("service", {})
    if service.get("type", "ClusterIP") == "ClusterIP":
        service.pop("nodePort", None)
    web = spec.get("web", {})
    if "config" in web:
        web["config"] = {f"omero.{key}": value for key, value in web["config"].items()}
    ingress = web.get("ingress", {})
    if "tls" in ingress:
        for extra in list(ingress["tls"])[1:]:
            del ingress["tls"][extra]
        ingress.setdefault("host", "a.example.org")
    if "publicUrl" in web:
        for said in ("path", "port", "tls"):
            ingress.pop(said, None)
    return spec


SPECS = values(SPEC).map(lawful)


@settings(
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(SPECS, st.dictionaries(st.just("omero.a"), st.text(max_size=5)))
def test_admitted_specification_can_be_built(given: Any, properties: dict[str, str]) -> None:
    spec = PlatformSpec.model_validate(given)
    ctx = context(spec, secret_properties=properties)
    manifests = desired(ctx)
    json.dumps(manifests)
    assert len(by_title(manifests)) == len(manifests)
    assert all(kinds.kind_of(manifest) for manifest in manifests)
    assert desired(ctx) == manifests
    for _, template in templates(manifests):
        assert template["spec"]["automountServiceAccountToken"] is False
    for manifest in map(stamped, manifests):
        assert not differs(manifest, manifest)


@given(SPECS)
def test_specification_survives_its_way_through_the_api_server(given: Any) -> None:
    spec = PlatformSpec.model_validate(given)
    shown = json.loads(json.dumps(spec.model_dump(by_alias=True, exclude_none=True)))
    assert PlatformSpec.model_validate(shown) == spec
    assert all(str(error) for error in validation.check(spec))
