"""`ci/dev`: a site of local processes, reloaded code, and nothing left after Ctrl-C."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import local_services
from free_ports import free_port

ROOT = local_services.ROOT
RUN = """
import sys
from pathlib import Path
from omero_ci import dev, dev_site
dev_site.STATE = Path(sys.argv[1])
dev.environment.main = lambda _arguments: 0
sys.exit(dev.main(["--port", sys.argv[2], "--data", "empty"]))
"""


@pytest.mark.timeout(180)
def test_from_start_to_ctrl_c(new_visitor: Callable[[str], Any]) -> None:
    with local_services.folder_for_postgres() as folder:
        start_and_stop(folder, new_visitor)


def start_and_stop(folder: Path, new_visitor: Callable[[str], Any]) -> None:
    port, log = free_port(), folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", RUN, str(folder / "state"), str(port)],
            cwd=ROOT / "ci",
            stdout=output,
            stderr=output,
        )
    try:
        _until(lambda: "ready in" in log.read_text() or process.poll() is not None)
        said = log.read_text()
        assert re.search(r"^ready in [\d.]+ s$", said, re.MULTILINE), said[-2000:]
        assert f"http://127.0.0.1:{port}/" in said
        assert {"database", "redis", "server", "web", "worker"} <= set(
            re.findall(r"^(\w+) *\| ", said, re.MULTILINE)
        )
        visitor = new_visitor(f"http://127.0.0.1:{port}")
        page = visitor.log_in("omero").text
        assert "Tag Search" in page
        for address in re.findall(r'(?:src|href)="(/static/[^"?]+\.\w+)', page):
            assert visitor.get(address).status_code == 200, address
        children = _family(process.pid)
        assert len(children) >= 5

        os.utime(ROOT / "common/src/omero_plugin_common/tasks.py")
        _until(lambda: log.read_text().count("ready.") >= 2)
        assert "code changed: the worker starts again" in log.read_text()
        # gunicorn has taken the change too.
        _until(lambda: visitor.get("/healthz").status_code == 200)

        children |= _family(process.pid)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0, log.read_text()[-2000:]
        assert [pid for pid in children if Path(f"/proc/{pid}").exists()] == []
        assert (folder / "state" / "secrets" / "redis").stat().st_mode & 0o077 == 0
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def _until(true: Callable[[], bool], seconds: float = 90) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        time.sleep(0.1)


def _family(pid: int) -> set[int]:
    """A process's children, their children, and so on."""
    shown = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True)
    parents = dict(tuple(map(int, line.split())) for line in shown.stdout.splitlines())
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}
