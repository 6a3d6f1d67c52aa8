"""What Helm prints after an installation, as files for people who review a change of it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
import yaml

from omero_ci.charts import OPERATOR_CHART, render
from omero_ci.paths import ROOT

GOLDEN = Path(__file__).parent / "golden"
# `helm template` prints no notes, so a copy of the chart has them in a manifest.
SHOWN = """
apiVersion: v1
kind: ConfigMap
metadata: {name: notes}
data: {text: {{ include "notes" . | toJson }}}
"""


def notes(folder: Path, chart: Path, *options: str) -> str:
    copy = folder / "chart"
    shutil.copytree(chart / "templates", copy / "templates")
    for name in ("Chart.yaml", "values.yaml", "values.schema.json", "files", "charts"):
        if (chart / name).is_dir():
            shutil.copytree(chart / name, copy / name)
        elif (chart / name).exists():
            shutil.copy(chart / name, copy / name)
    text = (copy / "templates" / "NOTES.txt").read_text()
    (copy / "templates" / "_shown.tpl").write_text(f'{{{{ define "notes" }}}}{text}{{{{ end }}}}')
    (copy / "templates" / "shown.yaml").write_text(SHOWN)
    manifests = yaml.safe_load_all(render(copy, *options))
    found = {one["metadata"]["name"]: one for one in manifests if one}
    said: str = found["notes"]["data"]["text"]
    return said.strip() + "\n"


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("notes", ()),
        ("notes-namespaced", ("--set", "scope=namespaced,watchNamespaces={a,b},crds.create=false")),
    ],
)
def test_notes_are_those_that_were_reviewed(
    tmp_path: Path, name: str, options: tuple[str, ...]
) -> None:
    found = notes(tmp_path, OPERATOR_CHART, *options)
    golden = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(found)
    assert golden.read_text() == found


def test_the_umbrella_prints_the_same_under_its_own_name(tmp_path: Path) -> None:
    own, umbrella = (notes(tmp_path / chart.name, chart) for chart in (OPERATOR_CHART, ROOT))
    version = yaml.safe_load((ROOT / "Chart.yaml").read_text())["appVersion"]
    assert umbrella == f"OMERO Platform {version}\n{own}"
