"""Logging in to a site as a person would."""

from __future__ import annotations

import re
import time

from playwright.sync_api import Page, expect

from site_ring.installation import Site

# The main page fetches the scripts of all applications before it draws its tree; on two busy cores
# and with pods that have just started this takes more than the five seconds of Playwright.
MS_TO_BE_DRAWN = 60_000
# An ingress controller hears of a new pod a moment after Kubernetes calls it ready.
SECONDS_TO_BE_REACHED = 60


def visit(page: Page, address: str, shows: str) -> None:
    """Go to a page; until the ingress controller knows the way, try again.

    Args:
        page: The browser's page.
        address: Where to go.
        shows: What is there, as a selector.
    """
    until = time.monotonic() + SECONDS_TO_BE_REACHED
    while True:
        page.goto(address)
        if page.locator(shows).count() or time.monotonic() > until:
            break
        page.wait_for_timeout(500)
    expect(page.locator(shows)).to_be_visible(timeout=MS_TO_BE_DRAWN)


def open_login(page: Page, site: Site) -> None:
    """Go to the login page."""
    visit(page, f"{site.url}webclient/login/", "#id_username")


def fill_in(page: Page, user: str, password: str) -> None:
    """Send the form."""
    page.locator("#id_username").fill(user)
    page.locator("#id_password").fill(password)
    page.get_by_role("button", name="Login").click()


def log_in(page: Page, site: Site) -> None:
    """Log in as root and wait for OMERO.web's main page."""
    open_login(page, site)
    fill_in(page, "root", site.root_password)
    page.wait_for_url(re.compile(r"/webclient/$"))
    expect(page.locator("#dataTree")).to_be_visible(timeout=MS_TO_BE_DRAWN)
