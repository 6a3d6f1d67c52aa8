"""values.yaml, values.schema.json and the everything file know the same keys."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from omero_ci.charts import CHARTS, MONITORING_CHART, OPERATOR_CHART
from omero_ci.paths import ROOT

# A user's own keys go below these, so the schema names none.
FREE = {
    "pod.annotations",
    "pod.labels",
    "pod.nodeSelector",
    "pod.affinity",
    "resources",
    "serviceAccount.annotations",
    "external.labels",
    "external.dashboardLabels",
    "alertmanager.config",
    "grafana.ingress.annotations",
    *(
        f"{part}.resources"
        for part in (
            *("prometheus", "alertmanager", "kubeStateMetrics", "nodeExporter", "blackbox"),
            *("victorialogs", "otelCollector", "loki", "alloy", "grafana", "portainer"),
        )
    ),
}
SUBCHARTS = (OPERATOR_CHART, MONITORING_CHART)
# Keys whose value in the everything file is the default.
SAME: dict[Path, set[str]] = {
    OPERATOR_CHART: {
        "global.images.postgres.digest",
        "networkPolicy.enabled",
        "uninstall.releaseFinalizers",
    },
    MONITORING_CHART: set(),
}
# Where keys of other charts are allowed: Helm puts their globals beside ours, and the umbrella's
# own schema closes them.
OPEN: dict[Path, set[str]] = {
    ROOT: set(),
    OPERATOR_CHART: {".global"},
    MONITORING_CHART: {".global", ".global.images"},
}


def _keys(values: dict[str, Any], prefix: str = "") -> Iterator[str]:
    for key, value in values.items():
        path = f"{prefix}{key}"
        yield path
        if isinstance(value, dict) and path not in FREE:
            yield from _keys(value, f"{path}.")


def _schema_keys(schema: dict[str, Any], prefix: str = "") -> Iterator[str]:
    for key, part in schema.get("properties", {}).items():
        yield f"{prefix}{key}"
        yield from _schema_keys(part, f"{prefix}{key}.")


def _values(path: str = "values.yaml", chart: Path = OPERATOR_CHART) -> dict[str, Any]:
    values: dict[str, Any] = yaml.safe_load((chart / path).read_text())
    return values


def _schema(chart: Path) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((chart / "values.schema.json").read_text())
    return schema


EACH = pytest.mark.parametrize("chart", SUBCHARTS, ids=lambda path: path.name)


@EACH
def test_schema_and_defaults_have_the_same_keys(chart: Path) -> None:
    assert set(_schema_keys(_schema(chart))) == set(_keys(_values(chart=chart)))


@EACH
def test_everything_file_sets_every_key(chart: Path) -> None:
    everything = _values("ci/everything-values.yaml", chart)
    assert set(_keys(everything)) == set(_keys(_values(chart=chart)))


@EACH
def test_everything_file_changes_every_default(chart: Path) -> None:
    """A value that equals its default would show nothing when it is rendered."""

    def leaves(values: dict[str, Any]) -> dict[str, Any]:
        paths = dict.fromkeys(_keys(values), values)
        for path in paths:
            node: Any = values
            for key in path.split("."):
                node = node[key]
            paths[path] = node
        return {path: node for path, node in paths.items() if not isinstance(node, dict)}

    default = leaves(_values(chart=chart))
    everything = leaves(_values("ci/everything-values.yaml", chart))
    # One image keeps its tag only, and repositories stay what they are: the registry moves them.
    # The network policy and the hook of an uninstall stay on: without them there is nothing to see.
    same = {path for path, value in default.items() if everything.get(path) == value}
    assert {path for path in same if not path.endswith(".repository")} == SAME[chart]


@pytest.mark.parametrize("chart", CHARTS, ids=lambda path: path.name)
def test_objects_of_ours_refuse_unknown_keys(chart: Any) -> None:
    def objects(schema: dict[str, Any], path: str) -> Iterator[str]:
        if "properties" in schema and schema.get("additionalProperties") is not False:
            yield path
        for key, part in schema.get("properties", {}).items():
            yield from objects(part, f"{path}.{key}")

    schema = json.loads((chart / "values.schema.json").read_text())
    open_objects = set(objects(schema, ""))
    assert open_objects == OPEN[chart]


def test_umbrella_allows_each_subchart_and_repeats_its_defaults_faithfully() -> None:
    umbrella = yaml.safe_load((ROOT / "values.yaml").read_text())
    dependencies = yaml.safe_load((ROOT / "Chart.yaml").read_text())["dependencies"]
    schema = json.loads((ROOT / "values.schema.json").read_text())
    assert set(schema["properties"]) == {"global", *(entry["name"] for entry in dependencies)}
    assert {chart.name for chart in SUBCHARTS} == {entry["name"] for entry in dependencies}
    default = _values()
    for key, value in umbrella["global"]["images"].items():
        assert default["global"]["images"][key] == value
    for chart in SUBCHARTS:
        for key, value in umbrella[chart.name].items():
            assert _values(chart=chart)[key] == value


def test_umbrella_shows_what_most_installations_set() -> None:
    umbrella = yaml.safe_load((ROOT / "values.yaml").read_text())
    assert set(umbrella["global"]["images"]) == {"registry", "pullPolicy", "pullSecrets"}
    assert set(umbrella["omero-operator"]) == {"scope", "watchNamespaces"}
    assert umbrella["omero-monitoring"] == {"enabled": False}
