"""What is on images already: kept, replaced, saved and put back, deleted; and who may do so."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from browser.accessibility import check_accessible
from browser.complaints import Complaints
from browser.keep import picture
from browser.objects.omp import OmpPage, log_in_as
from browser.site_under_test import SiteUnderTest
from omp_pages import PageSite
from omp_site import PLUGIN

NAME = "liver_01_GFP.tif"
TYPED = {"Stain": "anti-GFP"}


def prepare(omp: OmpPage, place: PageSite) -> list[int]:
    """A typed set on the first image, nothing on the others; the page open at them."""
    images = place.bare_images()
    place.lab.annotate("ada", images[:1], TYPED)
    omp.choose("Datasets (1)")
    for number, name in enumerate(("Organ", "Number", "Stain"), 1):
        omp.key(number).fill(name)
    omp.wait_until_read()
    return images


def confirm(omp: OmpPage, word: str, button: str) -> None:
    """Answer the question before others' pairs go."""
    page = omp.page
    dialog = page.get_by_role("alertdialog")
    go = dialog.get_by_role("button", name=button)
    expect(go).to_be_disabled()
    dialog.get_by_label("Your OMERO password").fill("ada")
    expect(go).to_be_disabled()
    dialog.get_by_label(f"Type {word} to confirm").fill(word)
    expect(go).to_be_enabled()
    go.click()


def test_what_each_way_would_do_is_shown_first(omp: OmpPage, place: PageSite) -> None:
    prepare(omp, place)
    # Two sets stand beside each other.
    expect(omp.cell(NAME, "Stain")).to_have_text("anti-GFP → anti-GFP, GFP")
    # When all pairs stay, a key gets no second value unless it is asked for.
    page = omp.page
    omp.existing.select_option("add")
    omp.wait_until_read()
    expect(page.get_by_text("Stain: 1 image has another value.")).to_be_visible()
    expect(omp.cell(NAME, "Stain")).to_have_text("anti-GFP")
    picture(page, "omp-doubled")
    check_accessible(page)
    page.get_by_role("radio", name="List both values").check()
    omp.wait_until_read()
    expect(omp.cell(NAME, "Stain")).to_have_text("anti-GFP → anti-GFP, GFP")
    page.get_by_role("radio", name="Replace it").check()
    omp.wait_until_read()
    expect(omp.cell(NAME, "Stain")).to_have_text("anti-GFP → GFP")
    expect(omp.summary).to_contain_text("except for other values of these keys")
    omp.write.click()
    question = page.get_by_role("alertdialog", name="Overwrite 1 pair?")
    question.get_by_role("button", name="Cancel").click()
    omp.existing.select_option("replace_all")
    omp.wait_until_read()
    expect(page.get_by_text("Stain: 1 image has another value.")).to_be_hidden()
    expect(omp.cell(NAME, "Stain")).to_have_text("anti-GFP → GFP")
    expect(omp.summary).to_contain_text("All existing sets are removed.")


def test_replace_all_with_a_backup_that_restores(
    omp: OmpPage, place: PageSite, tmp_path: Path
) -> None:
    images = prepare(omp, place)
    page = omp.page
    omp.unfold("Backup, undo, delete")
    page.get_by_role("button", name="Back up").click()
    stored = omp.done("Backing up")
    expect(stored).to_contain_text("· 4 images")
    with page.expect_download() as saved:
        stored.get_by_role("link", name="Download (CSV)").click()
    saved.value.save_as(tmp_path / "backup.csv")
    assert "anti-GFP" in (tmp_path / "backup.csv").read_text(encoding="utf-8-sig")
    omp.existing.select_option("replace_all")
    omp.wait_until_read()
    omp.write.click()
    dialog = page.get_by_role("alertdialog")
    expect(dialog).to_contain_text("All key-value pairs on 4 images will be replaced")
    expect(dialog).to_contain_text("You can undo this job")
    picture(page, "omp-replace-all")
    check_accessible(page)
    confirm(omp, "REPLACE", "Replace all")
    omp.done("Writing key-value pairs")
    assert place.lab.pairs(images[0]) == [{"Organ": "liver", "Number": "01", "Stain": "GFP"}]

    page.get_by_label("Backup (CSV file)").set_input_files(tmp_path / "backup.csv")
    page.locator("#omp-restore").click()
    omp.done("Restoring a backup")
    assert TYPED in place.lab.pairs(images[0])

    # When its card is gone, the backup is still there.
    omp.unfold("Earlier jobs")
    line = page.locator("op-job-history li").filter(has_text="Backing up · Not sorted yet")
    expect(line.get_by_role("link", name="Download (CSV)")).to_be_visible()
    picture(page, "omp-earlier-jobs")
    line.get_by_role("button", name="Restore").click()
    question = page.get_by_role("dialog", name="Restore this backup?")
    expect(question).to_contain_text("Not sorted yet · 4 images, stored ")
    question.get_by_role("button", name="Restore").click()
    expect(omp.done("Restoring a backup")).to_contain_text("Not sorted yet · 4 images · stored ")


def test_what_is_renamed_or_removed_is_seen_and_confirmed(omp: OmpPage, place: PageSite) -> None:
    images = prepare(omp, place)
    page = omp.page
    # Nothing is lost, so nothing is asked.
    omp.write.click()
    omp.done("Writing key-value pairs")
    expect(omp.summary).to_contain_text("Nothing would change")
    # All of them were written from here; ticked again, they are as before.
    page.get_by_role("button", name="Only new images").click()
    expect(omp.filter("Skipped")).to_have_text("Skipped (4)")
    expect(omp.summary).to_contain_text("No image is ticked")
    picture(page, "omp-only-new")
    page.get_by_role("checkbox", name="Write all that are shown").click()
    expect(omp.filter("Skipped")).to_have_text("Skipped (0)")
    omp.wait_until_read()
    as_tags = page.get_by_role("group", name="Also as tags")
    as_tags.get_by_role("checkbox", name="Number").check()
    omp.wait_until_read()
    expect(omp.summary).to_have_text("4 tags on 4 images; hand-typed pairs stay.")
    picture(page, "omp-as-tags")
    check_accessible(page)
    omp.key(2).fill("Field")
    omp.wait_until_read()
    expect(omp.summary).to_contain_text("4 pairs renamed, 4 tags on 4 images")
    as_tags.get_by_role("checkbox", name="Field").uncheck()
    omp.wait_until_read()
    expect(omp.cell(NAME, "Field")).to_have_text("01 (was Number)")
    expect(omp.summary).to_have_text("4 pairs renamed on 4 images; hand-typed pairs stay.")

    omp.mode("Regular expression").check()
    omp.pattern.fill("^(?P<Organ>[a-z]+)_")
    omp.wait_until_read()
    expect(omp.summary).to_have_text("8 pairs removed on 4 images; hand-typed pairs stay.")
    removed = omp.cell("liver_02_GFP.tif", "Removed")
    expect(removed).to_have_text("Number: \N{MINUS SIGN} 02 · Stain: \N{MINUS SIGN} GFP")
    removed.scroll_into_view_if_needed()
    assert omp.table("Images").evaluate("table => table.scrollLeft") == 0
    omp.write.click()
    question = page.get_by_role("alertdialog", name="Remove 8 pairs?")
    expect(question).to_contain_text("8 pairs removed on 4 images; hand-typed pairs stay.")
    picture(page, "omp-removes")
    check_accessible(page)
    question.get_by_role("button", name="Cancel").click()
    assert {"Organ": "liver", "Number": "01", "Stain": "GFP"} in place.lab.pairs(images[0])
    omp.write.click()
    question.get_by_role("button", name="Write").click()
    expect(omp.summary).to_contain_text("Nothing would change", timeout=60_000)
    assert place.lab.pairs(images[0]) == [TYPED, {"Organ": "liver"}]


def test_a_new_visit_starts_with_what_was_written_last(omp: OmpPage, place: PageSite) -> None:
    images = prepare(omp, place)
    page = omp.page
    omp.edit("liver_02_GFP.tif").get_by_label("Number", exact=True).fill("two")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 image with values that you edited.")).to_be_visible()
    omp.wait_until_read()
    omp.write.click()
    omp.done("Writing key-value pairs")

    omp.open_at().choose("Datasets (1)")
    omp.expect_keys(["Organ", "Number", "Stain"])
    line = page.locator("#omp-last")
    expect(line).to_contain_text("keys that you wrote last")
    expect(line).to_contain_text("with the values typed for 1 image")
    expect(omp.summary).to_contain_text("Nothing would change")
    picture(page, "omp-again")
    check_accessible(page)
    line.get_by_role("button", name="Start over").click()
    expect(line).to_be_hidden()
    omp.wait_until_read()
    expect(omp.key(1)).not_to_have_value("Organ")
    expect(omp.summary).to_contain_text("renamed")
    # Nor does the typed value come back with a reload.
    page.reload()
    omp.choose("Datasets (1)")
    expect(omp.key(1)).not_to_have_value("Organ")
    expect(line).to_be_hidden()
    expect(page.get_by_text("with values that you edited")).to_have_count(0)
    assert {"Organ": "liver", "Number": "two", "Stain": "GFP"} in place.lab.pairs(images[1])


def test_a_wrong_password_changes_nothing(
    omp: OmpPage, place: PageSite, complaints: Complaints
) -> None:
    complaints.expect("403")
    images = prepare(omp, place)
    omp.unfold("Backup, undo, delete")
    omp.page.get_by_role("button", name="Delete all…").click()
    dialog = omp.page.get_by_role("alertdialog")
    dialog.get_by_label("Your OMERO password").fill("something else")
    dialog.get_by_label("Type DELETE to confirm").fill("DELETE")
    omp.page.keyboard.press("Enter")
    expect(omp.page.get_by_role("alert").filter(has_text="password")).to_be_visible()
    assert place.lab.pairs(images[0]) == [TYPED]


def test_deleting(omp: OmpPage, place: PageSite) -> None:
    images = prepare(omp, place)
    omp.write.click()
    omp.done("Writing key-value pairs")
    omp.unfold("Backup, undo, delete")
    check_accessible(omp.page)
    omp.page.get_by_role("button", name="Delete…").click()
    question = omp.page.get_by_role("alertdialog", name="Delete what the plugin wrote?")
    question.get_by_role("button", name="Delete").click()
    omp.done("Deleting what the plugin wrote")
    # The effect is shown at once, and what was typed is there.
    expect(omp.filter("Changing")).to_have_text("Changing (4)")
    assert [place.lab.pairs(each) for each in images] == [[TYPED], [], [], []]
    omp.page.get_by_role("button", name="Delete all…").click()
    question = omp.page.get_by_role("alertdialog", name="Delete all key-value pairs?")
    expect(question).to_contain_text("All key-value pairs on 4 images will be deleted")
    confirm(omp, "DELETE", "Delete all")
    omp.done("Deleting all key-value pairs")
    assert place.lab.sets(images) == {}


def test_acquisition_metadata(omp: OmpPage, place: PageSite) -> None:
    images = prepare(omp, place)
    omp.unfold("Acquisition metadata")
    omp.page.get_by_role("button", name="Copy", exact=True).click()
    omp.done("Copying acquisition metadata")
    assert len(place.lab.pairs(images[1])) == 1


def test_an_administrator_sees_what_can_be_written(
    page: Page, site: SiteUnderTest, place: PageSite, complaints: Complaints
) -> None:
    complaints.expect("403")
    log_in_as(page, site, "root", place.omp.site.standin.password)
    omp = OmpPage(page, site, f"{PLUGIN}/").open_at()
    expect(page.get_by_text("Only your own images.")).to_be_visible()
    page.get_by_label("Show colleagues").check()
    omp.choose_all("Screening May — Ada Demo, may edit")
    omp.unfold("Backup, undo, delete")
    page.get_by_role("button", name="Back up").click()
    expect(page.get_by_role("alert").filter(has_text="log in as their owner")).to_be_visible()
    picture(page, "omp-administrator")
    check_accessible(page)


def test_too_many_actions_say_when_to_go_on(
    omp: OmpPage, place: PageSite, complaints: Complaints
) -> None:
    complaints.expect("429")
    prepare(omp, place)
    omp.unfold("Acquisition metadata")
    copy = omp.page.get_by_role("button", name="Copy", exact=True)
    for _ in range(7):
        with omp.page.expect_response(lambda each: each.url.endswith("start_acq_job/")):
            copy.click()
    expect(omp.page.get_by_role("alert").filter(has_text="Try again in")).to_be_visible()
