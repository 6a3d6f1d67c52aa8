"""Processes of several threads, with one end for all of them."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from omero_ci.console import say

# What an interrupted pytest gets to stop the servers and clusters of its fixtures.
SECONDS_TO_TIDY_UP = 120


class Stopped(Exception):
    """Nothing more is started: the run is at its end."""


class Processes:
    """Starts processes until it is told to stop."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: list[subprocess.Popen[str]] = []
        self._stopped = False

    def run(
        self, command: Sequence[str], *, cwd: Path, env: Mapping[str, str], prefix: str = ""
    ) -> int:
        """Run a command to its end.

        Args:
            command: program and arguments.
            cwd: where.
            env: all its variables.
            prefix: stands before each line that it prints; without one it has our terminal.

        Returns:
            Its exit code.

        Raises:
            Stopped: It was not started any more.
        """
        with self._lock:
            if self._stopped:
                raise Stopped
            process = subprocess.Popen(
                command,
                cwd=cwd,
                env=env,
                stdout=subprocess.PIPE if prefix else None,
                stderr=subprocess.STDOUT if prefix else None,
                text=True,
                errors="replace",
            )
            self._running.append(process)
        with process:
            for line in process.stdout or ():
                say(prefix + line.rstrip())
        return process.returncode

    def stop(self, *, tell: bool) -> None:
        """Start nothing more; what runs may tidy up, and is killed if that takes too long.

        Args:
            tell: whether to interrupt the processes, which after Ctrl-C know already.
        """
        with self._lock:
            self._stopped = True
            running = list(self._running)
        for process in running:
            if tell and process.poll() is None:
                process.send_signal(signal.SIGINT)
        killer = threading.Timer(SECONDS_TO_TIDY_UP, _kill, [running])
        killer.daemon = True
        killer.start()


def _kill(processes: list[subprocess.Popen[str]]) -> None:
    for process in processes:
        if process.poll() is None:
            process.kill()
