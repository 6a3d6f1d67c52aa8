"""More images than one request compares with OMERO, and more than the document holds."""

from __future__ import annotations

from playwright.sync_api import expect

from browser.objects.omp import OmpPage
from omp_pages import LONG


def test_a_long_project(omp: OmpPage) -> None:
    page = omp.page
    omp.project.select_option(label="Long")
    expect(omp.filter("All")).to_have_text(f"All ({LONG:,})")
    expect(omp.write).to_have_text(f"Write to {LONG:,} images")
    # How many would change is not asked until somebody wants to know.
    expect(omp.filter("Changing")).to_have_text("Changing")
    assert page.locator("#omp-table [role=row]").count() < 60
    omp.scroll_to_end()
    expect(omp.row("Images", f"fly_{LONG}_GFP.tif")).to_be_visible()
    with page.expect_response(lambda each: "filter=changed&offset=0" in each.url):
        omp.filter("Changing").click()
    expect(omp.filter("Changing")).to_have_text(f"Changing ({LONG:,})")
    expect(omp.table("Images")).not_to_have_attribute("aria-busy", "true")
    expect(omp.row("Images", "fly_0001_GFP.tif")).to_be_visible()

    # One value is changed at the end of the list; the table stays where it is.
    omp.scroll_to_end()
    dialog = omp.edit(f"fly_{LONG}_GFP.tif")
    dialog.get_by_role("textbox").first.fill("moth")
    page.keyboard.press("Enter")
    expect(omp.row("Images", f"fly_{LONG}_GFP.tif")).to_contain_text("+ moth ✎")
    page.reload()
    expect(omp.filter("All")).to_have_text(f"All ({LONG:,})")
