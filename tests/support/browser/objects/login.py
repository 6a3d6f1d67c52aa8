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

    def log_in_at_once(self) -> None:
        """Log in as the site's test user without showing a page: the context gets the cookies."""
        address = self.site.address(self.PATH)
        asked = self.page.request
        assert asked.get(address).ok
        [token] = [
            cookie["value"]
            for cookie in self.page.context.cookies(self.site.url)
            if cookie["name"] == "csrftoken"
        ]
        form = {
            "username": self.site.user,
            "password": self.site.password,
            "server": "1",
            "csrfmiddlewaretoken": token,
        }
        # What follows is OMERO.web's main page, which is none of this.
        answer = asked.post(address, form=form, headers={"Referer": address}, max_redirects=0)
        assert answer.status == 302, f"{self.site.user} cannot log in: {answer.status}"
