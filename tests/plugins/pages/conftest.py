"""Fixtures of the tests of pages and their components."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

from browser.fixtures import (  # noqa: F401 - fixtures and hooks, found by their names here
    browser,
    complaints,
    context,
    page,
    pytest_pyfunc_call,
    pytest_runtest_makereport,
    site,
    visitor,
    width,
)
from browser.pretend_site import ORIGIN, PretendSite


@pytest.fixture
def pretend(context: BrowserContext) -> PretendSite:  # noqa: F811 - pytest's way of asking for it
    """A site with the pages in html/ and the answers that the test gives."""
    made = PretendSite(Path(__file__).parent / "html")
    made.attach(context)
    context.add_cookies([{"name": "csrftoken", "value": "token-1", "url": ORIGIN}])
    return made
