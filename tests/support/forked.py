"""A program of ours as a process of its own, without paying for its imports at each start.

Imports are most of what such a start costs, and the rings start some hundred. They are done once,
in a server that forks: what happens from a program's `__main__` on, and what a signal ends, is the
process that `python -m` makes.
"""

from __future__ import annotations

import atexit
import gc
import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path

_FORKS = multiprocessing.get_context("forkserver")
_IMPORTED: list[str] = []


def import_once(*modules: str) -> None:
    """What the server imports, besides what others have said; before the first start."""
    _IMPORTED.extend(modules)
    _FORKS.set_forkserver_preload(_IMPORTED)


def _run(
    module: str,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    log: Path,
    first: Callable[[], None],
) -> None:
    """What the fork does: nothing of the tests is left, then it is the program."""
    # Or each search for unreachable cycles goes through all that was imported: 0.14 s each time.
    gc.freeze()
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    with log.open("ab") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    os.chdir("/")
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [module, *arguments]
    # What Python reads at its start.
    sys.path[:0] = filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))
    if environment.get("PYTHONWARNINGS") == "ignore":
        warnings.simplefilter("ignore")
    first()
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        # A fork ends without, and the program's temporary files would stay.
        atexit._run_exitfuncs()


def _nothing() -> None:
    """Nothing has to be put right before most programs."""


class Forked:
    """A running program; what can be done with it is what can be done with a `Popen`."""

    def __init__(
        self,
        module: str,
        *arguments: str,
        environment: Mapping[str, str],
        log: Path,
        first: Callable[[], None] = _nothing,
    ) -> None:
        """Start what `python -m MODULE ARGUMENTS` starts, in a session of its own.

        Args:
            module: its package, with a `__main__`.
            arguments: its own.
            environment: all its variables.
            log: what it prints is appended there.
            first: called in the process before it is the program; a function of a module.
        """
        # Whoever waits for a line may read at once.
        log.touch()
        how = (module, arguments, dict(environment), log, first)
        self._process: BaseProcess = _FORKS.Process(target=_run, args=how, daemon=True)
        self._process.start()

    @property
    def pid(self) -> int:
        """Its number, also after its end."""
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """Its exit code, or nothing while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, when it has ended.

        Raises:
            subprocess.TimeoutExpired: It has not, in so many seconds.
        """
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
        return self._process.exitcode

    def send_signal(self, number: signal.Signals) -> None:
        """As `kill`; nothing when it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)
