"""OMERO.web's menu of scripts, the dialog of one, and the list of what is running."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect


class Scripts:
    """The cogwheels at the top."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def open(self, folder: str, script: str) -> Page:
        """Choose a script in the menu; the window with its parameters."""
        self.page.locator("#scriptButton").click()
        menu = self.page.locator("#scriptList")
        menu.get_by_role("link", name=folder, exact=True).click()
        with self.page.expect_popup() as opened:
            menu.get_by_role("link", name=script).click()
        return opened.value

    def run(self, dialog: Page, **parameters: str) -> None:
        """Fill in the parameters and run it; the window closes itself."""
        for name, value in parameters.items():
            dialog.locator(f'[name="{name}"]').fill(value)
        with dialog.expect_event("close"):
            dialog.get_by_role("button", name="Run Script").click()

    @property
    def activities(self) -> Locator:
        """What was started and how it ended; open it with `show_activities`."""
        return self.page.locator("#activities_panel")

    def show_activities(self) -> None:
        """Open the list, if it is closed."""
        if not self.activities.is_visible():
            self.page.locator("#launch_activities").click()
        expect(self.activities).to_be_visible()
