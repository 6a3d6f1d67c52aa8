"""Another browser, for somebody else."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page


@pytest.fixture
def new_context_page(browser: Browser) -> Iterator[Callable[[], Page]]:
    """Opens an empty page that knows no session."""
    opened: list[BrowserContext] = []

    def open_one() -> Page:
        opened.append(browser.new_context(reduced_motion="reduce", locale="en-GB"))
        return opened[-1].new_page()

    yield open_one
    for context in opened:
        context.close()
