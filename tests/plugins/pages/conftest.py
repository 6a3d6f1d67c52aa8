"""Fixtures of the tests of pages and their components."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

from browser.pretend_site import ORIGIN, PretendSite


@pytest.fixture
def pretend(context: BrowserContext) -> PretendSite:
    """A site with the pages in html/ and the answers that the test gives."""
    made = PretendSite(Path(__file__).parent / "html")
    made.attach(context)
    context.add_cookies([{"name": "csrftoken", "value": "token-1", "url": ORIGIN}])
    return made
