"""Rings beside each other: whose line is whose, and one end for all."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

import pytest

from omero_ci import ring, rings
from omero_ci.ring import Outcome, Run
from omero_ci.supervisor import Group, Stopped
from tools.common.errors import CommandError

# Says with a file that it runs, and waits.
WAITS = "import pathlib, sys, time; pathlib.Path(sys.argv[1]).touch(); time.sleep(600)"
# Starts the one above, as pytest starts servers, and waits for it.
STARTS = "import subprocess, sys; subprocess.run([sys.executable, '-c', *sys.argv[1:]])"


def _python(group: Group, *arguments: str | Path, prefix: str = "", seconds: float = 600) -> int:
    return group.run(
        [sys.executable, "-c", *map(str, arguments)],
        folder=Path("/"), environment=dict(os.environ), prefix=prefix, seconds=seconds,
    )  # fmt: skip


def _wait_for(sign: Path) -> None:
    until = time.monotonic() + 30
    while not sign.exists():
        assert time.monotonic() < until, f"no {sign.name} appears"
        time.sleep(0.01)


def test_each_line_says_whose_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    code = "import sys; print('one\\n\\ntwo'); print('three', file=sys.stderr); sys.exit(3)"
    assert _python(Group(), code, prefix="plugins  | ") == 3
    said = capsys.readouterr().out.splitlines()
    assert sorted(said) == ["plugins  | " + word for word in ("", "one", "three", "two")]


def test_after_the_stop_nothing_starts(tmp_path: Path) -> None:
    group = Group()
    group.stop(tell=True)
    with pytest.raises(Stopped):
        _python(group, WAITS, tmp_path / "sign")
    assert not (tmp_path / "sign").exists()


def test_the_stop_ends_also_what_a_process_started(tmp_path: Path) -> None:
    """Otherwise that would keep the output open, and the run would wait for it."""
    group, sign = Group(), tmp_path / "sign"

    def stop() -> None:
        _wait_for(sign)
        group.stop(tell=False)

    stopping = threading.Thread(target=stop)
    stopping.start()
    assert _python(group, STARTS, WAITS, sign, prefix="unit | ") != 0
    stopping.join()


def test_what_hangs_is_ended_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _python(Group(), WAITS, tmp_path / "sign", prefix="unit | ", seconds=1) != 0
    said = capsys.readouterr().out
    assert "unit | has not ended after 1.0 s: stopping it" in said


def test_two_rings_run_beside_each_other_and_tell_in_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    both_run = threading.Barrier(2, timeout=30)
    began = []

    def run(name: str, how: Run) -> Outcome:
        assert how.beside_others
        began.append(name)
        if name in rings.RINGS[:2]:
            both_run.wait()
        return Outcome(name, 1, 0, 0, 1.0)

    monkeypatch.setattr(ring, "run", run)
    outcomes = rings._run_rings(rings.RINGS, Run(Group(), []))
    assert [outcome.ring for outcome in outcomes] == list(rings.RINGS)
    assert sorted(began) == sorted(rings.RINGS)
    assert set(began[:2]) == set(rings.RINGS[:2])


def test_a_ring_that_breaks_ends_the_others(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As an interrupt does: what runs is told to end, and no further ring begins."""
    ran = []

    def run(name: str, how: Run) -> Outcome:
        ran.append(name)
        if name == "e2e":
            _wait_for(tmp_path / "operator")
            raise CommandError("helm is not built yet")
        code = _python(how.group, WAITS, tmp_path / name, prefix=f"{name} | ")
        return Outcome(name, 0, 0, 0, 1.0, f"pytest ended with {code} early")

    monkeypatch.setattr(ring, "run", run)
    with pytest.raises(CommandError, match="helm"):
        rings._run_rings(("e2e", "operator", "plugins", "standin"), Run(Group(), []))
    # A ring that began in the moment of the stop was refused its process.
    assert {"operator", "e2e"} <= set(ran)
    assert not (tmp_path / "plugins").exists() and not (tmp_path / "standin").exists()
