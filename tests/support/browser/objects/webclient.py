"""OMERO.web's own main page."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

from browser.site_under_test import SiteUnderTest


class WebclientPage:
    """The tree at the left, the thumbnails, the panel at the right, the links at the top."""

    PATH = "webclient/"

    def __init__(self, page: Page, site: SiteUnderTest) -> None:
        self.page = page
        self.site = site

    def open(self) -> WebclientPage:
        """Go there."""
        self.page.goto(self.site.address(self.PATH))
        return self

    def top_links(self) -> list[str]:
        """Their labels, from left to right."""
        return self.page.locator("#middle_header_left li a").all_text_contents()

    def top_link(self, label: str) -> Locator:
        """One of them."""
        return self.page.locator("#middle_header_left").get_by_role("link", name=label, exact=True)

    @property
    def tree(self) -> Locator:
        """The tree of projects, datasets, screens."""
        return self.page.locator("#dataTree")
