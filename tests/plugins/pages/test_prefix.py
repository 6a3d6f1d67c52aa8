"""A site below a path, such as /omero: links, modules, jobs; and pages that only a probe has."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

import local_services
from browser.accessibility import check_accessible
from browser.complaints import Complaints
from browser.keep import picture
from browser.objects.data import Data
from browser.objects.login import LoginPage
from browser.objects.plugin import PluginPage
from browser.site_under_test import SiteUnderTest
from browser.widths import at_widths, check_fits
from local_services import Site
from people import Person
from plugin_site import Worker
from whole_site import WholeSite

PREFIX = "/omero"


@pytest.fixture(scope="module")
def prefixed(whole: WholeSite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The shared site a second time, below a path."""
    folder = tmp_path_factory.mktemp("prefixed")
    with local_services.web_beside(whole.site, folder, PUBLIC_URL=f"{PREFIX}/") as beside:
        yield beside


@pytest.fixture
def site(prefixed: Site, worker: Worker, person: Person) -> SiteUnderTest:
    return SiteUnderTest(f"{prefixed.url}{PREFIX}", person.name, person.password, prefixed)


def test_nothing_leaves_the_prefix(visitor: Page, site: SiteUnderTest) -> None:
    Data(visitor, site).make_dataset("Spleen")
    asked: list[str] = []
    visitor.on("request", lambda each: asked.append(each.url))
    page = PluginPage(visitor, site, "omeroweb_example/").open()
    page.row("Datasets", "Spleen").get_by_role("checkbox").check()
    visitor.get_by_role("button", name="Count images").click()
    expect(page.job("Counting images").get_by_text("Done", exact=True)).to_be_visible()
    page.job("Counting images").get_by_text("Log", exact=True).click()
    expect(page.job("Counting images").get_by_role("log")).to_contain_text("1 of 1 datasets")
    pages = [url for url in asked if not url.startswith("blob:")]
    assert pages
    assert not [url for url in pages if not url.startswith(f"{site.url}/")]


def test_the_login_of_the_banner_is_below_the_prefix(
    visitor: Page, site: SiteUnderTest, complaints: Complaints
) -> None:
    complaints.expect("401")
    page = PluginPage(visitor, site, "omeroweb_example/").open()
    visitor.context.clear_cookies(name="sessionid")
    visitor.get_by_role("button", name="Created").click()
    with visitor.context.expect_page() as opened:
        page.session_banner.get_by_role("link", name="Log in again").click()
    LoginPage(opened.value, site).log_in()
    opened.value.close()
    page.session_banner.get_by_role("button", name="I am logged in").click()
    expect(page.session_banner).to_have_count(0)


def test_omeros_own_answer_to_a_lost_session_is_understood(
    visitor: Page, site: SiteUnderTest
) -> None:
    """OMERO.web sends to its login page where our views say 401."""
    page = PluginPage(visitor, site, "omeroweb_example/").open()
    visitor.context.clear_cookies(name="sessionid")
    status = visitor.evaluate(
        """async (address) => {
          const { getJSON } = await import("/omero/static/omero_plugin_common/js/api.js");
          return getJSON(address).catch((error) => error.status);
        }""",
        site.address("webclient/api/groups/"),
    )
    assert status == 401
    expect(page.session_banner).to_be_visible()


def test_an_error_page(visitor: Page, site: SiteUnderTest) -> None:
    page = PluginPage(visitor, site, "omeroweb_probe/error/").open()
    expect(page.heading).to_have_text("This list cannot be shown")
    expect(page.main).to_contain_text("The list <3> belongs to somebody else.")
    expect(page.main).to_contain_text("Code: forbidden · Request: 1a2b3c")
    for width in at_widths(visitor):
        check_fits(visitor, width)
        check_accessible(visitor)
        picture(visitor, f"error-{width}")
    visitor.get_by_role("link", name="Back to your data").focus()
    expect(visitor.get_by_role("link", name="Back to your data")).to_be_in_viewport()


def test_an_empty_state(visitor: Page, site: SiteUnderTest) -> None:
    page = PluginPage(visitor, site, "omeroweb_probe/empty/").open()
    expect(page.main.get_by_role("heading", name="No lists yet")).to_be_visible()
    expect(page.main).to_contain_text("A list collects images <you> want to find again.")
    expect(page.main.get_by_role("link", name="New list")).to_have_attribute(
        "href", f"{PREFIX}/webclient/"
    )
    for width in at_widths(visitor):
        check_accessible(visitor)
        picture(visitor, f"empty-{width}")
