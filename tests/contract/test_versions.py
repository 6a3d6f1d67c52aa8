"""One version for everything that is released together."""

from __future__ import annotations

import re
import subprocess
import tomllib

import pytest
import yaml

from omero_ci.paths import ROOT


def _chart(path: str) -> dict[str, object]:
    chart: dict[str, object] = yaml.safe_load((ROOT / path / "Chart.yaml").read_text())
    return chart


VERSION = _chart(".")["version"]


@pytest.mark.parametrize("path", [".", "charts/omero-operator"])
def test_charts_carry_the_version_and_ship_the_same_program(path: str) -> None:
    assert _chart(path)["version"] == VERSION
    assert _chart(path)["appVersion"] == VERSION


def _distributions() -> dict[str, dict[str, object]]:
    """The metadata of everything in the repository that can be installed, by folder."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*pyproject.toml"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    read = {
        path.rpartition("/")[0]: tomllib.loads((ROOT / path).read_text())
        for path in listed.splitlines()
        if (ROOT / path).is_file()
    }
    return {folder: found["project"] for folder, found in read.items() if "project" in found}


DISTRIBUTIONS = _distributions()


@pytest.mark.parametrize("folder", DISTRIBUTIONS)
def test_distributions_carry_the_version_and_the_python_range(folder: str) -> None:
    project = DISTRIBUTIONS[folder]
    assert project["version"] == VERSION
    assert project["requires-python"] == ">=3.11,<3.13"
    assert project["license"] == "AGPL-3.0-or-later"


def test_every_folder_with_a_package_is_a_distribution() -> None:
    packages = {path.parents[2] for path in ROOT.glob("*/src/*/__init__.py")}
    packages |= {path.parents[2] for path in ROOT.glob("*/*/src/*/__init__.py")}
    assert {str(path.relative_to(ROOT)) for path in packages} == set(DISTRIBUTIONS)


def test_operator_package_knows_its_version() -> None:
    import omero_operator

    assert omero_operator.__version__ == VERSION


def test_umbrella_depends_on_the_local_charts_by_exact_version() -> None:
    for dependency in _chart(".")["dependencies"]:  # type: ignore[attr-defined]
        assert "repository" not in dependency, "a local chart is named without a repository"
        assert dependency["version"] == _chart(f"charts/{dependency['name']}")["version"]


def test_chart_lock_is_of_these_dependencies() -> None:
    lock = yaml.safe_load((ROOT / "Chart.lock").read_text())
    locked = {(entry["name"], entry["version"]) for entry in lock["dependencies"]}
    declared = {(entry["name"], entry["version"]) for entry in _chart(".")["dependencies"]}  # type: ignore[attr-defined]
    assert locked == declared


def test_newest_changelog_entry_is_this_version() -> None:
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] == VERSION


def test_the_table_of_releases_has_what_this_one_brings() -> None:
    page = (ROOT / "docs" / "upgrade.md").read_text()
    (row,) = re.findall(rf"^\| {re.escape(str(VERSION))} \|.*$", page, re.MULTILINE)
    values = yaml.safe_load((ROOT / "charts/omero-operator/values.yaml").read_text())
    tags = [values["global"]["images"][name]["tag"] for name in ("server", "postgres", "redis")]
    (web,) = re.findall(
        r"^omero-web==(\S+)", (ROOT / "requirements/web.txt").read_text(), re.MULTILINE
    )
    kubernetes = str(_chart(".")["kubeVersion"]).removeprefix(">=").removesuffix(".0-0")
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[2:] == [f"{kubernetes} or newer", tags[0], web, *tags[1:]]
