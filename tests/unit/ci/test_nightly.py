"""Tests that are marked `nightly` run at night, and in no other run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from omero_ci import ring
from omero_ci.paths import ROOT
from omero_ci.ring import Run
from omero_ci.rings import RINGS
from omero_ci.supervisor import Group

# With a test of each sort.
FILES = (
    "tests/operator/test_schedules.py",
    "tests/plugins/omp/test_large_project.py",
    "tests/unit/operator/desired/test_secret_rules.py",
)
MARKED = {
    "test_no_schedule_that_is_admitted_is_refused_as_a_cron_job[fresh]",
    "test_a_hundred_thousand_images",
}
RANDOM = {"test_no_rule_quotes_the_value"}


def collected(*options: str) -> set[str]:
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    ended = subprocess.run(
        [*command, *options, *FILES], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    lines = (line.partition("::")[2] for line in ended.stdout.splitlines() if "::" in line)
    return set(lines)


def test_no_ordinary_run_collects_them() -> None:
    """A person's own `-m` does not bring them in."""
    found = collected("-m", "operator or plugins or unit")
    assert found & MARKED == set()
    assert RANDOM & found == RANDOM
    assert len(found) > 100


def test_at_night_they_and_random_ones_run_and_no_others() -> None:
    assert collected("--nightly") == MARKED | RANDOM


@pytest.mark.parametrize("nightly", [True, False])
def test_a_ring_says_which(nightly: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[list[str]] = []
    limits: list[float] = []

    def run(_processes: object, command: list[str], *, seconds: float, **_how: object) -> int:
        told.append(command)
        limits.append(seconds)
        return 0

    monkeypatch.setattr(Group, "run", run)
    monkeypatch.setattr(ring, "REPORTS", tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    ring.run("unit", Run(Group(), [], nightly=nightly))
    assert ("--nightly" in told[0]) is nightly
    assert limits == [ring.SECONDS_AT_NIGHT if nightly else ring.SECONDS]
    # Fresh examples of Hypothesis at night, else those of the project's settings.
    assert ("--hypothesis-profile=nightly" in told[0]) is nightly


def test_rings_without_such_tests_are_left_out() -> None:
    """Pytest would fail there: a ring without a test proves nothing."""
    there = {name for name in RINGS if ring.has_nightly_tests(name)}
    assert {"unit", "operator", "plugins", "e2e"} <= there
    assert there & {"lint", "contract", "charts"} == set()
