"""Which tests of the plugins and stand-in rings run in one process, and in which order.

Each process has one shared site (`whole_site.py`), so files go wherever there is room. Files that
share other servers stay together.
"""

from __future__ import annotations

from typing import Final

import pytest
from xdist.scheduler import LoadScopeScheduling

# Beginnings of paths: folders that share servers of their own, and files that take long. What takes
# longest comes first, so that no process is left with it at the end.
TOGETHER: Final = (
    "tests/plugins/omp/page/",
    "tests/plugins/omp/test_call_budget",
    "tests/plugins/browser/",
    "tests/plugins/web/test_selection",
    "tests/plugins/common/test_worker_queue",
    "tests/plugins/omp/routes/",
    "standin/tests/clients/",
    "standin/tests/test_web",
)


class SideBySide(LoadScopeScheduling):  # type: ignore[misc] # it has no types
    """Hands out whole groups, in the order of collection."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


def group_of(nodeid: str) -> str:
    """What a test runs together with: its file, unless files share servers."""
    file = nodeid.partition("::")[0]
    return next((start for start in TOGETHER if file.startswith(start)), file)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The groups first, in their order; the rest as it was."""
    order = {group: number for number, group in enumerate(TOGETHER)}
    items.sort(key=lambda item: order.get(group_of(item.nodeid), len(order)))


# Also without xdist, as when mutants are tried.
@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> SideBySide:
    """Asked once, by the process that has the workers."""
    return SideBySide(config, log)
