"""Writes docs/standin.md after a run of tests that tried everything in the table."""

from __future__ import annotations

from typing import Final

import pytest

from omero_ci.paths import ROOT
from outside_clients import tried

PAGE: Final = ROOT / "docs" / "standin.md"
PROPERTY: Final = "tried"


class Report:
    """Collects outcomes, also those that workers of pytest-xdist send."""

    def __init__(self) -> None:
        """Nothing has run yet."""
        self._passed: dict[tried.Tried, bool] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take one phase of a test into account; each phase can fail."""
        names = [value for name, value in report.user_properties if name == PROPERTY]
        file = report.nodeid.partition("::")[0]
        for row in tried.ALL:
            if f"{row.client} {row.what}" in names or (row.file and row.file == file):
                self._passed[row] = self._passed.get(row, True) and report.passed

    def pytest_sessionfinish(self) -> None:
        """Write the page when every row was tried, else leave it."""
        if len(self._passed) == len(tried.ALL):
            failed = frozenset(row for row, passed in self._passed.items() if not passed)
            PAGE.write_text(tried.page(failed))
