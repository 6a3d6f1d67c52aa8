"""Processes of several threads, with one end for all of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from omero_ci.console import duration, say

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
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        seconds: float,
        prefix: str = "",
    ) -> int:
        """Run a command to its end.

        Args:
            command: program and arguments.
            cwd: where.
            env: all its variables.
            seconds: what takes longer hangs and is ended, unless a person sits at the terminal.
            prefix: stands before each line that it prints; without one it has our terminal.

        Returns:
            Its exit code.

        Raises:
            Stopped: It was not started any more.
        """
        # With a session of its own it is ended with all that it started, and Linux gives it as much
        # of the processors as the servers of other rings' tests. But only ours may read from our
        # terminal, as a debugger does.
        apart = bool(prefix) or not sys.stdin.isatty()
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
                start_new_session=apart,
            )
            self._running.append(process)
        limit = threading.Timer(seconds, _end_hanging, [process, prefix, seconds])
        limit.daemon = True
        if apart:
            limit.start()
        with process:
            for line in process.stdout or ():
                say(prefix + line.rstrip())
        limit.cancel()
        return process.returncode

    def stop(self, *, tell: bool) -> None:
        """Start nothing more; what runs may tidy up, and is killed if that takes too long.

        Args:
            tell: whether also what shares our terminal is interrupted; after Ctrl-C it knows.
        """
        with self._lock:
            self._stopped = True
            running = list(self._running)
        for process in running:
            if tell or _is_apart(process):
                _signal(process, signal.SIGINT)
        _kill_later(running)


def _end_hanging(process: subprocess.Popen[str], prefix: str, seconds: float) -> None:
    say(f"{prefix}still not at its end after {duration(seconds)}: it is ended")
    _signal(process, signal.SIGINT)
    _kill_later([process])


def _kill_later(processes: list[subprocess.Popen[str]]) -> None:
    killer = threading.Timer(SECONDS_TO_TIDY_UP, _kill, [processes])
    killer.daemon = True
    killer.start()


def _kill(processes: list[subprocess.Popen[str]]) -> None:
    for process in processes:
        _signal(process, signal.SIGKILL)


def _signal(process: subprocess.Popen[str], number: signal.Signals) -> None:
    if _is_apart(process):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
    else:
        # Says nothing to a process that has ended.
        process.send_signal(number)


def _is_apart(process: subprocess.Popen[str]) -> bool:
    """Whether it still runs, in a session of its own."""
    with suppress(ProcessLookupError):
        return process.poll() is None and os.getpgid(process.pid) == process.pid
    return False
