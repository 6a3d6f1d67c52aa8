"""Step 2: what it shows is what is sent, and what was typed is not dropped without a word."""

from __future__ import annotations

from playwright.sync_api import expect

from browser.accessibility import check_accessible
from browser.keep import picture
from browser.objects.omp import OmpPage

FITTING = "2024-05-06_HeLa_DMSO-d6_0.1uM_20x_A01.ome.tif"


def keys_of_step_3(omp: OmpPage) -> list[str]:
    """The columns that have keys."""
    heads = omp.table("Images").get_by_role("columnheader").all_inner_texts()
    others = {"", "Image", "What happens", "Removed", "Other pairs", "Where"}
    return [head.strip() for head in heads if head.strip() not in others]


def test_typed_keys_stay_or_come_back(omp: OmpPage) -> None:
    page = omp.page
    dropped = page.locator("#omp-dropped")
    omp.project.select_option(label="Screening May")
    omp.container("plate 07").check()
    omp.wait_until_read()
    omp.key(3).fill("Compound")
    omp.wait_until_read()
    typed = ["Acquisition date", "Biological entity", "Compound", "Concentration",
             "Magnification", "Well"]  # fmt: skip
    assert keys_of_step_3(omp) == typed

    # One more dataset, whose names have the same pieces.
    omp.container("plate 06").check()
    omp.wait_until_read()
    expect(omp.filter("All")).to_have_text("All (40)")
    omp.expect_keys(typed)
    expect(dropped).to_be_hidden()

    # Another way of cutting, in which the piece is gone.
    omp.mode("Cut at these signs").check()
    omp.wait_until_read()
    omp.pattern.fill(".")
    expect(dropped).to_contain_text("the key “Compound” is not used")
    check_accessible(page)
    dropped.get_by_role("button", name="Undo").click()
    omp.wait_until_read()
    omp.expect_keys(typed)
    expect(omp.pattern).to_have_value("_")
    expect(dropped).to_be_hidden()

    # What was found is where an expression starts.
    omp.mode("Regular expression").check()
    omp.wait_until_read()
    assert "(?P<Compound>" in omp.pattern.input_value()
    omp.expect_keys(typed)
    omp.pattern.fill("(?P<Line>HeLa)_(?P<Drug>[^_]+)")
    omp.wait_until_read()
    omp.expect_keys(["Line", "Drug"])
    omp.key(2).fill("")
    omp.wait_until_read()
    assert keys_of_step_3(omp) == ["Line"]

    # Another project starts from the beginning, and both steps show the same.
    omp.choose("Datasets (1)")
    expect(omp.mode("Automatic")).to_be_checked()
    shown = [field.input_value() for field in page.locator(".omp-keys input").all()]
    assert keys_of_step_3(omp) == [key for key in shown if key]


def test_a_pair_for_all_images(omp: OmpPage) -> None:
    page = omp.page
    omp.choose_all("Screening May")
    page.get_by_role("button", name="Add a pair for all images").click()
    page.keyboard.type("Study")
    page.keyboard.press("Tab")
    page.keyboard.type("S-BIAD1")
    expect(omp.cell(FITTING, "Study")).to_have_text("+ S-BIAD1")
    picture(page, "omp-pair-for-all")
    page.reload()
    omp.tick_all()
    expect(omp.cell(FITTING, "Study")).to_have_text("+ S-BIAD1")
    page.get_by_role("button", name="Remove this pair").click()
    omp.wait_until_read()
    assert "Study" not in keys_of_step_3(omp)


def test_names_are_cut_by_hand(omp: OmpPage) -> None:
    page = omp.page
    omp.choose_all("Screening May")
    omp.key(3).fill("Compound")
    omp.wait_until_read()
    picture(page, "omp-pieces")
    # Before the second letter of “HeLa”.
    second = page.locator(".omp-shape").first.locator('.omp-cut-character[data-start="12"]')
    second.click(position={"x": 1, "y": 8})
    expect(omp.mode("Cut by hand")).to_be_checked()
    omp.wait_until_read()
    omp.expect_keys(["Acquisition date", "Biological entity", "", "Compound", "Concentration",
                     "Magnification", "Well"])  # fmt: skip
    expect(omp.example(2)).to_have_text("“H”")
    expect(omp.example(3)).to_have_text("“eLa”")
    omp.key(3).fill("Line")
    expect(omp.cell(FITTING, "Line")).to_have_text("+ eLa")
    picture(page, "omp-cut-by-hand")
    check_accessible(page)
    # It survives a reload.
    page.reload()
    omp.tick_all()
    expect(omp.mode("Cut by hand")).to_be_checked()
    expect(omp.key(3)).to_have_value("Line")
    expect(omp.example(3)).to_have_text("“eLa”")
