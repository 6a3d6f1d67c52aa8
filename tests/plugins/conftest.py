"""For all tests of this ring: one browser, and the page of what was tried against the stand-in."""

from __future__ import annotations

import pytest

from browser.fixtures import (  # noqa: F401 - fixtures and hooks, found by their names here
    browser,
    complaints,
    context,
    page,
    pytest_pyfunc_call,
    pytest_runtest_makereport,
    pytest_runtest_teardown,
    site,
    visitor,
    width,
)
from outside_clients.report import Report
from side_by_side import pytest_collection_modifyitems, pytest_xdist_make_scheduler  # noqa: F401


def pytest_configure(config: pytest.Config) -> None:
    """Collect outcomes where they end up: in the only process, or in the one that has workers."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Report(), "what-was-tried")
