"""Whole charts as files, for people who review a change of them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from omero_ci.charts import MONITORING_CHART, OPERATOR_CHART

GOLDEN = Path(__file__).parent / "golden"
UPDATE = "UPDATE_GOLDEN"

Rendered = Callable[..., list[dict[str, Any]]]


class _Dumper(yaml.SafeDumper):
    """Writes scripts line by line, as people read them."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def _without_schema(manifest: dict[str, Any]) -> dict[str, Any]:
    """The CRD without what `make crd` writes into it: other tests compare that."""
    if manifest["kind"] != "CustomResourceDefinition":
        return manifest
    return {**manifest, "spec": f"({OPERATOR_CHART.name}/files/crds/omeroplatforms.yaml)"}


def _in_short(manifest: dict[str, Any]) -> dict[str, Any]:
    """Rules and dashboards without their texts, which people review where they are."""
    labels = manifest["metadata"].get("labels", {})
    part = str(labels.get("app.kubernetes.io/name", ""))
    if part == "prometheus-rules" or part.startswith("dashboard-"):
        return {**manifest, "data": dict.fromkeys(manifest["data"], "(as in the chart)")}
    if manifest["kind"] == "PrometheusRule":
        return {**manifest, "spec": "(as in the chart)"}
    if part == "prometheus" and manifest["kind"] == "StatefulSet":
        del manifest["spec"]["template"]["metadata"]["annotations"]["checksum/rules"]
    return manifest


@pytest.mark.parametrize(
    ("chart", "name", "folder"),
    [
        (OPERATOR_CHART, "minimal", "."),
        (OPERATOR_CHART, "everything", "."),
        (MONITORING_CHART, "minimal", "monitoring"),
        (MONITORING_CHART, "stack", "monitoring"),
        (MONITORING_CHART, "external", "monitoring"),
        (MONITORING_CHART, "grafana", "monitoring"),
    ],
    ids=lambda each: each.name if isinstance(each, Path) else each,
)
def test_manifests_of_the_chart_are_those_that_were_reviewed(
    rendered: Rendered, chart: Path, name: str, folder: str
) -> None:
    values = chart / "ci" / f"{name}-values.yaml"
    manifests = [
        _in_short(_without_schema(one)) for one in rendered("--values", str(values), chart=chart)
    ]
    found = yaml.dump_all(manifests, Dumper=_Dumper, sort_keys=False, width=100, allow_unicode=True)
    golden = GOLDEN / folder / f"{name}.yaml"
    if os.environ.get(UPDATE):
        golden.write_text(found)
    assert golden.read_text() == found, (
        f"the chart makes other manifests than {golden} says. If that is what you "
        f"meant, run `{UPDATE}=1 ci/test charts`, look at `git diff`, and commit the file with "
        "your change."
    )
