"""Tries mutants one after another: which of them does some test notice?"""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from mutation import pytest_child
from mutation.families import FAMILIES, Family
from mutation.mutant import Mutant
from mutation.tree import Tree
from omero_ci.paths import ROOT, VENV_BIN
from tools.common.errors import CommandError

# Seconds that a run of tests may take besides what they took without a change.
_MORE_TIME: Final = 60
# For all tests of a family, with coverage.
_ALL_TIME: Final = 1200
_SOURCES: Final = (
    "operator/src",
    "common/src",
    "plugins/omeroweb_omp_plugin/src",
    "plugins/omeroweb_upload/src",
    "plugins/omeroweb_imaris_connector/src",
    "plugins/omeroweb_admin_tools/src",
)


class Runner:
    """The tests of the families, run on a copy of the repository."""

    def __init__(self, tree: Tree, results: Path) -> None:
        """Use a copy, and a folder for what each run printed."""
        self._tree = tree
        self._results = results
        # Families whose tests passed without a change.
        self._sound: set[str] = set()
        self._map = cache(self._map_of)
        self._well_typed = cache(self._passes_mypy)
        results.mkdir(parents=True, exist_ok=True)
        pytest_child.warm_up()

    def survives(self, mutant: Mutant) -> str:
        """Why no test noticed a mutant, or nothing when one did.

        Raises:
            CommandError: the tests do not pass without a change, or could not be run.
        """
        family = FAMILIES[mutant.family]
        first, seconds = self._tests_of(mutant, family)
        if family.by_line and not first:
            return "no test runs this line"
        files = tuple(dict.fromkeys(name.partition("::")[0] for name in first)) or family.tests
        # A test that fails anyway would seem to notice everything.
        if mutant.family not in self._sound:
            self._run(files, first, _ALL_TIME, (pytest_child.PASSED,))
            self._sound.add(mutant.family)
        expected = (pytest_child.PASSED, *pytest_child.FAILED, pytest_child.KILLED)
        self._tree.write(mutant.path, mutant.text)
        try:
            code = self._run(files, first, 2 * seconds + _MORE_TIME, expected)
        finally:
            self._restore(mutant.path)
        if code != pytest_child.PASSED or (family.by_line and self._refused_by_mypy(mutant)):
            return ""
        return "all tests passed"

    def _run(
        self, files: Sequence[str], first: Sequence[str], seconds: float, expected: Sequence[int]
    ) -> int:
        """Pytest's exit code; a CommandError when it is none of those expected."""
        log = self._results / "last-run.log"
        options = ["-x", "-q", "--no-header", "--tb=short"]
        code = pytest_child.run(
            self._tree.folder,
            [*options, *files],
            log,
            seconds,
            lambda: [pytest_child.First(first)],
        )
        if code not in expected:
            raise CommandError(f"pytest ended with {code} on {' '.join(files)}; see {log}")
        return code

    def _refused_by_mypy(self, mutant: Mutant) -> bool:
        """Whether `make lint` would notice it: many changes to None are no longer well typed."""
        if not self._well_typed(mutant.path):
            raise CommandError(
                f"{mutant.path} does not pass mypy without any change: run `make lint`"
            )
        self._tree.write(mutant.path, mutant.text)
        try:
            return not self._passes_mypy(mutant.path)
        finally:
            self._restore(mutant.path)

    def _passes_mypy(self, path: str) -> bool:
        command = [str(VENV_BIN / "mypy"), "--cache-dir", str(self._results / "mypy"), path]
        return subprocess.run(command, cwd=self._tree.folder, capture_output=True).returncode == 0

    def _restore(self, path: str) -> None:
        self._tree.write(path, (ROOT / path).read_text(encoding="utf-8"))

    def _tests_of(self, mutant: Mutant, family: Family) -> tuple[list[str], float]:
        """The tests that run a mutant's lines, the quickest first, and how long they take."""
        if not family.by_line:
            return [], _ALL_TIME
        known = self._map(family.tests)
        lines = known["lines"].get(mutant.path, {})
        first, last = mutant.lines
        found = {name for line in range(first, last + 1) for name in lines.get(str(line), [])}
        if "" in found:
            # It runs when the module is imported: whoever uses the module may notice.
            found = {name for names in lines.values() for name in names}
            if found == {""}:
                found = set(known["seconds"])
        seconds: dict[str, float] = known["seconds"]
        tests = sorted(found - {""}, key=lambda name: seconds[name])
        files = {name.partition("::")[0] for name in tests}
        return tests, sum(
            took for name, took in seconds.items() if name.partition("::")[0] in files
        )

    def _map_of(self, tests: tuple[str, ...]) -> Any:
        """Which test runs which line; kept until one of the files changes."""
        name = hashlib.sha256(repr(tests).encode()).hexdigest()[:8]
        kept, state = self._results / f"lines-{name}.json", _state_of(tests)
        if kept.is_file() and (known := json.loads(kept.read_text()))["state"] == state:
            return known
        print(f"which test runs which line: {' '.join(tests)}", flush=True)
        fresh, log = self._results / "lines.json", self._results / f"lines-{name}.log"
        code = pytest_child.run(
            self._tree.folder,
            ["-q", *tests],
            log,
            _ALL_TIME,
            lambda: [pytest_child.Recorder(_SOURCES, fresh)],
        )
        if code != pytest_child.PASSED:
            raise CommandError(f"the tests do not pass without any change; see {log}")
        known = json.loads(fresh.read_text()) | {"state": state}
        kept.write_text(json.dumps(known))
        fresh.unlink()
        return known


def _state_of(tests: Sequence[str]) -> str:
    """A hash of all files that decide which test runs which line."""
    total = hashlib.sha256()
    for place in (*_SOURCES, "tests/support", *tests):
        files = (ROOT / place).rglob("*.py") if (ROOT / place).is_dir() else [ROOT / place]
        for file in sorted(files):
            total.update(f"{file}\0".encode() + file.read_bytes())
    return total.hexdigest()
