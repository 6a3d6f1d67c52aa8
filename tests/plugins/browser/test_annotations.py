"""Annotations added and removed in OMERO.web's panel; a reload shows them as they were left.

One test: a load of OMERO.web's page is most of what each kind alone would cost.
"""

from __future__ import annotations

from playwright.sync_api import Page, expect

from browser.keep import picture
from browser.objects.panel import SECTIONS, MetadataPanel
from browser.site_under_test import SiteUnderTest

# What looks like markup must stay text everywhere.
TEXT = 'mitosis <b>"é"</b>'
FILE = "notes é.txt"


def again(panel: MetadataPanel) -> None:
    """Load the page anew, with all sections open."""
    panel.page.reload()
    expect(panel.page.locator("#object-id")).not_to_be_empty()
    for section in SECTIONS:
        panel.open(section)


def test_annotations_stay_until_they_are_removed(
    visitor: Page, site: SiteUnderTest, image: int
) -> None:
    panel = MetadataPanel(visitor).show(site, image)
    for section in SECTIONS:
        panel.open(section)
    panel.add_tag(TEXT, "seen on the second day")
    expect(panel.annotations("tags", TEXT)).to_be_visible()
    panel.add_key_value(TEXT, "12 µM")
    panel.attach(FILE, b"line 1\nline 2\n")
    expect(panel.annotations("files", FILE)).to_contain_text("14 B")
    panel.add_comment(TEXT)
    expect(panel.annotations("comments", TEXT)).to_be_visible()
    panel.rate(4)

    again(panel)
    expect(panel.annotations("tags", TEXT)).to_be_visible()
    cells = panel.annotations("key-values", TEXT).locator("td")
    expect(cells).to_have_text([TEXT, "12 µM"])
    expect(cells.last).to_be_visible()
    row = panel.annotations("files", FILE)
    with visitor.expect_download() as download:
        row.get_by_role("link", name=FILE).click()
    assert download.value.path().read_bytes() == b"line 1\nline 2\n"
    expect(panel.annotations("comments", TEXT)).to_contain_text("Ada Berger")
    average = visitor.locator("#ratingsAverage")
    expect(average).to_have_text("4")
    expect(panel.rating).to_be_visible()
    picture(visitor, "web-annotations")

    panel.remove("tags", TEXT)
    panel.remove_key_value(TEXT)
    panel.remove("files", FILE)
    panel.remove("comments", TEXT)
    panel.rate(2)
    again(panel)
    expect(panel.annotations("key-values", "Add Key")).to_be_visible()
    for section, text in (
        ("tags", TEXT), ("key-values", TEXT), ("files", FILE), ("comments", TEXT),
    ):  # fmt: skip
        expect(panel.annotations(section, text)).to_have_count(0)
    expect(average).to_have_text("2")
    panel.remove_rating()
    again(panel)
    expect(visitor.locator("#ratingsSummary")).to_be_hidden()
