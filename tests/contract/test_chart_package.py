"""The repository's root is a chart: its package holds the charts and nothing else of the tree."""

from __future__ import annotations

import os
import re
import subprocess
import tarfile
from pathlib import Path

import pytest

from omero_ci.paths import ROOT, path_with_tools

ALWAYS = {"Chart.yaml", "Chart.lock", "values.yaml", "values.schema.json", "README.md", "LICENSE"}


@pytest.fixture(scope="module")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """File names inside `helm package .`, without the chart's own folder."""
    folder = tmp_path_factory.mktemp("package")
    variables = os.environ | {"PATH": path_with_tools()}
    command = ["helm", "package", str(ROOT), "--destination", str(folder)]
    subprocess.run(command, check=True, capture_output=True, env=variables)
    (archive,) = folder.glob("*.tgz")
    with tarfile.open(archive) as content:
        return {name.removeprefix("omero-platform/") for name in content.getnames()}


def _files(folder: Path) -> set[str]:
    return {str(path.relative_to(ROOT)) for path in folder.rglob("*") if path.is_file()}


def test_package_holds_exactly_the_chart_files(packaged: set[str]) -> None:
    left_out = re.compile(r"/(ci|tests)/|/\.helmignore$|\.gotmpl$")
    charts = {
        name
        for name in _files(ROOT / "charts")
        if not left_out.search(name.replace("/templates/tests/", ""))
    }
    assert packaged == ALWAYS | _files(ROOT / "templates") | charts


def test_package_keeps_the_test_hooks_of_the_operator_chart(packaged: set[str]) -> None:
    """A pattern `tests/` without a slash in front would have dropped them."""
    assert "charts/omero-operator/templates/tests/health.yaml" in packaged
    assert "charts/omero-operator/files/crds/omeroplatforms.yaml" in packaged


def test_package_holds_nothing_of_the_working_tree(packaged: set[str]) -> None:
    tops = {name.split("/")[0] for name in packaged}
    assert tops.isdisjoint(
        {".git", ".venv", "tests", "operator", "images", "ci", "manifests", "docs"}
    )
