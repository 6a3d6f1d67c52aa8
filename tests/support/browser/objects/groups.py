"""OMERO.web's choice of group and member above the tree."""

from __future__ import annotations

from playwright.sync_api import Locator, Page


class GroupMenu:
    """Groups at the left, their members at the right."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @property
    def button(self) -> Locator:
        """It shows the current group and member."""
        return self.page.locator("#groupsUsersButton")

    def choose(self, group: str, member: str) -> None:
        """Go to a member's data in a group; the page is loaded anew."""
        self.button.click()
        self.page.locator("#groupList").get_by_role("link", name=group, exact=True).hover()
        members = self.page.locator("ul.usersList:visible")
        with self.page.expect_navigation():
            members.get_by_role("link", name=member, exact=True).click()
