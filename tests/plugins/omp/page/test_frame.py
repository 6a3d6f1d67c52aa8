"""The page at every width, by keyboard alone, under a strict policy, and how much it asks for."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Request, Route, expect

from browser.accessibility import check_accessible
from browser.complaints import Complaints
from browser.keep import picture
from browser.objects.omp import PATH, OmpPage
from browser.pretend_site import POLICY
from browser.site_under_test import SiteUnderTest
from browser.widths import at_widths, check_fits
from omp_pages import PageSite

STOCK = ("/static/webgateway/", "/static/webclient/", "/static/3rdparty/", "/webclient/",
         "/webgateway/")  # fmt: skip
MOST_REQUESTS, MOST_BYTES = 12, 250_000


def test_at_every_width(omp: OmpPage) -> None:
    page = omp.page
    omp.choose_all("Screening May")
    for width in at_widths(page):
        picture(page, f"omp-{width}")
    for part in ("Use a language model", "Backup, undo, delete", "Settings and my data"):
        omp.unfold(part)
    expect(page.get_by_label("Provider")).to_have_value("Lab")
    for width in at_widths(page):
        check_fits(page, width)
        check_accessible(page)
        picture(page, f"omp-all-{width}")
    omp.edit("2024-05-06_HeLa_5-HT2A_1.5uM_20x_B01.ome.tif")
    for width in at_widths(page):
        assert page.get_by_role("dialog").evaluate("each => each.scrollWidth <= each.clientWidth")
        picture(page, f"omp-edit-{width}")
    check_accessible(page)


def test_values_about_to_be_replaced_stay_readable(omp: OmpPage) -> None:
    omp.choose_all("Screening May")
    omp.page.locator("#omp-steps").evaluate("steps => steps.setAttribute('aria-busy', 'true')")
    check_accessible(omp.page)
    picture(omp.page, "omp-busy")
    omp.page.emulate_media(color_scheme="dark")
    picture(omp.page, "omp-busy-dark")
    check_accessible(omp.page)


@pytest.fixture(autouse=True)
def expected(complaints: Complaints) -> None:
    # The model is asked for its list without a key, which some do not need and this one does.
    complaints.expect("409")


def tab_into(page: Page, table: str) -> None:
    """Press Tab until the focus is in a table, which is one stop."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("table => document.activeElement.closest(table) !== null", table):
            return
    raise AssertionError(f"Tab does not lead into {table}")


def test_by_keyboard_alone(omp: OmpPage) -> None:
    page = omp.page
    keys = page.keyboard
    omp.project.focus()
    # A list is chosen from by typing.
    keys.type("Scree")
    keys.press("Enter")
    expect(omp.container("plate 06")).not_to_be_checked()
    tab_into(page, ".omp-containers")
    keys.press("ControlOrMeta+a")
    omp.wait_until_read()
    # Step by step to the preview.
    page.get_by_role("link", name="Skip to the content").focus()
    tab_into(page, "#omp-table")
    # From the tick of the second image to its name.
    keys.press("ArrowDown")
    keys.press("Home")
    keys.press("ArrowRight")
    keys.press("Enter")
    dialog = page.get_by_role("dialog")
    first = dialog.get_by_label("Acquisition date")
    expect(first).to_be_focused()
    keys.press("ControlOrMeta+a")
    keys.type("2024-05-08")
    keys.press("Enter")
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("1 image with values that you edited.")).to_be_visible()
    # The focus is where it was, and what was typed is in the row.
    page.wait_for_function("document.activeElement.closest('#omp-table') !== null")
    expect(omp.table("Images").get_by_text("2024-05-08 ✎")).to_be_visible()


def test_under_a_strict_policy(visitor: Page, site: SiteUnderTest, complaints: Complaints) -> None:
    def with_policy(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(
            response=answer, headers={**answer.headers, "Content-Security-Policy": POLICY}
        )

    visitor.route(site.address(PATH), with_policy)
    omp = OmpPage(visitor, site, PATH).open_at()
    omp.choose_all("Screening May")
    expect(omp.filter("All")).to_have_text("All (40)")
    assert not complaints.unexpected()


def test_how_much_it_asks_for(visitor: Page, site: SiteUnderTest, place: PageSite) -> None:
    project = place.lab.one("select p.id from Project p where p.name = 'Screening May'", "ada")
    asked: list[Request] = []
    visitor.on("requestfinished", lambda each: asked.append(each))
    OmpPage(visitor, site, PATH).open_at(f"?project={project}").tick_all()
    ours = [each for each in asked if not urlsplit(each.url).path.startswith(STOCK)]
    # Fewer than 5000 images are compared with OMERO at once, which more images are not.
    ours = [each for each in ours if "filter=changed" not in each.url]
    told = [urlsplit(each.url).path for each in ours]
    assert len(ours) <= MOST_REQUESTS, told
    assert sum(each.sizes()["responseBodySize"] for each in ours) <= MOST_BYTES, told


def test_a_session_that_ends_loses_nothing(omp: OmpPage, complaints: Complaints) -> None:
    complaints.expect("401")
    page = omp.page
    omp.choose_all("Screening May")
    # Another test may have written these images: nothing is lost, so nothing is asked.
    omp.existing.select_option("add")
    omp.wait_until_read()
    omp.key(3).fill("Compound of this test")
    omp.wait_until_read()
    page.context.clear_cookies(name="sessionid")
    omp.write.click()
    expect(omp.session_banner).to_contain_text("Nothing on this page is lost")
    expect(omp.key(3)).to_have_value("Compound of this test")
    expect(omp.write).to_be_enabled()
