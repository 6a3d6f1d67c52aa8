"""docs/monitoring.md says what the chart pins and what runs here, and loses nothing of before."""

from __future__ import annotations

import re
from typing import Any, Final

import pytest
import yaml

from omero_ci.charts import MONITORING_CHART
from omero_ci.paths import ROOT
from tools.installer.go_tools import GO_TOOLS

PAGE: Final = (ROOT / "docs" / "monitoring.md").read_text()
VALUES: Final[dict[str, Any]] = yaml.safe_load((MONITORING_CHART / "values.yaml").read_text())
# The row of the table → the blocks of values with its images.
PINNED: Final = {
    "VictoriaLogs": ("victorialogs",),
    "OpenTelemetry Collector": ("otelCollector",),
    "Prometheus": ("prometheus",),
    "Alertmanager": ("alertmanager",),
    "kube-state-metrics": ("kubeStateMetrics",),
    "node exporter, blackbox exporter": ("nodeExporter", "blackbox"),
    "Loki": ("loki",),
    "Alloy": ("alloy",),
    "Grafana": ("grafana",),
    "Portainer CE": ("portainer",),
}
# The row → the program that ci/tools builds.
BUILT: Final = {
    "VictoriaLogs": "victoria-logs",
    "OpenTelemetry Collector": "otelcol",
    "Prometheus": "prometheus",
    "kube-state-metrics": "kube-state-metrics",
}
# What the predecessor's configuration of Prometheus and its exporter of paths asked for.
BEFORE: Final = {
    "metrics": {
        *("prometheus", "node_exporter", "cadvisor:8080", "loki:3100", "alloy:12345"),
        *("grafana:3000", "postgres_exporter", "postgres_exporter_plugin"),
        *("redis_exporter:9121", "blackbox_exporter:9115"),
    },
    "HTTP": {
        *("loki/ready", "prometheus/-/ready", "grafana/api/health", "cadvisor/healthz"),
        *("node-exporter/metrics", "postgres-exporter/metrics"),
        *("postgres-exporter-plugin/metrics", "redis-exporter/metrics", "blackbox/-/healthy"),
        *("portainer:9000/api/system/status", "crowdsec:8080/health", "omeroserver:4064"),
        *("omeroweb:4090/webgateway/", "alloy:12345/metrics"),
    },
    "TCP": {"database:5432", "database-plugin:5433", "redis:6379", "omeroserver:4064"},
    "file": {"path-usage-exporter"},
}
NUMBERS: Final = {10: "ten", 14: "fourteen", 4: "four", 1: "one"}


def _rows(heading: str) -> list[list[str]]:
    (section,) = re.findall(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S)
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[1:]]


def _checked() -> dict[str, list[str]]:
    return {row[0].strip("| "): row for row in _rows("What was run, and what was only checked")}


def test_the_table_has_the_versions_that_sites_get() -> None:
    rows = _checked()
    assert set().union(*map(set, PINNED.values())) == {
        name for name, block in VALUES.items() if isinstance(block, dict) and "image" in block
    }
    for row, blocks in PINNED.items():
        tags = [VALUES[block]["image"]["tag"].removeprefix("v") for block in blocks]
        assert rows[row][1].removesuffix(" (contrib)") == ", ".join(tags), row


def test_the_plugin_of_grafana_has_one_version_everywhere() -> None:
    version = VALUES["grafana"]["logsPlugin"]["version"]
    assert _checked()["Grafana's plugin for VictoriaLogs"][1] == version
    named = re.findall(r"victoriametrics-logs-datasource(?:/versions/| )(\d+\.\d+\.\d+)", PAGE)
    assert named == [version, version]
    image = VALUES["grafana"]["image"]
    assert f"FROM {image['repository']}:{image['tag']}\n" in PAGE


@pytest.mark.parametrize("row", BUILT)
def test_the_table_has_the_versions_that_run_here(row: str) -> None:
    (built,) = [tool.version for tool in GO_TOOLS if tool.name == BUILT[row]]
    # Modules of Prometheus are 0.313.5 where the program is 3.13.5.
    version = (
        re.sub(r"^0\.3(\d\d)\.", r"3.\1.", built.removeprefix("v"))
        if row == "Prometheus"
        else built.removeprefix("v")
    )
    assert _checked()[row][2].split(" ")[0] == version


def test_nothing_of_before_is_without_a_row() -> None:
    found: dict[str, list[str]] = {kind: [] for kind in BEFORE}
    for there, here in _rows("From the Docker edition"):
        if there.strip("| -"):
            kind, name = re.findall(r"^\|? ?(\w+): `([^`]+)`", there)[0]
            found[kind].append(name)
            assert here
    assert {kind: sorted(names) for kind, names in found.items()} == {
        kind: sorted(names) for kind, names in BEFORE.items()
    }
    (said,) = re.findall(
        r"^It had (\w+) sources of metrics .+ asked (\w+) HTTP endpoints and (\w+) TCP ports,"
        r" and wrote (\w+) file ",
        PAGE,
        re.M,
    )
    assert said == tuple(NUMBERS[len(names)] for names in BEFORE.values())


def test_alerts_of_that_table_exist() -> None:
    rules = "".join(path.read_text() for path in (MONITORING_CHART / "rules").glob("*.yaml"))
    for row in _rows("From the Docker edition"):
        for alert in re.findall(r"`(Omero\w+|Watchdog)`", " ".join(row)):
            assert f"- alert: {alert}\n" in rules, alert
