"""A page on the common base template."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from browser.site_under_test import SiteUnderTest


class PluginPage:
    """OMERO.web's header, a heading, and the plugin's content with tables and jobs."""

    def __init__(self, page: Page, site: SiteUnderTest, path: str) -> None:
        self.page = page
        self.site = site
        self.path = path

    def open(self) -> PluginPage:
        """Go there and wait until its modules have run."""
        self.page.goto(self.site.address(self.path))
        expect(self.main).to_be_visible()
        return self

    @property
    def main(self) -> Locator:
        """The main column."""
        return self.page.get_by_role("main")

    @property
    def heading(self) -> Locator:
        """The page's title."""
        return self.main.get_by_role("heading", level=1)

    def table(self, name: str) -> Locator:
        """A table by what its rows are."""
        return self.main.get_by_role("grid", name=name)

    def row(self, name: str, text: str) -> Locator:
        """The row of a table that has a cell with this text."""
        cell = self.page.get_by_role("gridcell", name=text, exact=True)
        return self.table(name).get_by_role("row").filter(has=cell)

    def job(self, label: str) -> Locator:
        """The newest job of a name."""
        return self.main.locator("op-progress").filter(has_text=label).first

    @property
    def session_banner(self) -> Locator:
        """What is there when the session is lost."""
        return self.page.get_by_role("alert", name="Session")
