"""The page of exports to Imaris: what to export, and the user's exports."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from playwright.sync_api import Locator, expect

from browser.objects.plugin import PluginPage

PATH: Final = "omeroweb_imaris_connector/"
# A worker starts, and writes a file, on a machine that does other things.
_WORKER_MS: Final = 180_000


class ImarisPage(PluginPage):
    """The list of images, and below it a card for each export."""

    def open_at(self, query: str = "") -> ImarisPage:
        """Go there."""
        self.page.goto(self.site.address(f"{PATH}{query}"))
        expect(self.main.get_by_role("heading", name="Your exports")).to_be_visible()
        return self

    @property
    def wanted(self) -> Locator:
        """The images that would be exported."""
        return self.main.get_by_role("list", name="Images to export").get_by_role("listitem")

    @property
    def cards(self) -> Locator:
        """The exports, the newest first."""
        return self.main.get_by_role("list", name="Your exports").get_by_role("listitem")

    def card(self, name: str) -> Locator:
        """The export of an image."""
        return self.cards.filter(has_text=name)

    def button(self, name: str) -> Locator:
        """A button of the page."""
        return self.main.get_by_role("button", name=name, exact=True)

    def wait_until_ready(self, name: str) -> Locator:
        """The card of an export, once its file can be downloaded."""
        card = self.card(name)
        expect(card).to_have_attribute("data-state", "done", timeout=_WORKER_MS)
        return card

    def download(self, name: str, folder: Path) -> Path:
        """Download the file of an export, under the name that the browser gives it."""
        with self.page.expect_download() as download:
            self.card(name).get_by_role("link", name=f"Download {name}").click()
        path = folder / download.value.suggested_filename
        download.value.save_as(path)
        return path
