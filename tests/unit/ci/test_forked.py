"""Programs that are forked are what `python -m` starts."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from forked import Forked

ENDS = """\
import os, sys, tempfile
made = tempfile.TemporaryDirectory(dir=os.environ["HERE"], prefix="left-")
print(os.path.basename(sys.argv[0]), sys.argv[1:], sorted(os.environ), os.getsid(0) == os.getpid())
sys.exit(3)
"""
WAITS = "import time; print('waits', flush=True); time.sleep(600)"


def _started(folder: Path, code: str, *arguments: str) -> Forked:
    package = folder / "a_program"
    package.mkdir()
    (package / "__main__.py").write_text(code)
    environment = {"PYTHONPATH": str(folder), "HERE": str(folder)}
    return Forked("a_program", *arguments, environment=environment, log=folder / "log")


def test_arguments_variables_and_exit_code_are_its_own(tmp_path: Path) -> None:
    assert _started(tmp_path, ENDS, "--port", "1").wait(30) == 3
    said = "__main__.py ['--port', '1'] ['HERE', 'PYTHONPATH'] True\n"
    assert (tmp_path / "log").read_text() == said
    assert not list(tmp_path.glob("left-*"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_signal_ends_it(tmp_path: Path, number: signal.Signals) -> None:
    running = _started(tmp_path, WAITS)
    assert running.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        running.wait(0.1)
    running.send_signal(number)
    assert running.wait(30) == -number
    running.terminate()
    with pytest.raises(ProcessLookupError):
        os.kill(running.pid, 0)
