"""Builds of the operator that are newer or older than the one under test."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

import omero_operator
from omero_ci.paths import ROOT

# What the newer version has besides, by file: a text of the source and what stands in its place. A
# field of the specification, an application in a list of names, a field of the status, a number.
_CHANGES = (
    (
        "api/v1alpha1/omeroplatform.py",
        '    size: Literal["small", "medium", "large"]',
        '    motto: ShortText = Field("", description="A field of the next version.")\n'
        '    size: Literal["small", "medium", "large"]',
    ),
    ("api/v1alpha1/web_apps.py", '    "tagsearch",\n', '    "tagsearch",\n    "nextapp",\n'),
    (
        "api/v1alpha1/status.py",
        "    version: Text = Field(",
        '    news: Text = Field("", description="A field of the next version.")\n'
        "    version: Text = Field(",
    ),
    ("health/platform_status.py", "PlatformStatus(\n", 'PlatformStatus(\n        news="good",\n'),
    ("__init__.py", '__version__ = "', '__version__ = "9.'),
)


# Builders that make all pods in another way.
_OTHER_PODS = (
    (
        "desired/parts.py",
        '        "enableServiceLinks": False,\n',
        '        "enableServiceLinks": False,\n        "shareProcessNamespace": True,\n',
    ),
)


def newer(folder: Path) -> Path:
    """Make the newer build; returns the folder for PYTHONPATH."""
    return _changed(folder, _CHANGES)


def other_pods(folder: Path) -> Path:
    """Make a build whose pods share a process namespace; returns the folder for PYTHONPATH."""
    return _changed(folder, _OTHER_PODS)


@dataclass(frozen=True)
class OldBuild:
    """The operator and its chart as of some commit.

    Attributes:
        source: Folder for PYTHONPATH.
        chart: The chart `omero-operator`.
        images: Its images, by name.
    """

    source: Path
    chart: Path
    images: dict[str, str]


def of_commit(commit: str, folder: Path) -> OldBuild:
    """Take a build from the history of this repository.

    It runs with the libraries of today.

    Raises:
        AssertionError: The clone has no such commit, as shallow ones have not.
    """
    paths = ("operator/src", "charts/omero-operator")
    archive = subprocess.run(
        ["git", "archive", commit, *paths], cwd=ROOT, capture_output=True, check=False
    )
    assert archive.returncode == 0, (
        f"the old operator is commit {commit}, which this clone does not have "
        f"({archive.stderr.decode().strip()}). Get the history: git fetch --unshallow"
    )
    folder.mkdir()
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive.stdout, check=True)
    source = folder / "operator" / "src"
    ask = "import json; from omero_operator import settings; of = settings.images({}); "
    ask += "print(json.dumps({name: getattr(of, name) for name in of.users()}))"
    said = subprocess.run(
        [sys.executable, "-c", ask],
        env={"PYTHONPATH": str(source)},
        capture_output=True,
        text=True,
        check=True,
    )
    return OldBuild(source, folder / "charts" / "omero-operator", json.loads(said.stdout))


def _changed(folder: Path, changes: Sequence[tuple[str, str, str]]) -> Path:
    package = folder / "omero_operator"
    shutil.copytree(
        Path(omero_operator.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__")
    )
    for name, old, new in changes:
        source = package / name
        text = source.read_text()
        assert text.count(old) == 1, f"{name} has no single {old!r} any more"
        source.write_text(text.replace(old, new))
    return folder


def definition(build: Path) -> dict[str, Any]:
    """The CustomResourceDefinition of a build."""
    ended = subprocess.run(
        [sys.executable, "-m", "omero_operator.api.crd"],
        env={"PYTHONPATH": str(build), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = yaml.safe_load(ended.stdout)
    return found
