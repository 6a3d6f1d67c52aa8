"""Coming, changing the group, looking at colleagues, leaving."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from browser.keep import picture
from browser.objects.groups import GroupMenu
from browser.objects.login import LoginPage
from browser.objects.tree import DataTree
from browser.objects.webclient import WebclientPage
from browser.site_under_test import SiteUnderTest


def test_login_and_logout(page: Page, site: SiteUnderTest) -> None:
    LoginPage(page, site).open().log_in()
    expect(DataTree(page).at_level(1)).to_have_text("Ada Berger")
    expect(DataTree(page).at_level(2).first).to_be_visible()
    picture(page, "web-start")
    page.locator("#show_user_dropdown").click()
    page.locator("#logout").get_by_text("Logout").click()
    expect(page.get_by_label("Password")).to_be_visible()
    page.goto(site.address("webclient/"))
    expect(page.get_by_label("Password")).to_be_visible()


def test_a_wrong_password(page: Page, site: SiteUnderTest) -> None:
    LoginPage(page, site).open()
    page.get_by_label("Username").fill(site.user)
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Login").click()
    expect(page.get_by_text("Connection not available")).to_be_visible()
    picture(page, "web-wrong-password")


def test_another_group_and_a_colleague(visitor: Page, site: SiteUnderTest) -> None:
    WebclientPage(visitor, site).open()
    tree, menu = DataTree(visitor), GroupMenu(visitor)
    expect(menu.button).to_contain_text("imaging-core")
    expect(tree.named("Golgi dynamics")).to_be_visible()
    menu.choose("cell-biology", "Ben Castro")
    expect(menu.button).to_contain_text("cell-biology")
    expect(tree.at_level(1)).to_have_text("Ben Castro")
    expect(tree.at_level(2).first).to_be_visible()
    expect(tree.named("test_ada")).to_have_count(0)
    picture(visitor, "web-colleague")
    menu.choose("cell-biology", "All Members")
    expect(tree.at_level(1)).to_contain_text("All Members")
    expect(tree.named("Orphaned Images")).to_contain_text("9")
    menu.choose("imaging-core", "Ada Berger")
    expect(menu.button).to_contain_text("imaging-core")
    expect(tree.named("Golgi dynamics")).to_be_visible()
