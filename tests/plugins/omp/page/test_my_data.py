"""Variable sets, settings, and what the plugin stores about a user."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from browser.accessibility import check_accessible
from browser.complaints import Complaints
from browser.keep import picture
from browser.objects.omp import OmpPage, log_in_as
from browser.site_under_test import SiteUnderTest
from omp_site import PLUGIN


def save_set(omp: OmpPage, name: str, group: str = "") -> None:
    """Save step 2 as a set."""
    omp.page.get_by_role("button", name="Save as a set…").click()
    dialog = omp.page.get_by_role("dialog", name="Save as a set")
    dialog.get_by_label("Name").fill(name)
    if group:
        dialog.get_by_label("Who may use it").select_option(label=group)
    dialog.get_by_role("button", name="Save").click()


def test_a_set_is_saved_shared_loaded_overwritten_and_deleted(
    omp: OmpPage, site: SiteUnderTest, complaints: Complaints
) -> None:
    complaints.expect("409")
    page = omp.page
    omp.choose_all("Screening May")
    omp.key(3).fill("Compound")
    omp.wait_until_read()
    save_set(omp, "HeLa plates", "Members of Imaging lab may load it")
    expect(page.get_by_text("“HeLa plates” is saved")).to_be_visible()
    # Overwriting asks.
    omp.key(3).fill("Drug")
    omp.wait_until_read()
    save_set(omp, "HeLa plates", "Members of Imaging lab may load it")
    question = page.get_by_role("dialog", name="Overwrite the set?")
    expect(question).to_contain_text("already")
    question.get_by_role("button", name="Overwrite").click()
    expect(page.get_by_text("“HeLa plates” is saved").nth(1)).to_be_visible()

    # A colleague of the group loads it, and cannot delete it.
    log_in_as(page, site, "ben", "ben")
    colleague = OmpPage(page, site, f"{PLUGIN}/").open_at()
    colleague.choose("Ben's imaging lab")
    page.get_by_role("button", name="Saved sets…").click()
    sets = page.get_by_role("dialog", name="Saved sets")
    expect(sets).to_contain_text("of ada")
    picture(page, "omp-sets")
    check_accessible(page)
    expect(sets.get_by_role("button", name="Delete HeLa plates")).to_have_count(0)
    sets.get_by_role("button", name="Load HeLa plates").click()
    expect(colleague.key(3)).to_have_value("Drug")

    log_in_as(page, site, "ada", "ada")
    omp.open_at().choose_all("Screening May")
    page.get_by_role("button", name="Saved sets…").click()
    sets.get_by_role("button", name="Delete HeLa plates").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    expect(sets.get_by_text("HeLa plates")).to_have_count(0)


def test_settings_are_there_in_another_browser(omp: OmpPage) -> None:
    page = omp.page
    omp.unfold("Settings and my data")
    page.get_by_label("How names are read by default").select_option("separators")
    page.locator("#omp-set-separators").fill("_")
    page.locator("#omp-set-existing").select_option("add")
    page.get_by_label("Keys to suggest").fill("Cell line\nDose\n")
    page.get_by_role("button", name="Save settings").click()
    expect(page.get_by_text("Your settings are saved")).to_be_visible()
    omp.open_at()
    expect(omp.existing).to_have_value("add")
    assert page.locator("#omp-offered option[data-own]").count() == 2
    omp.choose_all("Screening May")
    expect(omp.mode("Cut at these signs")).to_be_checked()
    expect(omp.pattern).to_have_value("_")

    # With everything deleted, they are as at first.
    omp.unfold("Settings and my data")
    check_accessible(page)
    page.get_by_role("button", name="Delete everything…").click()
    dialog = page.get_by_role("alertdialog", name="Delete everything?")
    dialog.get_by_label("Type DELETE to confirm").fill("DELETE")
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Everything is deleted")).to_be_visible()
    expect(page.get_by_label("How names are read by default")).to_have_value("detect")
    # The selection went as well, so it is made anew.
    omp.wait_until_read()
    expect(omp.filter("All")).to_have_text("All (40)")


def test_the_help_is_one_click_away(omp: OmpPage, visitor: Page) -> None:
    visitor.locator("main").get_by_role("link", name="Help").click()
    expect(visitor.get_by_role("heading", name="Who owns which pairs")).to_be_visible()
    check_accessible(visitor)
