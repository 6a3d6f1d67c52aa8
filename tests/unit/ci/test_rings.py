"""The runner of the rings must never look greener than it was."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path

import pytest

from local_cluster.settings import Settings
from omero_ci import ring, rings
from omero_ci.ring import Outcome, Run
from omero_ci.supervisor import Group
from tools.common.errors import CommandError

REPORT = '<testsuites><testsuite tests="{}" failures="{}" errors="{}" skipped="{}"/></testsuites>'


def _outcome(tmp_path: Path, counts: tuple[int, int, int, int], code: int) -> Outcome:
    report = tmp_path / "report.xml"
    report.write_text(REPORT.format(*counts))
    return ring._read_report("unit", report, code, 1.0)


@pytest.mark.parametrize(
    ("counts", "code", "passed", "failed", "good"),
    [
        ((5, 0, 0, 0), 0, 5, 0, True),
        ((5, 1, 1, 1), 1, 2, 2, False),
        # No test at all, and an exit code without a failure, prove nothing.
        ((0, 0, 0, 0), 5, 0, 0, False),
        ((5, 0, 0, 0), 3, 5, 0, False),
        ((5, 0, 0, 5), 0, 0, 0, False),
    ],
)
def test_report_becomes_an_outcome(
    tmp_path: Path,
    counts: tuple[int, int, int, int],
    code: int,
    passed: int,
    failed: int,
    good: bool,
) -> None:
    outcome = _outcome(tmp_path, counts, code)
    assert (outcome.passed, outcome.failed, outcome.good) == (passed, failed, good)


def test_last_line_counts_a_ring_that_broke_as_failed(capsys: pytest.CaptureFixture[str]) -> None:
    rings._print_summary(
        [
            Outcome("unit", 7, 0, 0, 1.0),
            Outcome("charts", 3, 2, 0, 1.0),
            Outcome("e2e", 0, 0, 0, 1.0, "pytest ended with 3 early"),
        ],
        2.0,
    )
    assert capsys.readouterr().out.splitlines()[-1] == "10 passed, 3 failed"


def test_summary_names_what_failed_and_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A long log is read from its end."""
    report = tmp_path / "report.xml"
    report.write_text(
        '<testsuites><testsuite tests="3" failures="1" errors="1" skipped="0">'
        '<testcase classname="tests.e2e.test_1_site" name="test_login"><failure message="'
        'AssertionError: no page&#10;assert 1 == 2"/></testcase>'
        '<testcase classname="tests.e2e.test_2_care" name="test_ok"/>'
        '<testcase classname="tests.e2e.test_2_care" name="test_it[a]"><error/></testcase>'
        "</testsuite></testsuites>"
    )
    rings._print_summary([ring._read_report("e2e", report, 1, 1.0)], 1.0)
    assert capsys.readouterr().out.splitlines()[-3:] == [
        "e2e: tests/e2e/test_1_site.py::test_login: AssertionError: no page",
        "e2e: tests/e2e/test_2_care.py::test_it[a]: it does not say why",
        "1 passed, 2 failed",
    ]


def test_unknown_ring_is_refused_with_the_known_ones() -> None:
    with pytest.raises(CommandError, match=r"no such ring: units\. The rings: e2e, lint, unit"):
        rings.main(["units"])


def test_options_after_two_dashes_go_to_pytest() -> None:
    asked, options = rings._read(["unit", "--", "-k", "--list"])
    assert (asked.rings, asked.list, options) == (["unit"], False, ["-k", "--list"])
    asked, options = rings._read([])
    assert (asked.rings, asked.since, asked.nightly, options) == ([], None, False, [])


def test_tests_get_no_kubeconfig_of_the_person_who_runs_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KUBECONFIG", "elsewhere/kubeconfig")
    assert "KUBECONFIG" not in ring._environment(Path("/nowhere"))


@pytest.mark.parametrize("passes", [True, False])
def test_what_a_ring_leaves_lying_goes_when_it_passes(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    passes: bool,
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(ring, "ROOT", tmp_path)
    monkeypatch.setattr(ring, "REPORTS", tmp_path / "reports")
    folder = tmp_path / "tests" / "trial"
    folder.mkdir(parents=True)
    text = "import tempfile\n\n\ndef test_it():\n    tempfile.mkdtemp('left')\n    assert {}\n"
    (folder / "test_it.py").write_text(text.format(passes))
    outcome = ring._run_pytest("trial", Run(Group(), []), 0.0)
    assert outcome.good == passes
    left = list(tmp_path.glob("omero-trial-*/*left"))
    assert len(left) == (0 if passes else 1)
    assert all(str(each.parent) in capsys.readouterr().out for each in left)


def test_no_ring_starts_beside_a_running_demo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The last ring needs the machine's one node, and says so before the first ring runs."""
    monkeypatch.setenv("OMERO_PLATFORM_CACHE", str(tmp_path))
    Settings(
        name="omero",
        has_node=True,
        ports={},
        network=7,
        http_port=8080,
        https_port=8443,
    ).save()
    with pytest.raises(CommandError, match=r"delete it \(ci/cluster down --name omero\)"):
        rings.main([])
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", ["operator", "e2e"])
def test_no_two_runs_share_a_cluster(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its name is the same in every clone: the second run would end the cluster of the first."""
    monkeypatch.setenv("OMERO_PLATFORM_CACHE", str(tmp_path))
    with ring.claim(name):
        mine = f"ci/test {name} in {ring.ROOT} (process {os.getpid()})"
        monkeypatch.setattr(ring, "ROOT", tmp_path / "another clone")
        with pytest.raises(CommandError, match=re.escape(f"is in use by {mine}; wait")):
            rings.main([name])
    with ring.claim(name):
        pass


@pytest.mark.parametrize(
    ("seconds", "failed", "good", "note"),
    [
        (99.0, 0, True, ""),
        (101.0, 0, True, "over its budget of 100 s"),
        (151.0, 0, False, "over its budget of 100 s, by more than half: "),
        (99.0, 1, False, "failed"),
        (101.0, 1, False, "failed, over its budget of 100 s"),
    ],
)
def test_a_ring_over_its_budget_is_told_and_fails_when_it_is_by_half(
    capsys: pytest.CaptureFixture[str], seconds: float, failed: int, good: bool, note: str
) -> None:
    outcome = Outcome("unit", 7, failed, 0, seconds, budget=100)
    assert outcome.good is good
    rings._print_summary([outcome], seconds)
    said = capsys.readouterr().out
    line = next(each for each in said.splitlines() if each.startswith("unit"))
    assert line.partition("<- ")[2].startswith(note) and ("<-" in line) is bool(note)
    assert said.splitlines()[-1] == f"7 passed, {failed or int(not good)} failed"


def test_budgets_are_for_whole_rings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMERO_PLATFORM_SLOWER", raising=False)
    assert ring.BUDGETS.keys() == set(rings.RINGS)
    whole = Run(Group(), [], tests={"unit": ["tests/unit"]})
    assert whole.budget("unit") == ring.BUDGETS["unit"]
    assert Run(Group(), []).budget("unit") == ring.BUDGETS["unit"]
    assert Run(Group(), ["-k", "x"]).budget("unit") is None
    assert Run(Group(), [], nightly=True).budget("unit") is None
    assert Run(Group(), [], tests={"unit": ["tests/unit/ci"]}).budget("unit") is None
    # A machine that says how much slower it is.
    monkeypatch.setenv("OMERO_PLATFORM_SLOWER", "2.5")
    assert whole.budget("unit") == ring.BUDGETS["unit"] * 2.5


def test_a_selection_is_what_pytest_gets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    told: list[list[str]] = []

    def run(_processes: object, command: list[str], **_how: object) -> int:
        told.append(command)
        return 0

    monkeypatch.setattr(Group, "run", run)
    monkeypatch.setattr(ring, "REPORTS", tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    chosen = {"unit": ["tests/unit/ci", "tests/unit/web"]}
    ring.run("unit", Run(Group(), [], tests=chosen))
    ring.run("contract", Run(Group(), [], tests=chosen))
    assert told[0][3:5] == [str(ring.ROOT / "tests/unit/ci"), str(ring.ROOT / "tests/unit/web")]
    assert told[1][3] == str(ring.ROOT / "tests/contract")
    assert not told[1][4].startswith(str(ring.ROOT / "tests/"))


@pytest.mark.parametrize(
    ("arguments", "started"),
    [(["--nightly"], True), (["--nightly", "unit"], False), (["unit", "contract"], False)],
)
@pytest.mark.parametrize("code", [0, 1])
def test_the_night_counts_the_outside_suites_too(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    arguments: list[str],
    started: bool,
    code: int,
) -> None:
    monkeypatch.setenv("OMERO_PLATFORM_CACHE", str(tmp_path))
    told: list[str] = []

    def run(command: list[Path], **_how: object) -> subprocess.CompletedProcess[str]:
        told.extend(map(str, command))
        return subprocess.CompletedProcess(told, code)

    for name in ("_run_rings", "_print_summary", "check_no_other_node"):
        monkeypatch.setattr(rings, name, lambda *_: [])
    monkeypatch.setattr(rings.environment, "main", lambda _: 0)
    monkeypatch.setattr(rings.clients_environment, "python", lambda: None)
    monkeypatch.setattr(rings.signal, "signal", lambda *_: None)
    monkeypatch.setattr(rings, "output_of", lambda *_, **_how: "")
    monkeypatch.setattr(rings, "run", run)
    assert rings.main(arguments) == (code if started else 0)
    assert told == ([str(ring.ROOT / "ci" / "outside-suites")] if started else [])
