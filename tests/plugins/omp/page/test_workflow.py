"""From opening the page to written metadata, as somebody does who has not read the help."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from browser.accessibility import check_accessible
from browser.complaints import Complaints
from browser.keep import picture
from browser.objects.omp import OmpPage
from omp_pages import EVIL, PageSite

FITTING = "2024-05-06_HeLa_DMSO-d6_0.1uM_20x_A01.ome.tif"
SHORT = "2024-05-07_HeLa_Taxol_20x_D01.ome.tif"
OTHER = "2024-05-07_HeLa_Taxol_20x_D02.ome.tif"
TYPED = "2024-05-06_HeLa_Taxol_10uM_20x_D01.ome.tif"
FOUND = ["Acquisition date", "Biological entity", "", "Concentration", "Magnification", "Well"]


def pairs_of(place: PageSite, name: str) -> list[dict[str, str]]:
    """The sets of the image of a name."""
    return place.lab.pairs(
        place.lab.one("select i.id from Image i where i.name = :n", "ada", n=name)
    )


def test_from_opening_to_written(omp: OmpPage, place: PageSite) -> None:
    page = omp.page
    picture(page, "omp-1-open")
    check_accessible(page)
    omp.choose_all("Screening May")
    expect(page.get_by_text("2 of 2 datasets chosen, with 40 images.")).to_be_visible()
    # All is filled in: nothing has to be typed.
    omp.expect_keys(FOUND)
    expect(omp.mode("Automatic")).to_be_checked()
    expect(omp.example(3)).to_have_text("“5-HT2A”")
    expect(omp.filter("All")).to_have_text("All (40)")
    expect(omp.filter("Not fitting")).to_have_text("Not fitting (3)")
    expect(omp.cell(FITTING, "Concentration")).to_have_text("+ 0.1uM")
    picture(page, "omp-2-read")
    check_accessible(page)

    # A name for the one that has none, and a value where a name lacks one: the others are where
    # their types belong.
    omp.key(3).fill("Compound")
    expect(omp.cell(FITTING, "Compound")).to_have_text("+ DMSO-d6")
    omp.wait_until_read()
    omp.filter("Not fitting").click()
    expect(omp.row("Images", SHORT)).to_contain_text("No value for “Concentration”.")
    expect(omp.cell(SHORT, "Well")).to_have_text("+ D01")
    dialog = omp.edit(SHORT)
    expect(dialog.get_by_label("Concentration")).to_be_focused()
    dialog.get_by_label("Concentration", exact=True).fill("10uM")
    # The dialog is longer than the window; its buttons are in sight.
    expect(dialog.get_by_role("button", name="Apply", exact=True)).to_be_in_viewport(ratio=1)
    picture(page, "omp-3-edit")
    check_accessible(page)
    page.keyboard.press("Enter")
    expect(omp.filter("Not fitting")).to_have_text("Not fitting (2)")
    expect(page.get_by_text("1 image with values that you edited.")).to_be_visible()
    omp.wait_until_read()
    # Renaming takes the typed values along.
    omp.key(4).fill("Dose")
    omp.wait_until_read()
    omp.scroll_to_end()
    expect(omp.cell(SHORT, "Dose")).to_have_text("+ 10uM ✎")

    # A name of another shape is not written unless it is ticked.
    expect(omp.misfits).to_contain_text("2 names have another shape: they are skipped.")
    expect(omp.tick(OTHER)).not_to_be_checked()
    expect(omp.summary).to_have_text("228 pairs added on 38 of 40 images; hand-typed pairs stay.")
    omp.tick(OTHER).check()
    expect(omp.misfits).to_contain_text("1 of them is skipped, the others are written as shown.")
    expect(omp.summary).to_have_text("233 pairs added on 39 of 40 images; hand-typed pairs stay.")
    picture(page, "omp-3-ticks")
    check_accessible(page)
    # Values and ticks are there after a reload.
    page.reload()
    omp.tick_all()
    expect(page.get_by_text("1 image with values that you edited.")).to_be_visible()
    omp.scroll_to_end()
    expect(omp.cell(SHORT, "Dose")).to_have_text("+ 10uM ✎")
    expect(omp.tick(OTHER)).to_be_checked()
    omp.misfits.get_by_role("button", name="Skip them").click()
    expect(omp.misfits).to_contain_text("2 names have another shape: they are skipped.")
    expect(omp.filter("Skipped")).to_have_text("Skipped (2)")
    omp.write.click()
    job = omp.done("Writing key-value pairs")
    expect(job).to_contain_text("40 of 40 images")
    expect(omp.summary).to_contain_text("Nothing would change")
    expect(omp.write).to_be_disabled()
    expect(omp.cell(FITTING, "Compound")).to_have_text("DMSO-d6")
    picture(page, "omp-4-written")
    check_accessible(page)
    with page.expect_download() as report:
        job.get_by_role("link", name="Report (CSV)").click()
    assert report.value.suggested_filename.startswith("report-")

    # What the page showed is what is on the images; what somebody typed stayed.
    assert pairs_of(place, FITTING) == [
        {"Acquisition date": "2024-05-06", "Biological entity": "HeLa", "Compound": "DMSO-d6",
         "Dose": "0.1uM", "Magnification": "20x", "Well": "A01"}
    ]  # fmt: skip
    assert pairs_of(place, SHORT)[0]["Dose"] == "10uM"
    assert pairs_of(place, SHORT)[0]["Well"] == "D01"
    assert {"Line": "HeLa Kyoto", "Checked by": "Ada"} in pairs_of(place, TYPED)
    assert len(pairs_of(place, TYPED)) == 2
    assert pairs_of(place, OTHER) == []


def test_a_pattern_that_is_refused_says_where(omp: OmpPage, complaints: Complaints) -> None:
    complaints.expect("400")
    omp.choose_all("Screening May")
    omp.mode("Regular expression").check()
    omp.pattern.fill("(?P<Line>He(?=La))_")
    expect(omp.refusal).to_contain_text("Lookahead")
    expect(omp.refusal).to_contain_text("^")
    expect(omp.pattern).to_have_attribute("aria-invalid", "true")
    expect(omp.write).to_be_disabled()
    # Each step says what it waits for.
    expect(omp.page.get_by_text("Correct the expression first")).to_be_visible()
    expect(omp.summary).to_have_text("Correct the pattern in step 2 first.")
    expect(omp.page.get_by_text("Reading")).to_have_count(0)
    picture(omp.page, "omp-refused")
    check_accessible(omp.page)
    # One that fits no name is said to be so, and nothing can be written.
    omp.pattern.fill("(?P<Line>Vero)_")
    omp.wait_until_read()
    expect(omp.page.get_by_text("No piece was found.")).to_be_visible()
    expect(omp.summary).to_contain_text("No name has a value")
    expect(omp.write).to_be_disabled()
    omp.pattern.fill("(?P<Line>HeLa)_(?P<Drug>[^_]+)")
    omp.wait_until_read()
    expect(omp.refusal).to_be_hidden()
    omp.expect_keys(["Line", "Drug"])
    # Back to what was found: pieces that stay have the keys that were typed for them.
    omp.mode("Automatic").check()
    omp.wait_until_read()
    omp.expect_keys([FOUND[0], "Line", "Drug", *FOUND[3:]])


def test_other_separators_keep_the_names_of_parts_that_stay(omp: OmpPage) -> None:
    omp.choose("Datasets (1)")
    omp.key(1).fill("Organ")
    omp.wait_until_read()
    omp.mode("Cut at these signs").check()
    omp.pattern.fill("_.")
    omp.wait_until_read()
    expect(omp.key(1)).to_have_value("Organ")


def test_in_a_project_of_several_datasets_none_is_ticked(omp: OmpPage) -> None:
    hint = omp.page.get_by_text("Tick a dataset to read the names")
    omp.project.select_option(label="Screening May")
    expect(hint).to_be_visible()
    for name in ("plate 06", "plate 07"):
        expect(omp.container(name)).not_to_be_checked()
    expect(omp.write).to_be_hidden()
    omp.container("plate 07").check()
    omp.wait_until_read()
    expect(omp.filter("All")).to_have_text("All (21)")
    omp.container("plate 07").uncheck()
    expect(hint).to_be_visible()
    expect(omp.write).to_be_hidden()


def test_a_plate(omp: OmpPage) -> None:
    omp.choose("Compound screen")
    expect(omp.page.get_by_text("1 of 1 plate chosen, with 6 images.")).to_be_visible()
    expect(omp.filter("All")).to_have_text("All (6)")
    # What OMERO knows of images in plates is offered, and written with the rest.
    known = omp.page.get_by_role("group", name="Also write what OMERO knows")
    expect(known.get_by_label("Dataset")).to_be_hidden()
    for label in ("Screen", "Row", "Field"):
        known.get_by_label(label, exact=True).check()
        omp.wait_until_read()
    table = omp.table("Images")
    for column in ("Screen", "Row", "Field"):
        expect(table.get_by_role("columnheader", name=column, exact=True)).to_be_attached()
    expect(table).to_contain_text("+ Compound screen")
    # What all images of a plate have can be written to the plate.
    target = omp.page.get_by_label("Write to", exact=True)
    target.select_option("plates")
    omp.wait_until_read()
    expect(table).to_contain_text(" · Plate 7: Plate, Screen")
    picture(omp.page, "omp-known")
    check_accessible(omp.page)
    # A reload loses none of it.
    omp.page.reload()
    omp.wait_until_read()
    expect(known.get_by_label("Screen", exact=True)).to_be_checked()
    expect(target).to_have_value("plates")
    expect(table).to_contain_text("+ Compound screen")
    omp.choose("Datasets (1)")
    expect(known.get_by_label("Screen", exact=True)).to_be_hidden()
    expect(target).to_be_hidden()
    known.get_by_label("Project", exact=True).check()
    expect(known).to_contain_text("OMERO has nothing of these images for: Project.")


def test_names_that_look_like_markup_are_text(omp: OmpPage) -> None:
    omp.choose(f"Odd names {EVIL}")
    expect(omp.container(EVIL)).to_be_checked()
    expect(omp.table("Images")).to_contain_text(EVIL)
    omp.table("Images").get_by_role("row").nth(1).get_by_role("button").click()
    expect(omp.page.get_by_role("dialog")).to_contain_text("<img src=x")
    expect(omp.page).to_have_title("Metadata from file names")
    assert omp.page.locator("main img:not(.op-cell-picture), dialog img").count() == 0


def test_the_address_opens_the_same_project(omp: OmpPage) -> None:
    omp.choose_all("Screening May")
    expect(omp.page).to_have_url(re.compile(r"\?project=\d+$"))
    omp.page.reload()
    expect(omp.container("plate 06")).to_be_visible()


def test_an_address_chooses_datasets_and_images(omp: OmpPage, place: PageSite) -> None:
    plates = [
        place.lab.one("select d.id from Dataset d where d.name = :n", "ada", n=name)
        for name in ("plate 06", "plate 07", "Not sorted yet")
    ]
    images = place.lab.images_of(plates[2])[:2]
    # In its project, with what else is there.
    omp.open_at(f"?dataset={plates[1]}")
    omp.wait_until_read()
    expect(omp.container("plate 07")).to_be_checked()
    expect(omp.container("plate 06")).not_to_be_checked()
    # From several places, with one that cannot be seen.
    omp.open_at(f"?dataset={plates[0]}&image={images[0]}&image={images[1]}&dataset=999999")
    omp.wait_until_read()
    expect(omp.page.get_by_text("2 of 2 rows chosen, with 21 images.")).to_be_visible()
    expect(omp.page.get_by_text("Dataset 999999: named by the address")).to_be_visible()
    expect(omp.table("Named by the address")).to_contain_text("Screening May")
    picture(omp.page, "omp-address")
    check_accessible(omp.page)
    # Another choice takes its place, and the card of a job leads to the images in OMERO.web.
    omp.choose("Datasets (1)")
    expect(omp.page).not_to_have_url(re.compile("dataset="))
    omp.write.click()
    link = omp.done("Writing key-value pairs").get_by_role("link", name="See in OMERO.web")
    with omp.page.context.expect_page() as shown:
        link.click()
    expect(shown.value).to_have_url(re.compile(rf"/webclient/\?show=dataset-{plates[2]}"))


def test_colleagues_and_what_they_allow(omp: OmpPage, visitor: Page) -> None:
    shown = omp.page.get_by_label("Show colleagues")
    expect(omp.project).not_to_contain_text("Ben's")
    with visitor.expect_response(lambda each: each.url.endswith("user-settings/save/")):
        shown.check()
    for label in ("may edit", "may annotate", "view only"):
        expect(omp.project).to_contain_text(f"Ben Demo, {label}")
    closed = omp.project.locator("option", has_text="view only")
    assert closed.evaluate("option => option.disabled")
    picture(visitor, "omp-colleagues")
    check_accessible(visitor)
    # It is kept on the server, so it is the same in any browser.
    omp.open_at()
    expect(shown).to_be_checked()
    omp.choose("Ben's imaging lab — Ben Demo, may annotate")
    expect(
        visitor.get_by_text("You may add key-value pairs; sets that others wrote stay.")
    ).to_be_visible()
    with visitor.expect_response(lambda each: each.url.endswith("user-settings/save/")):
        shown.uncheck()


def test_a_project_without_datasets(omp: OmpPage) -> None:
    omp.project.select_option(label="Nothing imported yet")
    expect(omp.page.get_by_role("heading", name="No datasets in it")).to_be_visible()
    picture(omp.page, "omp-empty")
    check_accessible(omp.page)


def test_values_from_a_csv_file(omp: OmpPage, tmp_path: Path) -> None:
    page = omp.page
    omp.choose("Datasets (1)")
    omp.key(1).fill("Organ")
    omp.wait_until_read()
    file = tmp_path / "compounds.csv"
    wells = "\n".join(f"liver_0{at}_GFP;DMSO;{at} uM" for at in (1, 2, 9))
    file.write_text(f"\ufeffSample;Drug;Dose\n{wells}\n")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Values from a CSV file…").click()
    chooser.value.set_files(file)
    dialog = page.get_by_role("dialog", name="Values from “compounds.csv”")
    expect(dialog).to_contain_text("2 of 3 rows match, by names of images in “Sample”.")
    expect(dialog).to_contain_text("1 row matches no image: liver_09_GFP.")
    expect(dialog).to_contain_text("2 of 4 images have no row: liver_03_GFP.tif, liver_04_GFP.tif.")
    picture(page, "omp-csv")
    check_accessible(page)
    # Another column names no image: nothing can be taken.
    dialog.get_by_label("Column with the names").select_option("Drug")
    expect(dialog).to_contain_text("0 of 3 rows match")
    expect(dialog.get_by_role("button", name="Use these values")).to_be_disabled()
    dialog.get_by_label("Column with the names").select_option("Sample")
    expect(dialog).to_contain_text("4 values are new, on 2 images.")
    dialog.get_by_role("button", name="Use these values").click()
    expect(omp.cell("liver_02_GFP.tif", "Dose")).to_have_text("+ 2 uM ✎")
    expect(page.get_by_text("2 images with values that you edited.")).to_be_visible()
    with page.expect_download() as download:
        page.locator("#omp-preview-csv").click()
    text = download.value.path().read_text("utf-8-sig")
    assert "liver_02_GFP.tif,Not sorted yet,liver" in text
    assert "DMSO,2 uM" in text
