"""Runs pytest in a fork of this process, which has imported the slow packages already."""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from omero_ci.paths import ROOT

# Importing them takes longer than most tests. None that brings a plugin of pytest: it would have
# to be imported by pytest.
_SLOW = ("httpx", "kopf", "kubernetes.client", "numpy", "psycopg2", "pydantic", "yaml")
_SOURCES = ("operator/src", "common/src", "plugins/omeroweb_omp_plugin/src", "standin/src")
# pytest's own exit codes: all passed; some failed, or a file or a conftest could not be imported.
PASSED, FAILED = 0, (1, 2, 4)
# Ended because it took too long.
KILLED = -signal.SIGKILL
# This process broke, and no test said anything. pytest has no such code.
_BROKEN = 70


class First:
    """Runs these tests before the others of their files."""

    def __init__(self, first: Sequence[str]) -> None:
        self._rank = {name: rank for rank, name in enumerate(first)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Put them into their order."""
        items.sort(key=lambda item: self._rank.get(item.nodeid, len(self._rank)))


class Recorder:
    """Notes which test runs which line, and how long each test takes."""

    def __init__(self, sources: Sequence[str], result: Path) -> None:
        import coverage

        self._coverage = coverage.Coverage(data_file=None, source=list(sources))
        self._result = result
        self._seconds: dict[str, float] = {}

    def pytest_sessionstart(self) -> None:
        """Before the first of our modules is imported."""
        self._coverage.start()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Any:
        """One test with its fixtures."""
        self._coverage.switch_context(item.nodeid)
        began = time.monotonic()
        done = yield
        self._seconds[item.nodeid] = time.monotonic() - began
        self._coverage.switch_context("")
        return done

    def pytest_sessionfinish(self) -> None:
        """Write what was noted."""
        self._coverage.stop()
        data = self._coverage.get_data()
        lines = {
            str(Path(file).relative_to(Path.cwd())): data.contexts_by_lineno(file)
            for file in data.measured_files()
        }
        self._result.write_text(json.dumps({"lines": lines, "seconds": self._seconds}))


def warm_up() -> None:
    """Import once what each run would import."""
    for name in _SLOW:
        with suppress(ImportError):
            __import__(name)


def run(
    tree: Path,
    arguments: Sequence[str],
    log: Path,
    seconds: float,
    plugins: Callable[[], list[Any]],
) -> int:
    """Run pytest on a copy of the repository in a process of its own.

    Args:
        tree: the copy.
        arguments: pytest's.
        log: where its output goes.
        seconds: after these it is ended.
        plugins: makes pytest's plugins, in the new process.

    Returns:
        pytest's exit code; the negative number of the signal that ended it.
    """
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        code = _BROKEN
        try:
            code = _in_child(tree, arguments, log, plugins)
        finally:
            # Never back into the parent's code, whatever happened.
            if sys.exc_info()[0]:
                traceback.print_exc()
            os._exit(code)
    # Not by an alarm in the child: pytest-timeout has that.
    handle = os.pidfd_open(child)
    select.select([handle], [], [], seconds)
    os.close(handle)
    # Also what a test started and could not stop.
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _in_child(
    tree: Path, arguments: Sequence[str], log: Path, plugins: Callable[[], list[Any]]
) -> int:
    os.setpgid(0, 0)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.chdir(tree)
    made = plugins()
    paths = [str(tree / source) for source in _SOURCES]
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)
    # Ours are those of the copy from here on.
    for name in list(sys.modules):
        if name.partition(".")[0] in ("omero_ci", "tools"):
            del sys.modules[name]
    sys.path[:] = [*paths, *(path for path in sys.path if path != str(ROOT / "ci"))]
    return int(pytest.main([*arguments, "-p", "no:cacheprovider", "-p", "no:xdist"], plugins=made))
