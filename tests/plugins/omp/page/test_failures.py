"""What the page says while something does not work, and how it goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, Route, expect

from browser.accessibility import check_accessible
from browser.complaints import Complaints
from browser.keep import picture
from browser.objects.login import LoginPage
from browser.objects.omp import OmpPage
from browser.site_under_test import SiteUnderTest

PROJECT = "Datasets (1)"
NAME, OTHER = "liver_01_GFP.tif", "liver_02_GFP.tif"
AWAY = "The plugin database does not answer"


@contextmanager
def without_database(page: Page, what: str, retry_after: int) -> Iterator[None]:
    """Requests are answered as while the plugin database is away."""
    answer = {"error": AWAY, "code": "database_away", "retryAfter": retry_after}
    headers = {"Retry-After": str(retry_after)}
    page.route(what, lambda route: route.fulfill(status=503, json=answer, headers=headers))
    yield
    page.unroute(what)


def test_what_could_not_be_read_is_read_later_without_a_click(
    omp: OmpPage, complaints: Complaints
) -> None:
    complaints.expect("503")
    page = omp.page
    omp.choose(PROJECT)
    with without_database(page, "**/previews/", 1):
        omp.key(1).fill("Tissue")
        failure = omp.failure("read")
        expect(failure).to_contain_text(f"The names could not be read. {AWAY}.")
        expect(failure.get_by_role("button", name="Try again")).to_be_visible()
        # What is not so is not said, in any step.
        expect(omp.summary).to_have_text("The names are not read: see step 3.")
        expect(omp.write).to_be_disabled()
        expect(page.get_by_text("Reading")).to_have_count(0)
        expect(page.get_by_text("Wait until")).to_have_count(0)
        expect(omp.table("Images")).to_be_hidden()
        picture(page, "omp-failed")
        check_accessible(page)
    omp.wait_until_read()
    expect(failure).to_be_hidden()
    expect(omp.key(1)).to_have_value("Tissue")
    expect(omp.write).to_be_enabled()
    with without_database(page, "**/rows/?filter=changed*", 60):
        omp.key(2).fill("Animal")
        expect(failure).to_contain_text("How many images would change is not known yet.")
        # What is known is shown meanwhile.
        expect(omp.cell(NAME, "Animal")).to_be_visible()
    failure.get_by_role("button", name="Try again").click()
    omp.wait_until_read()
    expect(failure).to_be_hidden()


def test_keys_survive_a_reload_while_images_cannot_be_looked_up(
    omp: OmpPage, complaints: Complaints
) -> None:
    complaints.expect("503")
    page = omp.page
    omp.choose(PROJECT)
    omp.key(1).fill("Tissue")
    omp.wait_until_read()
    with without_database(page, "**/selections/", 60):
        page.reload()
        omp.project.select_option(label=PROJECT)
        failure = omp.failure("look")
        expect(failure).to_contain_text(f"The names could not be read. {AWAY}.")
        # No step shows what belongs to other images.
        expect(omp.write).to_be_hidden()
        picture(page, "omp-failed-at-first")
        check_accessible(page)
    failure.get_by_role("button", name="Try again").click()
    omp.wait_until_read()
    expect(failure).to_be_hidden()
    expect(omp.mode("Automatic")).to_be_checked()
    expect(omp.key(1)).to_have_value("Tissue")
    expect(omp.cell(NAME, "Tissue")).to_contain_text("liver")


def test_after_a_new_login_the_page_goes_on(
    omp: OmpPage, site: SiteUnderTest, complaints: Complaints
) -> None:
    complaints.expect("401")
    page = omp.page
    omp.choose(PROJECT)
    page.context.clear_cookies(name="sessionid")
    omp.key(1).fill("Tissue")
    failure = omp.failure("read")
    expect(failure).to_contain_text("You are logged out. Log in again")
    expect(omp.summary).to_have_text("The names are not read: see step 3.")
    picture(page, "omp-logged-out")
    check_accessible(page)
    # In another tab.
    tab = page.context.new_page()
    LoginPage(tab, site).log_in_at_once()
    tab.close()
    omp.session_banner.get_by_role("button", name="I am logged in").click()
    omp.wait_until_read()
    expect(failure).to_be_hidden()
    expect(omp.key(1)).to_have_value("Tissue")
    expect(omp.write).to_be_enabled()


def test_changes_of_values_wait_for_each_other(omp: OmpPage, complaints: Complaints) -> None:
    complaints.expect("503")
    page = omp.page
    omp.choose(PROJECT)
    omp.key(2).fill("Animal")
    omp.wait_until_read()
    held: list[Route] = []
    page.route("**/values/", lambda route: held.append(route))
    omp.type_value(NAME, "Animal", "17")
    expect(omp.write).to_be_disabled()
    expect(omp.summary).to_have_text("Your changes are not stored yet: see step 3.")
    omp.type_value(OTHER, "Animal", "18")
    # The first one again, before anything is stored: what was typed is there.
    dialog = omp.edit(NAME)
    expect(dialog.get_by_label("Animal", exact=True)).to_have_value("17")
    page.keyboard.press("Escape")
    # Another name for the variable takes the values along.
    omp.key(2).fill("Mouse")
    assert len(held) == 1, "one change at a time"
    with without_database(page, "**/values/", 1):
        held[0].fulfill(status=503, json={"error": AWAY, "code": "database_away"})
        expect(omp.failure("read")).to_contain_text(AWAY)
        expect(omp.write).to_be_disabled()
    omp.wait_until_read()
    expect(omp.cell(NAME, "Mouse")).to_have_text("+ 17 ✎")
    expect(omp.cell(OTHER, "Mouse")).to_have_text("+ 18 ✎")
    expect(page.get_by_text("2 images with values that you edited.")).to_be_visible()
    expect(omp.write).to_be_enabled()
