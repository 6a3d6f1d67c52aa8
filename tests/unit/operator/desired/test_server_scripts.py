"""What the scripts in the server's pod see of its work, with real processes and files.

Questions to a server are in `standin/tests/test_server_answers.py`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import server_drain
import server_work

from omero_operator.desired.server_scripts import FILES


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "ManagedRepository"
    (folder / ".omero").mkdir(parents=True)
    return folder


@pytest.fixture
def node(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process called as what runs OMERO's servers, with a name that only this test has."""
    program = tmp_path / f"node-{os.getpid()}"
    program.symlink_to(shutil.which("sleep") or "/bin/sleep")
    with subprocess.Popen([program, "60"]) as process:
        # Its name is that of this program from the moment on that it has been replaced by it.
        while not server_work.processes(program.name):
            time.sleep(0.005)
        yield process
        process.kill()


def test_a_file_that_is_being_written_is_work(repository: Path) -> None:
    with (repository / "2026.log").open("w") as file:
        assert server_work.written_now([str(repository)], time.time()) == [file.name]
    assert server_work.written_now([str(repository)], time.time()) == []


def test_reading_marks_old_writes_and_files_elsewhere_are_not(
    repository: Path, tmp_path: Path
) -> None:
    (repository / "image.tif").write_text("x")
    with (
        (repository / "image.tif").open(),
        (repository / ".omero" / ".lock").open("w"),
        (tmp_path / "ManagedRepository2").open("w"),
    ):
        assert server_work.written_now([str(repository)], time.time()) == []
        with (repository / "stuck").open("w"):
            # From when it was made: a busy machine takes its time.
            quiet = time.time() + server_work.QUIET_SECONDS + 1
            assert server_work.written_now([str(repository)], quiet) == []


def test_without_imports_the_servers_are_stopped_at_once(
    repository: Path, node: subprocess.Popen[bytes]
) -> None:
    said: list[str] = []
    name = Path(str(node.args[0])).name  # type: ignore[index]
    assert server_drain.drain(3600, [str(repository)], said.append, name, 0.01)
    assert (node.wait(10), said) == (-15, [])


def test_an_import_is_waited_for_up_to_a_limit(
    repository: Path, node: subprocess.Popen[bytes]
) -> None:
    said: list[str] = []
    name = Path(str(node.args[0])).name  # type: ignore[index]
    log = repository / "a name with blanks (deleted)"
    with log.open("w"):
        assert server_drain.drain(0.1, [str(repository)], said.append, name, 0.01)
    assert said == [
        f"waiting for 1 files that are being written, such as {log}",
        f"1 files were still being written after 0 s: {log}",
    ]


def test_the_end_of_an_import_is_noticed(repository: Path) -> None:
    hold = "import sys; file = open(sys.argv[1], 'w'); print(flush=True); sys.stdin.read()"
    command = [sys.executable, "-S", "-c", hold, repository / "image.tif"]
    said: list[str] = []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdin
        assert writer.stdout
        writer.stdout.readline()

        def say(text: str) -> None:
            said.append(text)
            writer.stdin.close()

        assert server_drain.drain(3600, [str(repository)], say, "no-such-program", 0.01)
        assert (len(said), writer.wait(10)) == (1, 0)


@pytest.fixture
def alive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setenv("OMERO_TMPDIR", str(tmp_path))
    sys.modules.pop("server_alive", None)
    import server_alive

    return server_alive


def test_a_silent_server_is_spared_while_it_writes_and_not_for_ever(
    alive: ModuleType, tmp_path: Path, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "Blitz-0.log"
    silent = lambda: alive.silent("silent", str(log), [str(repository)])  # noqa: E731
    assert re.fullmatch(r"silent for \d+ s, and writes nothing", silent())
    log.write_text("x")
    assert silent() == ""
    assert f"it is spared: it writes {log}" in capsys.readouterr().out
    alive.SINCE.write_text(str(time.time() - alive.SPARED_SECONDS - 5))
    assert re.fullmatch(rf"silent for 18\d\d s, and writes {re.escape(str(log))}", silent())


def test_every_script_is_given_to_the_pod() -> None:
    assert sorted(FILES) == [
        "server_alive.py",
        "server_answers.py",
        "server_drain.py",
        "server_starts.py",
        "server_work.py",
    ]
