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


# Both runs in one process: what the tests import takes longer than all else.
COLLECT = """
import sys
import pytest

options = ["--collect-only", "-q", "-p", "no:cacheprovider", *sys.argv[1:]]
for more in (["-m", "operator or plugins or unit"], ["--nightly"]):
    print("RUN")
    assert pytest.main([*options, *more]) == 0
"""


def test_no_ordinary_run_collects_them_and_at_night_they_and_random_ones_run() -> None:
    """A person's own `-m` does not bring them in, and no others run at night."""
    command = [sys.executable, "-c", COLLECT, *FILES]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    usual, at_night = (
        {line.partition("::")[2] for line in said.splitlines() if "::" in line}
        for said in ended.stdout.split("RUN\n")[1:]
    )
    assert usual & MARKED == set()
    assert RANDOM & usual == RANDOM
    assert len(usual) > 100
    assert at_night == MARKED | RANDOM


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
    assert there & {"lint", "charts"} == set()
