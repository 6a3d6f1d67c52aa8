"""The CustomResourceDefinition, made from the models.

`python -m omero_operator.api.crd` prints it; `--write FILE …` writes it to files.
"""

import argparse
import pathlib
import sys
from collections.abc import Mapping
from typing import Any

import yaml
from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from omero_operator.api.v1alpha1.omeroplatform import (
    GROUP,
    KIND,
    MAX_NAME_LENGTH,
    PLURAL,
    VERSION,
    PlatformSpec,
)
from omero_operator.api.v1alpha1.status import PlatformStatus
from omero_operator.api.v1alpha1.written_status import as_written

# Keywords of JSON Schema that a structural schema of Kubernetes knows.
_KEPT = (
    "default",
    "description",
    "enum",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "pattern",
    "required",
    "type",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-list-type",
    "x-kubernetes-validations",
)

_COLUMNS = (
    ("Ready", '.status.conditions[?(@.type=="Ready")].status', "Whether the site is ready.", 0),
    ("Reason", '.status.conditions[?(@.type=="Ready")].reason', "The reason, in one word.", 0),
    ("Version", ".status.version", "Image of OMERO.server.", 0),
    ("Release", ".status.release.version", "The release that the site runs.", 0),
    ("URL", ".status.url", "Address for browsers.", 0),
    (
        "Message",
        '.status.conditions[?(@.type=="Ready")].message',
        "What is wrong and what to do.",
        1,
    ),
)


def _structural(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    """Turn pydantic's JSON Schema into the structural form of Kubernetes.

    References are put in place (those may carry a description and default of their own beside
    them), `null` alternatives vanish (an absent field is how Kubernetes says null), keywords that
    the API server does not know are left out.
    """
    if "$ref" in schema:
        target = definitions[schema["$ref"].rsplit("/", 1)[-1]]
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        return _structural({**target, **beside}, definitions)
    if "anyOf" in schema:
        (real,) = [s for s in schema["anyOf"] if s.get("type") != "null"]
        beside = {k: v for k, v in schema.items() if k not in ("anyOf", "default")}
        validations = [
            *_structural(real, definitions).get("x-kubernetes-validations", []),
            *beside.pop("x-kubernetes-validations", []),
        ]
        merged = _structural(real, definitions) | _structural(beside, definitions)
        return merged | ({"x-kubernetes-validations": validations} if validations else {})
    if "const" in schema:
        schema = {**schema, "enum": [schema["const"]]}

    result = {key: schema[key] for key in _KEPT if key in schema}
    if "properties" in schema:
        result["properties"] = {
            name: _structural(value, definitions) for name, value in schema["properties"].items()
        }
    if isinstance(schema.get("additionalProperties"), dict):
        result["additionalProperties"] = _structural(schema["additionalProperties"], definitions)
    if "items" in schema:
        result["items"] = _structural(schema["items"], definitions)
    return result


class _WithBlockDefaults(GenerateJsonSchema):
    """JSON Schema in which blocks made by a factory carry their default, too.

    The API server fills defaults from the outside in: the fields of an absent block get theirs
    only when the block itself has one.
    """

    def get_default_value(self, schema: Any) -> Any:
        if "default_factory" in schema:
            return schema["default_factory"]()
        return super().get_default_value(schema)

    def encode_default(self, dft: Any) -> Any:
        if isinstance(dft, BaseModel):
            return dft.model_dump(by_alias=True, exclude_none=True)
        return super().encode_default(dft)


def model_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The structural schema of a model, with its defaults."""
    schema = model.model_json_schema(by_alias=True, schema_generator=_WithBlockDefaults)
    return _structural(schema, schema.get("$defs", {}))


def _status_schema() -> dict[str, Any]:
    """The schema of the status.

    A status says what there is, so the API server fills in nothing. The one default is that of a
    status which nobody wrote yet.
    """
    schema = _without_defaults(model_schema(PlatformStatus))
    default = as_written(PlatformStatus().model_dump(by_alias=True))
    for name, value in default.items():
        schema["properties"][name]["default"] = value
    return {**schema, "default": default}


def _without_defaults(schema: Mapping[str, Any]) -> dict[str, Any]:
    result = {key: value for key, value in schema.items() if key != "default"}
    if "properties" in schema:
        result["properties"] = {k: _without_defaults(v) for k, v in schema["properties"].items()}
    for inside in ("items", "additionalProperties"):
        if inside in schema:
            result[inside] = _without_defaults(schema[inside])
    return result


def definition() -> dict[str, Any]:
    """The CustomResourceDefinition as plain data."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": f"{PLURAL}.{GROUP}",
            "labels": {"app.kubernetes.io/part-of": "omero-platform"},
        },
        "spec": {
            "group": GROUP,
            "scope": "Namespaced",
            "names": {
                "kind": KIND,
                "listKind": f"{KIND}List",
                "plural": PLURAL,
                "singular": KIND.lower(),
                "shortNames": ["omero"],
                "categories": ["omero"],
            },
            "versions": [
                {
                    "name": VERSION,
                    "served": True,
                    "storage": True,
                    "subresources": {"status": {}},
                    "additionalPrinterColumns": [
                        {
                            "name": name,
                            "type": "string",
                            "jsonPath": path,
                            "description": text,
                            "priority": priority,
                        }
                        for name, path, text, priority in _COLUMNS
                    ]
                    + [
                        {
                            "name": "Age",
                            "type": "date",
                            "jsonPath": ".metadata.creationTimestamp",
                        }
                    ],
                    "schema": {
                        "openAPIV3Schema": {
                            "description": "A whole OMERO site: image server, web client with "
                            "workers, two databases, Redis, maintenance and Ingress.",
                            "type": "object",
                            "x-kubernetes-validations": [
                                {
                                    "rule": f"size(self.metadata.name) <= {MAX_NAME_LENGTH}",
                                    "message": f"metadata.name must have at most {MAX_NAME_LENGTH} "
                                    "characters: the names of all objects begin with it",
                                },
                                {
                                    "rule": "self.metadata.name.matches("
                                    "'^[a-z]([-a-z0-9]*[a-z0-9])?$')",
                                    "message": "metadata.name must begin with a letter and have "
                                    "only lower-case letters, digits and dashes: "
                                    "Services are named after it",
                                },
                            ],
                            "properties": {
                                "apiVersion": {"type": "string"},
                                "kind": {"type": "string"},
                                "metadata": {"type": "object"},
                                "spec": {
                                    **model_schema(PlatformSpec),
                                    "default": PlatformSpec().model_dump(
                                        by_alias=True, exclude_none=True
                                    ),
                                    "description": "The desired state of the site. Every field "
                                    "has a default.",
                                },
                                "status": {
                                    **_status_schema(),
                                    "description": "The state of the site when the operator last "
                                    "checked it.",
                                },
                            },
                        }
                    },
                }
            ],
        },
    }


class _PlainDumper(yaml.SafeDumper):
    """YAML without anchors: repeated parts are written out, as readers of a CRD expect."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def render() -> str:
    """The CustomResourceDefinition as YAML."""
    text = yaml.dump(
        definition(), Dumper=_PlainDumper, sort_keys=False, width=100, allow_unicode=True
    )
    return f"# Made from the models by `make crd`; edit operator/src/omero_operator/api.\n{text}"


def main() -> None:
    """Print the definition, or write it to the files named after `--write`."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--write", metavar="FILE", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()
    if not arguments.write:
        sys.stdout.write(render())
        return
    for path in arguments.write:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(render(), encoding="utf-8")
        sys.stdout.write(f"wrote {path}\n")


if __name__ == "__main__":
    main()
