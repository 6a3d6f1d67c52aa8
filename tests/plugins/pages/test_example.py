"""The example plugin inside OMERO.web: what a user does there, on a local site or a cluster's."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from browser.accessibility import check_accessible
from browser.complaints import Complaints
from browser.keep import picture
from browser.objects.data import Data
from browser.objects.login import LoginPage
from browser.objects.plugin import PluginPage
from browser.objects.webclient import WebclientPage
from browser.pretend_site import POLICY
from browser.site_under_test import SiteUnderTest
from browser.widths import at_widths, check_fits

EVIL = "<img src=x onerror=\"document.title='broken'\">"
PATH = "omeroweb_example/"


@pytest.fixture
def names(visitor: Page, site: SiteUnderTest) -> Iterator[list[str]]:
    """Three datasets of the visitor, with names that no other test has."""
    mark = uuid.uuid4().hex[:8]
    wanted = [f"{mark} heart", f"{mark} Kidney", f"{mark} liver {EVIL}"]
    data = Data(visitor, site)
    made = [data.make_dataset(name) for name in wanted]
    yield wanted
    # The test may have logged the visitor out.
    LoginPage(visitor, site).log_in_at_once()
    for dataset in made:
        data.delete_dataset(dataset)


@pytest.fixture
def example(visitor: Page, site: SiteUnderTest) -> PluginPage:
    return PluginPage(visitor, site, PATH).open()


def find(example: PluginPage, text: str) -> None:
    """Type into the search field and wait for the answer."""
    with example.page.expect_response(
        lambda each: "/datasets/?" in each.url and "text=" in each.url
    ):
        example.page.get_by_label("Name contains").fill(text)


def test_it_is_in_the_menu(page: Page, site: SiteUnderTest, complaints: Complaints) -> None:
    # OMERO.web's own pages: what they complain about is not this test's matter.
    complaints.expect("")
    LoginPage(page, site).open().log_in()
    WebclientPage(page, site).top_link("Example").click()
    expect(PluginPage(page, site, PATH).heading).to_have_text("Your datasets")


def test_the_header_is_omeros(example: PluginPage, site: SiteUnderTest) -> None:
    links = WebclientPage(example.page, site)
    assert {"Data", "Example"} <= set(links.top_links())
    expect(links.top_link("Example")).to_have_attribute("aria-current", "page")
    expect(example.page.locator("#logo")).to_have_accessible_name("OMERO.web")
    expect(example.page.locator("html")).to_have_attribute("lang", "en")


def test_the_users_menu(example: PluginPage, site: SiteUnderTest) -> None:
    page = example.page
    menu = page.locator(".op-user")
    menu.locator("summary").press("Enter")
    expect(menu.get_by_role("link", name="User settings")).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu.get_by_role("link", name="User settings")).to_be_hidden()
    expect(menu.locator("summary")).to_be_focused()
    menu.locator("summary").press("Enter")
    # A list that is still on its way would be refused after the end of the session.
    page.wait_for_load_state("networkidle")
    menu.get_by_role("button", name="Log out").click()
    expect(page.get_by_label("Password")).to_be_visible()


def test_by_keyboard_alone(example: PluginPage, names: list[str]) -> None:
    page = example.page
    page.reload()
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Help").last).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Name contains")).to_be_focused()
    page.keyboard.type(names[0])
    expect(example.table("Datasets")).to_have_attribute("aria-rowcount", "2")
    # The first letters have found it alone; the answer to the last one draws the row anew.
    page.wait_for_load_state("networkidle")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    count = page.get_by_role("button", name="Count images")
    expect(count).to_be_enabled()
    page.keyboard.press("Shift+Tab")
    expect(count).to_be_focused()
    page.keyboard.press("Enter")
    expect(example.job("Counting images").get_by_text("Done", exact=True)).to_be_visible()


def test_a_search_without_result(example: PluginPage) -> None:
    find(example, "no dataset is called like this")
    expect(example.page.get_by_role("heading", name="No such dataset")).to_be_visible()
    check_accessible(example.page)


def test_names_are_sorted_as_people_read_them(example: PluginPage, names: list[str]) -> None:
    find(example, names[0][:8])
    cells = example.table("Datasets").locator("[aria-colindex='2'] > :is(a, span)")
    expect(cells).to_have_text(names)
    example.page.get_by_role("button", name="Name").click()
    expect(cells).to_have_text(names[::-1])
    # A name that looks like markup is text, and the page is as it was.
    expect(example.page).to_have_title("Your datasets")


def test_a_job_from_start_to_end(example: PluginPage, names: list[str]) -> None:
    page = example.page
    find(example, names[0][:8])
    count = page.get_by_role("button", name="Count images")
    expect(count).to_be_disabled()
    for name in names[:2]:
        example.row("Datasets", name).get_by_role("checkbox").check()
    expect(page.get_by_text("2 selected")).to_be_visible()
    with page.expect_request(lambda each: each.url.endswith("/count/")) as sent:
        count.click()
    assert sent.value.all_headers()["x-csrftoken"]
    job = example.job("Counting images")
    expect(job.get_by_text("Done", exact=True)).to_be_visible(timeout=120_000)
    expect(job.get_by_text("Images found: 0")).to_be_visible()
    # What has ended is still there after a reload, until it is dismissed.
    page.reload()
    expect(job.get_by_text("2 of 2 datasets")).to_be_visible()
    shown = page.locator("op-progress").count()
    job.get_by_text("Log", exact=True).click()
    expect(job.get_by_role("log")).to_contain_text("2 of 2 datasets: 0 images")
    job.get_by_role("button", name="Dismiss").click()
    expect(page.locator("op-progress")).to_have_count(shown - 1)


def test_a_session_that_ends_loses_nothing(
    example: PluginPage, names: list[str], site: SiteUnderTest, complaints: Complaints
) -> None:
    complaints.expect("401")
    page = example.page
    find(example, names[0][:8])
    example.row("Datasets", names[0]).get_by_role("checkbox").check()
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Name").click()
    expect(example.session_banner).to_contain_text("Nothing on this page is lost")
    expect(example.row("Datasets", names[0])).to_be_visible()
    check_accessible(page)
    picture(page, "session-lost")
    with page.context.expect_page() as opened:
        example.session_banner.get_by_role("link", name="Log in again").click()
    LoginPage(opened.value, site).log_in()
    opened.value.close()
    page.bring_to_front()
    example.session_banner.get_by_role("button", name="I am logged in").click()
    expect(example.session_banner).to_have_count(0)
    expect(page.get_by_text("1 selected")).to_be_visible()
    expect(page.get_by_label("Name contains")).to_have_value(names[0][:8])
    # The new login brought a new token, and the page uses it.
    page.get_by_role("button", name="Count images").click()
    expect(example.job("Counting images")).to_be_visible()


def test_the_page_lives_under_a_strict_policy(
    visitor: Page, site: SiteUnderTest, complaints: Complaints
) -> None:
    # In the browser, because it alone may know the site's name.
    browser = visitor.context.new_cdp_session(visitor)
    stage = {"urlPattern": site.address(PATH), "requestStage": "Response"}
    browser.send("Fetch.enable", {"patterns": [stage]})
    policy = {"name": "Content-Security-Policy", "value": POLICY}
    answered: list[int] = []

    def add_policy(paused: dict[str, Any]) -> None:
        answered.append(paused["responseStatusCode"])
        request = {"requestId": paused["requestId"]}
        answer = browser.send("Fetch.getResponseBody", request)
        assert answer["base64Encoded"]
        how = {
            "responseCode": paused["responseStatusCode"],
            "responseHeaders": [*paused["responseHeaders"], policy],
            "body": answer["body"],
        }
        browser.send("Fetch.fulfillRequest", request | how)

    browser.on("Fetch.requestPaused", add_policy)
    page = PluginPage(visitor, site, PATH).open()
    assert answered == [200]
    # Its modules have run, and nothing was complained about.
    expect(page.table("Datasets")).to_be_visible()
    expect(visitor.locator("html")).to_have_attribute("lang", "en")
    # The policy is in force.
    assert not complaints.unexpected()
    complaints.expect("Executing inline script violates")
    assert not visitor.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "document.body.dataset.inline = 1";
          document.head.append(script);
          return "inline" in document.body.dataset;
        }"""
    )


def test_the_modules_come_in_two_files(visitor: Page, site: SiteUnderTest) -> None:
    loaded: list[str] = []
    visitor.on("request", lambda each: loaded.append(each.url))
    PluginPage(visitor, site, PATH).open()
    modules = [url.rsplit("/", 1)[1].split(".")[0] for url in loaded if url.endswith(".js")]
    assert sorted(modules) == ["index", "page"], sorted(loaded)


def test_the_page_at_every_width(example: PluginPage, names: list[str]) -> None:
    find(example, names[0][:8])
    example.row("Datasets", names[1]).get_by_role("checkbox").check()
    for width in at_widths(example.page):
        check_fits(example.page, width)
        check_accessible(example.page)
        picture(example.page, f"example-{width}")


def test_the_help_at_every_width(visitor: Page, site: SiteUnderTest) -> None:
    help_page = PluginPage(visitor, site, "omeroweb_example/help/").open()
    expect(help_page.heading).to_have_text("Your datasets")
    toc = visitor.get_by_role("navigation", name="On this page")
    for width in at_widths(visitor):
        toc.get_by_role("link", name="Keyboard").click()
        expect(visitor.get_by_role("heading", name="Keyboard")).to_be_in_viewport()
        check_fits(visitor, width)
        check_accessible(visitor)
        picture(visitor, f"help-{width}")
