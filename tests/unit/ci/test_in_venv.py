"""Commands run with the interpreter of `.venv`, also when it is not there yet."""

from __future__ import annotations

import os
import subprocess
import sys
import types
from pathlib import Path

import pytest

from omero_ci import in_venv
from omero_ci.paths import ROOT


class Replaced(Exception):
    """As `os.execv` never returns."""


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is done for a command, in order; `.venv` is an empty folder."""
    done: list[str] = []

    def execv(program: str, words: list[str]) -> None:
        done.append(f"exec {Path(program).relative_to(tmp_path)} {' '.join(words[1:])}")
        raise Replaced

    def setup(arguments: list[str]) -> int:
        done.append("setup")
        sys.stdout.write("said by setup\n")
        return 0

    monkeypatch.setattr(in_venv, "VENV", tmp_path)
    monkeypatch.setattr(in_venv, "VENV_BIN", tmp_path / "bin")
    monkeypatch.setattr(os, "execv", execv)
    monkeypatch.setattr(in_venv.environment, "main", setup)
    monkeypatch.setattr(sys, "argv", ["ci/it", "--option"])
    return done


def _make_python(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").touch(mode=0o755)


def test_a_missing_environment_is_made_first(
    calls: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(Replaced):
        in_venv.run_in_venv("it")
    assert calls == ["setup", "exec bin/python ci/it --option"]
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "said by setup\n"), "what it prints may be for a program"


@pytest.mark.parametrize(("up_to_date", "first"), [(False, []), (True, ["setup"])])
def test_one_that_is_there_is_made_up_to_date_only_where_that_is_asked(
    calls: list[str], tmp_path: Path, up_to_date: bool, first: list[str]
) -> None:
    _make_python(tmp_path)
    with pytest.raises(Replaced):
        in_venv.run_in_venv("it", up_to_date=up_to_date)
    assert calls == [*first, "exec bin/python ci/it --option"]


def test_inside_of_it_the_command_runs(calls: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_venv, "VENV", Path(sys.prefix))
    seen: list[list[str]] = []
    it = types.ModuleType("it")
    it.main = lambda arguments: seen.append(arguments) or 3  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "it", it)
    with pytest.raises(SystemExit) as ended:
        in_venv.run_in_venv("it")
    assert (ended.value.code, seen, calls) == (3, [["--option"]], [])


def test_a_package_that_is_missing_is_named(
    calls: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(in_venv, "VENV", Path(sys.prefix))
    with pytest.raises(SystemExit) as ended:
        in_venv.run_in_venv("no_such_module_of_ours")
    assert ended.value.code == 1
    assert ".venv lacks no_such_module_of_ours: run `make setup`" in capsys.readouterr().err


@pytest.mark.parametrize("module", ["omero_ci.demo", "omero_ci.environment", "omero_ci.in_venv"])
def test_what_runs_before_there_is_a_venv_needs_no_package(module: str) -> None:
    python = [sys.executable, "-S", "-c", f"import {module}"]
    subprocess.run(python, check=True, cwd=ROOT, env={"PYTHONPATH": str(ROOT / "ci")})
