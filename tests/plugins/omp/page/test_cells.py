"""The table of step 3 is edited as a spreadsheet."""

from __future__ import annotations

from playwright.sync_api import expect

from browser.accessibility import check_accessible
from browser.keep import picture
from browser.objects.omp import OmpPage
from omp_pages import PageSite

NAMES = [f"liver_{number:02}_GFP.tif" for number in range(1, 5)]


def prepare(omp: OmpPage, place: PageSite) -> None:
    """Four images with three keys, and nothing on them."""
    place.bare_images()
    omp.choose("Datasets (1)")
    for number, name in enumerate(("Organ", "Number", "Stain"), 1):
        omp.key(number).fill(name)
    omp.wait_until_read()


def expect_values(omp: OmpPage, key: str, values: list[str]) -> None:
    """What the four images have, edited or not."""
    for name, value in zip(NAMES, values, strict=True):
        expect(omp.cell(name, key)).to_have_text(value)


def test_cells_are_edited_with_the_keys_of_a_spreadsheet(omp: OmpPage, place: PageSite) -> None:
    prepare(omp, place)
    keyboard = omp.page.keyboard
    omp.cell(NAMES[0], "Number").click()
    # Typing opens a cell; Enter goes down, Tab goes right, Escape leaves the cell as it was.
    keyboard.type("17")
    picture(omp.page, "omp-3-cell")
    check_accessible(omp.page)
    keyboard.press("Enter")
    keyboard.type("18")
    keyboard.press("Tab")
    expect(omp.cell(NAMES[1], "Stain")).to_be_focused()
    keyboard.press("F2")
    keyboard.type("RFP")
    keyboard.press("Escape")
    expect_values(omp, "Number", ["+ 17 ✎", "+ 18 ✎", "+ 03", "+ 04"])
    expect_values(omp, "Stain", ["+ GFP"] * 4)
    omp.wait_until_read()
    # What is stored comes back from the server, and the same cell stays active.
    expect(omp.cell(NAMES[1], "Stain")).to_be_focused()

    # A block is copied, and pasted below the same column.
    omp.cell(NAMES[0], "Number").click()
    keyboard.press("Shift+ArrowDown")
    keyboard.press("Shift+ArrowRight")
    picture(omp.page, "omp-3-block")
    keyboard.press("Control+c")
    omp.cell(NAMES[2], "Number").click()
    keyboard.press("Control+v")
    expect_values(omp, "Number", ["+ 17 ✎", "+ 18 ✎", "+ 17 ✎", "+ 18 ✎"])
    # One value fills a block; Delete empties it; Ctrl+Z takes back.
    keyboard.press("Control+c")
    keyboard.press("ArrowUp")
    keyboard.press("Shift+ArrowDown")
    keyboard.press("Delete")
    expect_values(omp, "Number", ["+ 17 ✎", "(removed)", "(removed)", "+ 18 ✎"])
    omp.wait_until_read()
    keyboard.press("Control+z")
    expect_values(omp, "Number", ["+ 17 ✎", "+ 18 ✎", "+ 17 ✎", "+ 18 ✎"])
    omp.wait_until_read()
    expect(omp.page.get_by_text("4 images with values that you edited.")).to_be_visible()


def test_many_images_are_edited_at_once(omp: OmpPage, place: PageSite) -> None:
    prepare(omp, place)
    page = omp.page
    omp.cell(NAMES[0], "Stain").click()
    page.get_by_role("button", name="Edit many…").click()
    dialog = page.get_by_role("dialog", name="Edit many images")
    expect(dialog.get_by_label("Key", exact=True)).to_have_value("Stain")
    dialog.get_by_label("Change").select_option("Replace a text")
    expect(dialog.get_by_role("button", name="Apply")).to_be_disabled()
    dialog.get_by_label("Replace").fill("GFP")
    dialog.get_by_label("By").fill("10uM")
    picture(page, "omp-3-many")
    check_accessible(page)
    # The same in the colours of a dark system.
    page.emulate_media(color_scheme="dark")
    picture(page, "omp-3-many-dark")
    check_accessible(page)
    page.emulate_media(color_scheme="light")
    page.keyboard.press("Enter")
    expect(page.get_by_text("4 images changed.")).to_be_visible()
    expect_values(omp, "Stain", ["+ 10uM ✎"] * 4)
    # Another key comes, and the table stays where it was.
    page.get_by_role("button", name="Edit many…").click()
    dialog.get_by_label("Change").select_option("Split number and unit")
    expect(dialog.get_by_label("Key of the unit")).to_have_value("Stain unit")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect_values(omp, "Stain unit", ["+ uM ✎"] * 4)
    expect_values(omp, "Stain", ["+ 10 ✎"] * 4)
    # Only the images that are chosen.
    for name in NAMES[1:3]:
        omp.cell(name, "Organ").click(modifiers=["ControlOrMeta"])
    page.get_by_role("button", name="Edit many…").click()
    expect(dialog.get_by_label("Where", exact=True)).to_contain_text("2 selected images")
    dialog.get_by_label("Key", exact=True).fill("Organ")
    dialog.get_by_label("Value", exact=True).fill("heart")
    dialog.get_by_role("button", name="Apply").click()
    expect_values(omp, "Organ", ["+ liver", "+ heart ✎", "+ heart ✎", "+ liver"])
    omp.wait_until_read()
    page.get_by_role("button", name="Undo", exact=True).click()
    expect_values(omp, "Organ", ["+ liver"] * 4)

    # The dialog of an image leads to the next one.
    dialog = omp.edit(NAMES[0])
    dialog.get_by_label("Organ", exact=True).fill("brain")
    dialog.get_by_role("button", name="Apply and next").click()
    dialog = page.get_by_role("dialog", name=NAMES[1])
    dialog.get_by_label("Organ", exact=True).fill("kidney")
    page.keyboard.press("Enter")
    expect_values(omp, "Organ", ["+ brain ✎", "+ kidney ✎", "+ liver", "+ liver"])
    omp.wait_until_read()

    # A search leaves the images with this text in their name or in a value; a click sorts.
    search = page.get_by_label("Search names and values")
    search.fill("KIDNEY")
    rows = omp.table("Images").locator("[role=row][data-row]:not([data-row='-1'])")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text(NAMES[1])
    expect(omp.filter("All")).to_have_text("All (4)")
    page.get_by_role("button", name="Edit many…").click()
    expect(page.get_by_label("Where", exact=True)).to_contain_text("All 1 image shown")
    page.keyboard.press("Escape")
    search.fill("")
    expect(rows).to_have_count(4)
    sorting = omp.table("Images").get_by_role("columnheader", name="Organ", exact=True)
    sorting.get_by_role("button").click()
    expect(sorting).to_have_attribute("aria-sort", "ascending")
    expect(rows.first).to_contain_text("brain")
    # Each row has a small picture of its image, until they are not wanted.
    pictures = omp.table("Images").locator("img")
    expect(pictures).to_have_count(4)
    expect(pictures.first).not_to_have_js_property("naturalWidth", 0)
    picture(page, "omp-3-sorted")
    # The names stay in sight when the table scrolls sideways.
    page.set_viewport_size({"width": 800, "height": 900})
    table = omp.table("Images")
    table.evaluate("table => { table.scrollLeft = table.scrollWidth; }")
    assert table.evaluate("table => table.scrollLeft") > 0
    expect(omp.cell(NAMES[0], "Where")).to_be_in_viewport(ratio=1)
    expect(omp.row("Images", NAMES[0]).get_by_role("button")).to_be_in_viewport(ratio=1)
    picture(page, "omp-3-sideways")
    check_accessible(page)
    # Other images are not searched for what was meant for these.
    search.fill("brain")
    expect(rows).to_have_count(1)
    omp.choose("Compound screen")
    expect(search).to_have_value("")
    expect(rows).to_have_count(6)
    omp.choose("Datasets (1)")
    page.get_by_label("Thumbnails").uncheck()
    expect(pictures).to_have_count(0)
    page.reload()
    expect(page.get_by_label("Thumbnails")).not_to_be_checked()
