"""Schemas for kubeconform, taken once from our own API server: none are downloaded.

The server's OpenAPI document describes every built-in kind; each becomes one file in the cache,
strict: an unknown field is an error.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from omero_ci.charts import CHARTS, kubernetes_version, render, values_files
from omero_ci.kubectl import Kubectl
from omero_ci.paths import ROOT, environment_with_tools
from tools.common.commands import output_of, run
from tools.common.paths import cache_folder

CLUSTER = "schemas"
# Kinds of the Prometheus Operator, which our API server does not have. Golden files show them.
_FOREIGN = "PodMonitor,ServiceMonitor,Probe,PrometheusRule"


def check_rendered_charts() -> str:
    """Validate what all charts render with every values file; what is wrong, else nothing."""
    location = _schema_folder() / "{{ .ResourceKind }}{{ .KindSuffix }}.json"
    command: list[str | Path] = ["kubeconform", "-strict", "-summary", "-skip", _FOREIGN]
    command += ["-schema-location", location]
    problems = []
    for chart in CHARTS:
        for options in values_files(chart):
            ended = run(command, render(chart, *options), environment=environment_with_tools())
            if ended.returncode:
                title = f"{chart.name} {' '.join(options)}".strip()
                problems.append(f"{title}:\n{ended.stdout}{ended.stderr}")
    return "\n".join(problems)


def _schema_folder() -> Path:
    """The cached schemas of the Kubernetes version we build; made when missing."""
    folder = cache_folder() / "schemas" / kubernetes_version()
    if not (folder / "complete").is_file():
        document = _document_from_api_server()
        folder.mkdir(parents=True, exist_ok=True)
        _write_schemas(folder, document)
        (folder / "complete").touch()
    return folder


def _document_from_api_server() -> dict[str, Any]:
    cluster, name = ROOT / "ci" / "cluster", ("--name", CLUSTER)
    try:
        output_of([cluster, "up", *name, "--control-plane-only"])
        kubectl = Kubectl(Path(output_of([cluster, "kubeconfig", *name]).strip()))
        text = kubectl.run("get", "--raw", "/openapi/v2")
    finally:
        output_of([cluster, "down", *name])
    document: dict[str, Any] = json.loads(text)
    return document


def _write_schemas(folder: Path, document: dict[str, Any]) -> None:
    """One file of shared definitions, and for each kind a file that points into it."""
    definitions = {name: _strict(schema) for name, schema in document["definitions"].items()}
    text = json.dumps({"definitions": definitions})
    shared = text.replace('"#/definitions/', '"_definitions.json#/definitions/')
    (folder / "_definitions.json").write_text(shared, encoding="utf-8")
    for name, schema in definitions.items():
        for kind in schema.get("x-kubernetes-group-version-kind", []):
            group = kind["group"].split(".")[0]
            parts = [kind["kind"], group, kind["version"]]
            file = "-".join(part.lower() for part in parts if part) + ".json"
            pointer = {"$ref": f"_definitions.json#/definitions/{name}"}
            (folder / file).write_text(json.dumps(pointer), encoding="utf-8")


def _strict(schema: dict[str, Any]) -> dict[str, Any]:
    """Refuse unknown fields, and allow numbers where Kubernetes allows them for strings."""
    if schema.get("format") == "int-or-string":
        return {"type": ["string", "integer"]}
    if "Quantity" in schema.get("description", "")[:20] and schema.get("type") == "string":
        return {"type": ["string", "number"]}
    if "properties" not in schema:
        return schema
    properties = {name: _strict(part) for name, part in schema["properties"].items()}
    return schema | {"additionalProperties": False, "properties": properties}
