"""Schemas for kubeconform: strict, and linked between files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from omero_ci import schemas

DOCUMENT: dict[str, Any] = {
    "definitions": {
        "io.k8s.api.apps.v1.Deployment": {
            "type": "object",
            "properties": {"spec": {"$ref": "#/definitions/Spec"}},
            "x-kubernetes-group-version-kind": [
                {"group": "apps", "version": "v1", "kind": "Deployment"}
            ],
        },
        "Spec": {
            "type": "object",
            "properties": {"port": {"type": "string", "format": "int-or-string"}},
        },
        "Pod": {
            "type": "object",
            "x-kubernetes-group-version-kind": [{"group": "", "version": "v1", "kind": "Pod"}],
        },
    }
}


def _written(folder: Path) -> dict[str, Any]:
    schemas._write_schemas(folder, DOCUMENT)
    return {path.name: json.loads(path.read_text()) for path in folder.iterdir()}


def test_each_kind_is_a_file_that_points_into_the_shared_one(tmp_path: Path) -> None:
    files = _written(tmp_path)
    assert set(files) == {"_definitions.json", "deployment-apps-v1.json", "pod-v1.json"}
    pointer = "_definitions.json#/definitions/io.k8s.api.apps.v1.Deployment"
    assert files["deployment-apps-v1.json"] == {"$ref": pointer}


def test_unknown_fields_are_refused_and_ports_may_be_numbers(tmp_path: Path) -> None:
    definitions = _written(tmp_path)["_definitions.json"]["definitions"]
    deployment = definitions["io.k8s.api.apps.v1.Deployment"]
    assert deployment["additionalProperties"] is False
    assert deployment["properties"]["spec"] == {"$ref": "_definitions.json#/definitions/Spec"}
    assert definitions["Spec"]["properties"]["port"] == {"type": ["string", "integer"]}
