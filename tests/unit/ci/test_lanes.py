"""Rings beside each other: whose line is whose, and one end for all."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import pytest

from omero_ci import ring, rings
from omero_ci.processes import Processes, Stopped
from omero_ci.ring import Outcome, Run
from tools.common.errors import Refusal

WAITS = "import time; print('there', flush=True); time.sleep(60)"


def _python(processes: Processes, code: str, prefix: str = "") -> int:
    return processes.run(
        [sys.executable, "-c", code], cwd=Path("/"), env=dict(os.environ), prefix=prefix
    )


def test_each_line_says_whose_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    code = "import sys; print('one\\n\\ntwo'); print('three', file=sys.stderr); sys.exit(3)"
    assert _python(Processes(), code, "plugins  | ") == 3
    said = capsys.readouterr().out.splitlines()
    assert sorted(said) == ["plugins  | " + word for word in ("", "one", "three", "two")]


def test_after_the_stop_nothing_starts(capsys: pytest.CaptureFixture[str]) -> None:
    processes = Processes()
    processes.stop(tell=True)
    with pytest.raises(Stopped):
        _python(processes, "print('started')", "unit | ")
    assert capsys.readouterr().out == ""


def test_lanes_run_beside_each_other_and_tell_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    both_run = threading.Barrier(2, timeout=30)

    def run(name: str, how: Run) -> Outcome:
        assert how.beside_others
        if name in ("plugins", "e2e"):
            both_run.wait()
        return Outcome(name, 1, 0, 0, 1.0)

    monkeypatch.setattr(ring, "run", run)
    outcomes = rings._run_lanes([["unit", "plugins"], ["operator", "e2e"]], [])
    assert [outcome.ring for outcome in outcomes] == ["unit", "plugins", "operator", "e2e"]


def test_a_lane_that_breaks_ends_the_other(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As an interrupt does: what runs is told to end, and no further ring begins."""
    ran = []

    def run(name: str, how: Run) -> Outcome:
        ran.append(name)
        if name == "unit":
            while "operator | there" not in capsys.readouterr().out:
                pass
            raise Refusal("helm is not built yet")
        code = _python(how.processes, WAITS, f"{name} | ")
        return Outcome(name, 0, 0, 0, 1.0, f"pytest ended with {code} early")

    monkeypatch.setattr(ring, "run", run)
    with pytest.raises(Refusal, match="helm"):
        rings._run_lanes([["unit"], ["operator", "e2e"]], [])
    # The second ring of the lane was asked for, and its process was refused.
    assert set(ran) == {"unit", "operator", "e2e"}
    assert "e2e | there" not in capsys.readouterr().out
