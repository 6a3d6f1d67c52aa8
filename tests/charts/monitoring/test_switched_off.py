"""A part that is switched off is not there, and nothing that is there refers to it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
import yaml

from omero_ci.charts import MONITORING_CHART

Rendered = Callable[..., list[dict[str, Any]]]
ALL: Final = (
    "namespaces={lab},grafana.enabled=true,grafana.url=https://x.org/grafana/,"
    "grafana.adminSecret=a,portainer.enabled=true,portainer.adminSecret=a,logs.stack="
)
LOGS: Final = {"victorialogs": ("victorialogs", "otel-collector"), "loki": ("loki", "alloy")}
# The value that switches parts off → the parts.
PARTS: Final = {
    "prometheus": ("prometheus", "prometheus-rules", "prometheus-own"),
    "alertmanager": ("alertmanager",),
    "kubeStateMetrics": ("kube-state-metrics",),
    "nodeExporter": ("node-exporter",),
    "blackbox": ("blackbox",),
    "grafana": ("grafana", "dashboard-"),
    "portainer": ("portainer",),
}
CASES: Final = [(stack, value, parts) for stack in LOGS for value, parts in PARTS.items()] + [
    (stack, "logs", parts) for stack, parts in LOGS.items()
]


def _key(manifest: dict[str, Any]) -> tuple[str, str, str]:
    metadata = manifest["metadata"]
    return manifest["kind"], metadata.get("namespace", ""), metadata["name"]


def _part(manifest: dict[str, Any]) -> str:
    return str(manifest["metadata"]["labels"]["app.kubernetes.io/name"])


def _strings(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield str(key)
            yield from _strings(value)
    elif isinstance(node, list):
        for value in node:
            yield from _strings(value)
    else:
        yield str(node)


@pytest.mark.parametrize(("stack", "value", "parts"), CASES)
def test_nothing_of_a_part_is_left(
    rendered: Rendered, stack: str, value: str, parts: tuple[str, ...]
) -> None:
    options = f"{ALL}{stack}"
    on = rendered("--set", options, chart=MONITORING_CHART)
    off = rendered("--set", f"{options},{value}.enabled=false", chart=MONITORING_CHART)
    gone = {_key(each) for each in on} - {_key(each) for each in off}
    expected = {_key(each) for each in on if any(_part(each).startswith(part) for part in parts)}
    assert gone == expected
    assert {_key(each) for each in off} <= {_key(each) for each in on}
    names = "|".join(parts)
    # Its objects and Services by their names, and its pods as selectors name them.
    referring = re.compile(
        rf"\bomero-platform-(?:{names})\b|app\.kubernetes\.io/name=(?:{names})\b"
        rf"|app\.kubernetes\.io/name in \([^)]*\b(?:{names})\b"
    )
    for each in off:
        for text in _strings(each):
            assert not referring.search(text), (_key(each), referring.findall(text))
        if each["kind"] == "NetworkPolicy":
            for part in parts:
                assert f'"app.kubernetes.io/name": "{part}"' not in json.dumps(each), _key(each)


def _config(manifests: list[dict[str, Any]], file: str) -> Any:
    (text,) = [
        each["data"][file]
        for each in manifests
        if each["kind"] == "ConfigMap" and file in each["data"]
    ]
    return yaml.safe_load(text)


@pytest.mark.parametrize(
    ("value", "jobs"),
    [
        ("kubeStateMetrics", {"kube-state-metrics"}),
        ("nodeExporter", {"node-exporter"}),
        ("blackbox", {"probe-login-page", "probe-omero", "probe-ingress", "probe-tcp"}),
        ("prometheus.kubelet", {"kubelet", "cadvisor"}),
        ("alertmanager", set()),
    ],
)
def test_its_jobs_are_gone(rendered: Rendered, value: str, jobs: set[str]) -> None:
    options = f"{ALL}loki,blackbox.tcp={{a:1}}"

    def of(values: str) -> Any:
        return _config(rendered("--set", values, chart=MONITORING_CHART), "prometheus.yml")

    on, off = of(options), of(f"{options},{value}.enabled=false")
    names = [{job["job_name"] for job in each["scrape_configs"]} for each in (on, off)]
    assert names[0] - names[1] == jobs
    assert ("alerting" in off) is (value != "alertmanager")


@pytest.mark.parametrize("stack", LOGS)
def test_data_sources_are_those_that_are_there(rendered: Rendered, stack: str) -> None:
    for values, expected in (
        ("", {"prometheus", stack}),
        (",logs.enabled=false", {"prometheus"}),
        (",prometheus.enabled=false", {stack}),
    ):
        made = rendered("--set", f"{ALL}{stack}{values}", chart=MONITORING_CHART)
        sources = _config(made, "datasources.yaml")["datasources"]
        assert {each["uid"] for each in sources} == expected


def test_rights_go_with_the_kubelets(rendered: Rendered) -> None:
    """Without metrics of nodes, and with namespaces, nothing in the whole cluster is granted."""
    made = rendered("--set", f"{ALL}loki,prometheus.kubelet.enabled=false", chart=MONITORING_CHART)
    assert [each for each in made if each["kind"].startswith("ClusterRole")] == []
