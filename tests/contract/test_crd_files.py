"""The CRD is generated from the models, and both copies are what the models say now."""

from __future__ import annotations

from omero_ci.charts import OPERATOR_CHART
from omero_ci.paths import ROOT
from omero_operator.api.crd import render

MANIFEST = ROOT / "manifests" / "crds" / "omeroplatforms.yaml"


def test_manifest_is_what_the_models_say() -> None:
    assert MANIFEST.read_text() == render(), "stale: run `make crd`"


def test_chart_ships_the_same_bytes() -> None:
    chart = OPERATOR_CHART / "files" / "crds" / "omeroplatforms.yaml"
    assert chart.read_bytes() == MANIFEST.read_bytes(), "stale: run `make crd`"
