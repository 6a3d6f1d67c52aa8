"""OMERO.web's login page."""

from __future__ import annotations

from typing import Final

from playwright.sync_api import Page, expect

from browser.site_under_test import SiteUnderTest

# Send the form without showing it. The answer to a right password leads elsewhere; to a wrong one
# it is the form again.
_SEND_FORM: Final = """async ([address, user, password]) => {
  const text = await (await fetch(address)).text();
  const page = new DOMParser().parseFromString(text, "text/html");
  const fields = new URLSearchParams(new FormData(page.querySelector("form:has([name=password])")));
  fields.set("username", user);
  fields.set("password", password);
  return (await fetch(address, { method: "POST", body: fields, redirect: "manual" })).type;
}"""


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
        """Log in as the site's test user without any of OMERO.web's own pages: they are heavy.

        A page of the site sends the form, which reaches the site wherever the browser does.
        """
        self.page.goto(self.site.address("healthz/live"))
        given = [self.site.address(self.PATH), self.site.user, self.site.password]
        kind = self.page.evaluate(_SEND_FORM, given)
        assert kind == "opaqueredirect", f"{self.site.user} cannot log in on {self.site.url}"
