"""Asking the monitoring of a release through the API server, so that no port is opened for it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from omero_ci.kubectl import Kubectl
from site_ring.installation import RELEASE, SYSTEM


def _ask(kubectl: Kubectl, part: str, port: int, path: str, **query: str) -> str:
    service = f"/api/v1/namespaces/{SYSTEM}/services/{RELEASE}-{part}:{port}/proxy"
    return kubectl.run("get", "--raw", f"{service}/{path}?{urlencode(query)}")


def entries(kubectl: Kubectl, query: str) -> list[dict[str, str]]:
    """The entries of the log store that a query in LogsQL finds."""
    said = _ask(kubectl, "victorialogs", 9428, "select/logsql/query", query=query)
    return [json.loads(line) for line in said.splitlines() if line.strip()]


def stream_fields(kubectl: Kubectl) -> set[str]:
    """The names of all labels of all streams."""
    said = _ask(kubectl, "victorialogs", 9428, "select/logsql/stream_field_names", query="*")
    return {each["value"] for each in json.loads(said)["values"]}


def prometheus(kubectl: Kubectl, path: str, **query: str) -> Any:
    """The data of an answer of Prometheus."""
    return json.loads(_ask(kubectl, "prometheus", 9090, f"api/v1/{path}", **query))["data"]


def ask_one(kubectl: Kubectl, query: str) -> Any:
    """The answer of Prometheus to a query, as `ci/dashboards report` asks it."""
    return json.loads(_ask(kubectl, "prometheus", 9090, "api/v1/query", query=query))


def _named(labels: dict[str, str]) -> tuple[str, str, str]:
    return labels["alertname"], labels.get("namespace", ""), labels.get("instance", "")


def firing(kubectl: Kubectl) -> set[tuple[str, str, str]]:
    """The alerts that fire in Prometheus: name, namespace, instance."""
    alerts = prometheus(kubectl, "alerts")["alerts"]
    return {_named(each["labels"]) for each in alerts if each["state"] == "firing"}


def received(kubectl: Kubectl) -> set[tuple[str, str, str]]:
    """The alerts that Alertmanager has, as `firing`."""
    alerts = json.loads(_ask(kubectl, "alertmanager", 9093, "api/v2/alerts", active="true"))
    return {_named(each["labels"]) for each in alerts}
