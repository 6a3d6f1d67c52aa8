"""What must not be in the repository, and what must be executable."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from omero_ci.paths import ROOT


def _tracked() -> list[Path]:
    """Files of the repository, also new ones that are not ignored."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def _lines() -> list[tuple[str, int, str]]:
    found = []
    for path in _tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture
        name = str(path.relative_to(ROOT))
        found += [(name, number, line) for number, line in enumerate(text.splitlines(), 1)]
    return found


LINES = _lines()
# Written in pieces, so that this file does not find itself.
REGISTRY = re.compile(
    "|".join(
        [
            r"pypi\." + "org",
            "files\\.python" + "hosted",
            "registry\\." + "npmjs",
            r"proxy\.golang" + r"\.org",
            r"deb\.debian" + r"\.org",
            "--(extra-)?index" + "-url",
            '"resolved": ' + '"https?:',
        ]
    )
)
# requirements/ has its own test; these files forbid the words and so have to name them.
MAY_NAME_THEM = {"tests/contract/test_locks.py", "ci/lock"}


def test_no_tracked_file_names_a_package_registry() -> None:
    """Which registry is used is a setting of the machine, not of the project."""
    found = [
        f"{name}:{number}: {line.strip()[:80]}"
        for name, number, line in LINES
        if REGISTRY.search(line) and name not in MAY_NAME_THEM
    ]
    assert found == []


def test_no_tracked_file_names_a_path_of_one_machine() -> None:
    """A checkout may stand anywhere, and a user may have any home folder."""
    # Written in pieces, so that this file does not find itself. An image's own paths are its own.
    machine = re.compile(r"(?<![\w.])/(" + r"root|home/\w+)/(?!\*)" + "|" + re.escape(str(ROOT)))
    found = [
        f"{name}:{number}: {line.strip()[:80]}"
        for name, number, line in LINES
        if machine.search(line) and not name.startswith("images/")
    ]
    assert found == []


def test_no_package_shadows_the_standard_library() -> None:
    """A folder `operator/` with an __init__.py at the top would break the interpreter."""
    tops = {path.name for path in ROOT.iterdir() if (path / "__init__.py").is_file()}
    assert tops == set()
    roots = [
        ROOT / "ci",
        *ROOT.glob("*/src"),
        *ROOT.glob("plugins/*/src"),
        *ROOT.glob("tests/support/*"),
    ]
    packages = {path.name for root in roots if root.is_dir() for path in root.iterdir()}
    importable = {name.removesuffix(".py") for name in packages}
    assert importable & set(sys.stdlib_module_names) == set()


def test_no_init_file_below_tests() -> None:
    """A lone one in tests/unit/operator would replace the standard library's `operator`."""
    support = ROOT / "tests" / "support"
    folders = (ROOT / "tests", ROOT / "standin" / "tests")
    inits = [path for folder in folders for path in folder.rglob("__init__.py")]
    found = [path for path in inits if support not in path.parents]
    assert found == []


def test_one_pytest_configuration() -> None:
    """A second one changes the names of test modules."""
    names = {"pytest.ini", "tox.ini", "setup.cfg", ".pytest.ini"}
    assert [path for path in _tracked() if path.name in names] == []
    others = [path for path in _tracked() if path.name == "pyproject.toml" and path.parent != ROOT]
    assert [path for path in others if "[tool.pytest" in path.read_text()] == []


# A Dockerfile sets the mode of what it copies; these are run from the repository.
SCRIPTS = [
    path
    for path in _tracked()
    if path.suffix in ("", ".sh")
    and path.relative_to(ROOT).parts[0] != "images"
    and path.read_bytes().startswith(b"#!")
]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_scripts_are_executable(script: Path) -> None:
    assert os.access(script, os.X_OK), f"chmod +x {script.relative_to(ROOT)}"


@pytest.mark.parametrize(
    "name",
    [
        "bench",
        "cluster",
        "demo",
        "image-digests",
        "images",
        "lint",
        "lock",
        "setup",
        "test",
        "tools/install",
    ],
)
def test_commands_of_the_makefile_exist(name: str) -> None:
    assert os.access(ROOT / "ci" / name, os.X_OK)
