"""For all tests of this ring: one browser, and one site for each process of pytest-xdist."""

from __future__ import annotations

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
from side_by_side import pytest_collection_modifyitems, pytest_xdist_make_scheduler  # noqa: F401
from site_fixtures import (  # noqa: F401 - see above
    no_worker,
    own_site,
    own_site_of_module,
    people,
    person,
    postgres,
    whole,
    worker,
)
