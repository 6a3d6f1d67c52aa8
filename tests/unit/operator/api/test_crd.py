"""The CustomResourceDefinition: explained, bounded, with defaults, and in structural form.

A real API server judges it as well (the operator ring); these tests name the field that is wrong.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from omero_operator.api import crd
from omero_operator.api.v1alpha1.omeroplatform import PlatformSpec
from omero_operator.api.v1alpha1.status import PlatformStatus
from operator_builders import EXAMPLES, ROOT

Schema = dict[str, Any]
VERSION: Schema = crd.definition()["spec"]["versions"][0]
SCHEMA: Schema = VERSION["schema"]["openAPIV3Schema"]
# Every custom resource has these two; Kubernetes itself bounds them.
OWN = ("apiVersion", "kind")


def nodes(schema: Schema, path: str) -> Iterator[tuple[str, Schema]]:
    """Every schema inside a schema, with its path."""
    yield path, schema
    for name, value in schema.get("properties", {}).items():
        yield from nodes(value, f"{path}.{name}")
    if "items" in schema:
        yield from nodes(schema["items"], f"{path}[]")
    if "additionalProperties" in schema:
        yield from nodes(schema["additionalProperties"], f"{path}{{}}")


NODES = [
    *nodes(SCHEMA["properties"]["spec"], "spec"),
    *nodes(SCHEMA["properties"]["status"], "status"),
]


def test_walk_finds_the_whole_specification() -> None:
    paths = [path for path, _ in NODES]
    assert len(paths) == len(set(paths))
    assert {"spec.web.ingress.tls.issuer", "spec.worker.queues[]", "spec.server.config{}"} <= {
        *paths
    }


def test_every_property_is_explained() -> None:
    """`kubectl explain` shows nothing else."""
    silent = [
        f"{path}.{name}"
        for path, schema in NODES
        for name, value in schema.get("properties", {}).items()
        if len(value.get("description", "")) < 10 or not value["description"].endswith(".")
    ]
    assert silent == []


def test_every_string_is_bounded() -> None:
    """The API server refuses CEL rules over values whose size it cannot bound."""
    loose = [
        path
        for path, schema in NODES
        if schema.get("type") == "string" and not {"maxLength", "enum", "pattern"} & schema.keys()
    ]
    assert loose == []


@pytest.mark.parametrize(
    ("inside", "bound"), [("items", "maxItems"), ("additionalProperties", "maxProperties")]
)
def test_every_list_and_map_is_bounded(inside: str, bound: str) -> None:
    assert [path for path, schema in NODES if inside in schema and bound not in schema] == []


def test_every_number_of_the_specification_is_bounded() -> None:
    loose = [
        path
        for path, schema in NODES
        if path.startswith("spec")
        and schema.get("type") in ("integer", "number")
        and not {"minimum", "maximum"} <= schema.keys()
    ]
    assert loose == []


def test_schema_is_structural() -> None:
    """Kubernetes refuses the first four kinds of key; it drops the others in silence."""
    forbidden = {"$ref", "$defs", "anyOf", "oneOf", "allOf", "const", "title", "examples"}
    for path, schema in NODES:
        assert "type" in schema, path
        assert not forbidden & schema.keys(), path
        assert not {"properties", "additionalProperties"} <= schema.keys(), path


def models(model: type[BaseModel], path: str) -> Iterator[tuple[str, type[BaseModel]]]:
    """Every model inside a model, with the path of its schema."""
    yield path, model
    for name, field in model.model_fields.items():
        alias = field.alias or name
        for inner, suffix in _inner(field.annotation):
            yield from models(inner, f"{path}.{alias}{suffix}")


def _inner(annotation: Any) -> Iterator[tuple[type[BaseModel], str]]:
    origin = typing.get_origin(annotation)
    if origin is types.UnionType:
        for argument in typing.get_args(annotation):
            yield from _inner(argument)
    elif origin is list:
        yield from ((model, "[]") for model, _ in _inner(typing.get_args(annotation)[0]))
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation, ""


def test_every_static_default_stands_in_the_schema() -> None:
    """So that `kubectl get -o yaml` shows what a site runs with, and the next version keeps it."""
    schemas = dict(NODES)
    for path, model in models(PlatformSpec, "spec"):
        for name, field in model.model_fields.items():
            schema = schemas[path]["properties"][field.alias or name]
            default = field.get_default(call_default_factory=True, validated_data={})
            if default is PydanticUndefined:
                assert (field.alias or name) in schemas[path]["required"], f"{path}.{name}"
            elif default is None:
                assert "default" not in schema, f"{path}.{name}"
            else:
                if isinstance(default, BaseModel):
                    default = default.model_dump(by_alias=True, exclude_none=True)
                assert schema["default"] == default, f"{path}.{name}"


def test_nothing_is_filled_into_a_status_but_that_nobody_wrote_it() -> None:
    """What has no value is absent, also after the API server has read it."""
    status = SCHEMA["properties"]["status"]
    assert status["default"] == {"observedGeneration": -1}
    filled = {path: node["default"] for path, node in NODES if "default" in node}
    assert {path: value for path, value in filled.items() if path.startswith("status.")} == {
        "status.observedGeneration": -1
    }
    for path, model in models(PlatformStatus, "status"):
        required = {f.alias for f in model.model_fields.values() if f.is_required()}
        assert {*dict(NODES)[path].get("required", [])} == required, path


def defaulted(schema: Schema, value: Any) -> Any:
    """What the API server makes of a value: absent fields get their default, from outside in."""
    if isinstance(value, dict) and "properties" in schema:
        filled = {
            name: inner["default"]
            for name, inner in schema["properties"].items()
            if "default" in inner
        } | value
        return {name: defaulted(schema["properties"][name], v) for name, v in filled.items()}
    if isinstance(value, list) and "items" in schema:
        return [defaulted(schema["items"], item) for item in value]
    return value


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"web": {"ingress": {"host": "a.org"}}},
        {"database": {"parameters": {"work_mem": "8MB"}}},
        {"server": {"groups": [{"name": "lab"}], "service": {"type": "NodePort"}}},
        {"scheduling": {"tolerations": [{"key": "gpu"}]}},
    ],
    ids=["empty", "optional block", "one field of a block", "list item", "item with defaults"],
)
def test_api_server_and_models_agree_on_defaults(given: dict[str, Any]) -> None:
    shown = defaulted(SCHEMA["properties"]["spec"], given)
    assert PlatformSpec.model_validate(shown) == PlatformSpec.model_validate(given)


def test_absent_spec_becomes_the_default_site() -> None:
    default = SCHEMA["properties"]["spec"]["default"]
    assert PlatformSpec.model_validate(default) == PlatformSpec()


def test_every_rule_has_a_message_for_people() -> None:
    for path, schema in [("", SCHEMA), *NODES]:
        for rule in schema.get("x-kubernetes-validations", []):
            assert rule.keys() == {"rule", "message"}, path
            assert rule["message"], path


def test_status_is_written_apart_from_the_specification() -> None:
    assert VERSION["subresources"] == {"status": {}}


def test_lists_of_named_things_merge_by_their_key() -> None:
    """Otherwise two appliers of one list overwrite each other."""
    schemas = dict(NODES)
    for path, key in [
        ("spec.server.groups", "name"),
        ("spec.server.configSecretRefs", "property"),
        ("spec.web.configSecretRefs", "property"),
        ("status.conditions", "type"),
    ]:
        assert schemas[path]["x-kubernetes-list-map-keys"] == [key]
        assert key in schemas[f"{path}[]"]["required"]


def test_columns_answer_what_people_ask_first() -> None:
    assert [column["name"] for column in VERSION["additionalPrinterColumns"]] == [
        "Ready",
        "Reason",
        "Version",
        "Release",
        "URL",
        "Message",
        "Age",
    ]


def test_committed_definition_is_what_the_models_say() -> None:
    """Also a contract test; here it is the first to tell who edits a model: run `make crd`."""
    path = ROOT / "manifests" / "crds" / "omeroplatforms.yaml"
    assert path.read_text() == crd.render()
    assert yaml.safe_load(crd.render()) == crd.definition()


def test_definition_is_printed_or_written(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["crd"])
    crd.main()
    assert capsys.readouterr().out == crd.render()
    target = tmp_path / "new" / "crd.yaml"
    monkeypatch.setattr("sys.argv", ["crd", "--write", str(target)])
    crd.main()
    assert target.read_text() == crd.render()
    assert EXAMPLES.is_dir()
