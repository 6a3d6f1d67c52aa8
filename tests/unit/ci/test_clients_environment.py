"""The outside clients' environments: made once, and not anew while somebody uses them."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pytest

from omero_ci import clients_environment
from omero_ci.paths import ROOT

# Takes the lock, then another program takes its place, as `ci/outside-suites` does.
_REPLACED = """
import os, sys
from pathlib import Path
from tools.common.locks import in_use
held = in_use(Path(sys.argv[1]), "test")
os.execv(sys.executable, [sys.executable, "-c", "print('here', flush=True); input()"])
"""


def is_free(lock: Path) -> bool:
    """Whether one could have the lock alone."""
    with lock.open("a", encoding="utf-8") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty cache; what is installed are the names of the lock files."""
    monkeypatch.setattr(clients_environment, "cache_folder", lambda: tmp_path)
    monkeypatch.setattr(clients_environment, "ice_wheel", lambda: tmp_path / "ice.whl")
    used: list[TextIO] = []
    monkeypatch.setattr(clients_environment, "_used", used)

    def run(command: list[object]) -> str:
        if "venv" in command:
            Path(str(command[-1])).mkdir(parents=True)
        return ""

    def install(environment: Path, *arguments: object) -> None:
        (environment / Path(str(arguments[-1])).name).touch()

    monkeypatch.setattr(clients_environment, "output_of", run)
    monkeypatch.setattr(clients_environment.uv, "install", install)
    yield tmp_path
    for each in used:
        each.close()


def test_an_environment_in_use_is_not_made_anew(cache: Path) -> None:
    first, second = cache / "first.txt", cache / "second.txt"
    for each in (first, second):
        each.write_text(each.name)
    made = clients_environment._made("suites", "a test", first)
    environment, lock = cache / "suites" / "venv", cache / "suites" / "lock"
    assert made == environment / "bin" / "python"
    (environment / "used").touch()
    # Others with the same lock file use it beside us; it is not made a second time.
    assert clients_environment._made("suites", "a test", first) == made
    assert (environment / "used").exists()
    assert not is_free(lock)
    # With another lock file it is made anew, when its users have gone.
    while clients_environment._used:
        clients_environment._used.pop().close()
    assert is_free(lock)
    clients_environment._made("suites", "a test", second)
    assert {each.name for each in environment.iterdir()} == {"second.txt", "ice.whl"}


def test_the_lock_is_kept_by_a_program_that_takes_the_place(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", _REPLACED, str(lock)],
        env={"PYTHONPATH": str(ROOT / "ci")}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == b"here\n"
        assert not is_free(lock)
        process.communicate(b"\n")
    assert is_free(lock)
