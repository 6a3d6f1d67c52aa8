"""Which modules are changed, and which tests should notice it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mutation import chart_source, python_source
from mutation.mutant import Mutant
from omero_ci.paths import ROOT

_OPERATOR: Final = "operator/src/omero_operator"
_COMMON: Final = "common/src/omero_plugin_common"
_OMP: Final = "plugins/omeroweb_omp_plugin/src/omeroweb_omp_plugin"


@dataclass(frozen=True)
class Family:
    """Modules with one purpose.

    Attributes:
        files: patterns of their files, from the root of the repository.
        tests: paths of tests that may notice a change; those that run the changed lines do run.
        make: how their mutants are made.
    """

    files: tuple[str, ...]
    tests: tuple[str, ...]
    make: Callable[[str, str, str], Iterator[Mutant]] = python_source.mutants

    @property
    def by_line(self) -> bool:
        """Whether it can be told which test runs which line."""
        return self.make is python_source.mutants

    def paths(self) -> list[Path]:
        """The files that there are."""
        found = {path for pattern in self.files for path in ROOT.glob(pattern) if path.is_file()}
        return sorted(found)


FAMILIES: Final = {
    "desired": Family((f"{_OPERATOR}/desired/*.py",), ("tests/unit/operator",)),
    # Their own tests have to notice: those of others would do so by chance, and slowly.
    "health": Family(
        (f"{_OPERATOR}/health/*.py",),
        ("tests/unit/operator/health", "tests/unit/operator/desired/test_switched_off.py"),
    ),
    "state": Family(
        (f"{_OPERATOR}/state/*.py",), ("tests/unit/operator/state", "tests/unit/operator/health")
    ),
    "reconcile": Family(
        (f"{_OPERATOR}/reconcile.py", f"{_OPERATOR}/report.py"),
        (
            "tests/unit/operator/test_report.py",
            "tests/unit/operator/test_reconcile_pass.py",
        ),
    ),
    "planning": Family((f"{_OMP}/planning/*.py",), ("tests/unit/plugins/omp",)),
    # These have a PostgreSQL, which a run starts for itself.
    "jobs": Family(
        (f"{_COMMON}/jobs/*.py", f"{_COMMON}/job_views.py"),
        (
            "tests/unit/common",
            "tests/plugins/common/test_job_requests.py",
            "tests/plugins/common/test_job_rules.py",
            "tests/plugins/common/test_job_schedules.py",
        ),
    ),
    "steps": Family(
        (f"{_COMMON}/steps/*.py", f"{_COMMON}/spreadsheet.py"),
        (
            "tests/unit/common/test_numbers_and_files.py",
            "tests/unit/common/test_step_reports.py",
            "tests/unit/common/test_undo_changes.py",
            "tests/plugins/common/test_steps.py",
        ),
    ),
    "charts": Family(
        (
            "templates/*",
            "values.yaml",
            "charts/omero-operator/values.yaml",
            "charts/omero-operator/templates/**/*",
        ),
        # The quickest first.
        ("tests/charts/test_golden.py", "tests/contract/test_chart_values.py", "tests/charts"),
        chart_source.mutants,
    ),
}
