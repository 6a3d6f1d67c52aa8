"""Annotations added and removed in OMERO.web's panel; each is still there after a reload."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from browser.keep import picture
from browser.objects.panel import MetadataPanel
from browser.site_under_test import SiteUnderTest

# What looks like markup must stay text everywhere.
TEXT = 'mitosis <b>"é"</b>'


@pytest.fixture
def panel(visitor: Page, site: SiteUnderTest, image: int) -> MetadataPanel:
    return MetadataPanel(visitor).show(site, image)


def again(panel: MetadataPanel, section: str) -> None:
    """Load the page anew, with the section open."""
    panel.page.reload()
    expect(panel.page.locator("#object-id")).not_to_be_empty()
    panel.open(section)


def test_a_tag(panel: MetadataPanel) -> None:
    panel.open("tags")
    panel.add_tag(TEXT, "seen on the second day")
    expect(panel.annotations("tags", TEXT)).to_be_visible()
    picture(panel.page, "web-tag")
    again(panel, "tags")
    panel.remove("tags", TEXT)
    again(panel, "tags")
    expect(panel.annotations("tags", TEXT)).to_have_count(0)


def test_a_key_value_pair(panel: MetadataPanel) -> None:
    panel.open("key-values")
    panel.add_key_value(TEXT, "12 µM")
    again(panel, "key-values")
    cells = panel.annotations("key-values", TEXT).locator("td")
    expect(cells).to_have_text([TEXT, "12 µM"])
    expect(cells.last).to_be_visible()
    picture(panel.page, "web-key-value")
    panel.remove_key_value(TEXT)
    again(panel, "key-values")
    expect(panel.annotations("key-values", "Add Key")).to_be_visible()
    expect(panel.annotations("key-values", TEXT)).to_have_count(0)


def test_a_file(panel: MetadataPanel) -> None:
    panel.open("files")
    panel.attach("notes é.txt", b"line 1\nline 2\n")
    row = panel.annotations("files", "notes é.txt")
    expect(row).to_contain_text("14 B")
    with panel.page.expect_download() as download:
        row.get_by_role("link", name="notes é.txt").click()
    assert download.value.path().read_bytes() == b"line 1\nline 2\n"
    picture(panel.page, "web-file")
    panel.remove("files", "notes é.txt")
    again(panel, "files")
    expect(panel.annotations("files", "notes é.txt")).to_have_count(0)


def test_a_comment_and_a_rating(panel: MetadataPanel) -> None:
    panel.open("comments")
    panel.add_comment(TEXT)
    expect(panel.annotations("comments", TEXT)).to_be_visible()
    panel.open("ratings")
    panel.rate(4)
    again(panel, "comments")
    expect(panel.annotations("comments", TEXT)).to_contain_text("Ada Berger")
    panel.open("ratings")
    average = panel.page.locator("#ratingsAverage")
    expect(average).to_have_text("4")
    expect(panel.rating).to_be_visible()
    picture(panel.page, "web-rating")
    panel.rate(2)
    panel.remove("comments", TEXT)
    again(panel, "comments")
    expect(panel.annotations("comments", TEXT)).to_have_count(0)
    panel.open("ratings")
    expect(average).to_have_text("2")
    panel.remove_rating()
    again(panel, "ratings")
    expect(panel.page.locator("#ratingsSummary")).to_be_hidden()
