"""`make help` tells the truth, and the README's commands exist."""

from __future__ import annotations

import re
import subprocess

from omero_ci.paths import ROOT
from omero_ci.rings import RINGS

MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^([a-z0-9-]+):", MAKEFILE, re.MULTILINE))


def test_every_target_is_listed_by_help() -> None:
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    listed = set(re.findall(r"make ([a-z0-9-]+)", shown.stdout))
    assert listed == TARGETS


def test_every_ring_has_a_target() -> None:
    assert {f"test-{ring}" for ring in RINGS if ring != "lint"} | {"lint", "test"} <= TARGETS


def test_every_target_is_phony() -> None:
    phony = re.search(r"^\.PHONY:((?:.*\\\n)*.*)", MAKEFILE, re.MULTILINE)
    assert phony is not None
    assert set(phony.group(1).replace("\\", " ").split()) == TARGETS


def test_recipes_only_call_scripts() -> None:
    """Logic belongs into ci/, where it is linted and can be run by hand."""
    joined = MAKEFILE.replace("\\\n", " ")
    recipes = [line.strip() for line in joined.splitlines() if line.startswith("\t")]
    allowed = re.compile(r"@(ci/[a-z-]+|ci/tools/install|\.venv/bin/python -m omero_operator|awk )")
    assert [line for line in recipes if not allowed.match(line)] == []


def test_commands_in_the_documents_are_targets() -> None:
    for document in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]:
        used = set(re.findall(r"`make ([a-z0-9-]+)", document.read_text()))
        assert used <= TARGETS, document
