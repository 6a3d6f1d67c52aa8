"""Widths of a window, from a telephone to a large screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from playwright.sync_api import Page

WIDTHS = (360, 1280, 1920)
HEIGHTS = {360: 740, 1280: 800, 1920: 1080}


def at_widths(page: Page, widths: Sequence[int] = WIDTHS) -> Iterator[int]:
    """The same page at one width after the other: loading it again for each costs much more."""
    for width in widths:
        page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        yield width


def check_fits(page: Page, width: int) -> None:
    """Fail when the page can be scrolled sideways, once its scripts have drawn."""
    page.wait_for_function("width => document.documentElement.scrollWidth <= width", arg=width)
