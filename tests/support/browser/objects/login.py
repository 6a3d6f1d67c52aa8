"""OMERO.web's login page."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from browser.site_under_test import SiteUnderTest


class LoginPage:
    """The form with name and password."""

    PATH = "webclient/login/"

    def __init__(self, page: Page, site: SiteUnderTest) -> None:
        self.page = page
        self.site = site

    def open(self) -> LoginPage:
        """Go there."""
        self.page.goto(self.site.address(self.PATH))
        return self

    def log_in(self, user: str = "", password: str = "") -> None:
        """Log in, as the site's test user if nobody is named, and wait for the next page."""
        self.page.get_by_label("Username").fill(user or self.site.user)
        self.page.get_by_label("Password").fill(password or self.site.password)
        self.page.get_by_role("button", name="Login").click()
        expect(self.page.locator("#middle_header")).to_be_visible()
