"""The example plugin inside OMERO.web: what a user does there."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from browser.accessibility import check_accessible
from browser.complaints import Complaints
from browser.fixtures import WIDTHS
from browser.keep import picture
from browser.objects.plugin import PluginPage
from browser.objects.webclient import WebclientPage
from browser.site_under_test import SiteUnderTest


@pytest.fixture
def example(visitor: Page, site: SiteUnderTest) -> PluginPage:
    return PluginPage(visitor, site, "omeroweb_example/").open()


def test_it_is_in_the_menu(visitor: Page, site: SiteUnderTest, complaints: Complaints) -> None:
    # OMERO.web's own page; what it complains about is not this test's matter.
    complaints.expect("")
    WebclientPage(visitor, site).open().top_link("Example").click()
    expect(PluginPage(visitor, site, "").heading).to_have_text("Your datasets")


def test_the_header_is_omeros(example: PluginPage, site: SiteUnderTest) -> None:
    links = WebclientPage(example.page, site)
    assert {"Data", "Example", "Admin"} <= set(links.top_links())
    expect(links.top_link("Example")).to_have_attribute("aria-current", "page")
    expect(example.page.locator("#logo")).to_have_accessible_name("OMERO.web")


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_at_every_width(example: PluginPage, width: int) -> None:
    expect(example.table("Datasets")).to_be_visible()
    expect(example.page.locator(".op-table-foot")).to_contain_text("row")
    assert example.page.evaluate("document.documentElement.scrollWidth") <= width
    check_accessible(example.page)
    picture(example.page, f"example-{width}")


@pytest.mark.parametrize("width", WIDTHS)
def test_the_help_at_every_width(visitor: Page, site: SiteUnderTest, width: int) -> None:
    help_page = PluginPage(visitor, site, "omeroweb_example/help/").open()
    expect(help_page.heading).to_have_text("Your datasets")
    toc = visitor.get_by_role("navigation", name="On this page")
    toc.get_by_role("link", name="Keyboard").click()
    expect(visitor.get_by_role("heading", name="Keyboard")).to_be_in_viewport()
    assert visitor.evaluate("document.documentElement.scrollWidth") <= width
    check_accessible(visitor)
    picture(visitor, f"help-{width}")
