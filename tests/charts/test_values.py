"""Values that cannot be meant are refused, with the key's name."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from omero_ci.charts import CHARTS, OPERATOR_CHART, render, values_files
from omero_ci.paths import ROOT
from tools.common.errors import CommandError


@pytest.mark.parametrize(
    ("chart", "options", "names"),
    [
        (OPERATOR_CHART, "replica=2", "replica"),
        (OPERATOR_CHART, "global.images.postgress.tag=1", "postgress"),
        (OPERATOR_CHART, "pod.nodeselector.a=b", "nodeselector"),
        (OPERATOR_CHART, "scope=everywhere", "scope"),
        (OPERATOR_CHART, "global.images.web.digest=sha256:short", "digest"),
        (OPERATOR_CHART, "replicas=many", "replicas"),
        (OPERATOR_CHART, "pod.securityContext.runAsUser=0", "runAsUser"),
        (OPERATOR_CHART, "pod.securityContext.privileged=true", "privileged"),
        (ROOT, "operator.replicas=2", "operator"),
        (ROOT, "omero-operator.replica=2", "replica"),
        (ROOT, "global.image.registry=x", "image"),
        (ROOT, "global.images.omero-web.tag=1", "omero-web"),
    ],
)
def test_unknown_keys_and_values_are_refused_by_name(chart: Path, options: str, names: str) -> None:
    with pytest.raises(CommandError, match=names):
        render(chart, "--set", options)


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(CommandError) as refusal:
        render(OPERATOR_CHART, "--set", "watchNamespaces={a},global.images.redis.tag=")
    assert "watchNamespaces" in str(refusal.value)
    assert "global.images.redis" in str(refusal.value)


def test_a_copy_without_the_definition_says_how_to_make_it(tmp_path: Path) -> None:
    chart = tmp_path / "chart"
    shutil.copytree(OPERATOR_CHART, chart, ignore=shutil.ignore_patterns("crds"))
    with pytest.raises(CommandError, match=r"has no files/crds/omeroplatforms\.yaml.*make crd"):
        render(chart)
    assert "kind: Deployment" in render(chart, "--set", "crds.create=false")


@pytest.mark.parametrize("chart", CHARTS, ids=lambda path: path.name)
def test_every_values_file_renders(chart: Path) -> None:
    for options in values_files(chart):
        assert "\nkind: " in render(chart, *options)


def test_everything_file_fits_the_umbrella_below_the_charts_key(tmp_path: Path) -> None:
    text = (OPERATOR_CHART / "ci" / "everything-values.yaml").read_text()
    shared, own = text.split("\nrelease:", 1)
    nested = "\n".join(f"  {line}" for line in f"release:{own}".splitlines())
    values = tmp_path / "values.yaml"
    values.write_text(f"{shared}\nomero-operator:\n{nested}\n")
    assert "omero-controller" in render(ROOT, "--values", str(values))
