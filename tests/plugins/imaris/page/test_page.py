"""From an image in OMERO.web to a file on this computer, as a user does it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

import omero_ims
from browser.accessibility import check_accessible
from browser.complaints import Complaints
from browser.keep import picture
from browser.objects.imaris import ImarisPage
from browser.objects.login import LoginPage
from browser.objects.panel import MetadataPanel
from browser.objects.tree import DataTree
from browser.site_under_test import SiteUnderTest
from browser.widths import at_widths
from imaris_site import gateway_of, made_dataset, made_image, pixels_of, stack_of
from whole_site import WholeSite

NAME = "細胞 #1: 50 % <b>.czi [Series 2]"


def test_from_the_right_panel_to_a_file_with_the_same_pixels(
    visitor: Page, site: SiteUnderTest, whole: WholeSite, complaints: Complaints, tmp_path: Path
) -> None:
    size = (70, 50, 5, 2, 3)
    with gateway_of(whole.site.standin, site.user, site.password) as conn:
        image = made_image(conn, NAME, size)
    panel = MetadataPanel(visitor).show(site, image)
    tab = panel.tab("Imaris")
    expect(tab).to_contain_text("Writes this image as a file that Imaris opens.")
    picture(visitor, "imaris-panel")
    with visitor.expect_popup() as opened:
        tab.get_by_role("link", name="Export to Imaris").click()
    page = ImarisPage(opened.value, site, "")
    complaints.listen(opened.value)
    expect(page.wanted).to_have_count(1)
    expect(page.wanted).to_contain_text(NAME)
    expect(page.wanted).to_contain_text(
        re.compile("70 . 50 . 5 · 2 channels · 3 time points · uint16")
    )
    page.button("Export 1 image").click()
    ready = page.wait_until_ready(NAME)
    expect(ready).to_contain_text(re.compile(r"[\d.]+ [KM]iB.*just now.*until \d+ \w+ \d{4}"))
    check_accessible(page.page)
    file = page.download(NAME, tmp_path)
    assert file.suffix == ".ims"
    assert omero_ims.verify(file) == []
    for t, c in np.ndindex(3, 2):
        assert np.array_equal(pixels_of(file, c, t), stack_of(size)[t, c]), (t, c)
    # The same image once more is ready at once; the address asks for nothing any more.
    assert "image=" not in page.page.url
    page.open_at(f"?image={image}")
    page.button("Export 1 image").click()
    expect(page.cards).to_have_count(2)
    expect(page.cards.first).to_have_attribute("data-state", "done")


def test_a_dataset_by_open_with_and_what_cannot_be_exported(
    visitor: Page, site: SiteUnderTest, whole: WholeSite, complaints: Complaints
) -> None:
    with gateway_of(whole.site.standin, site.user, site.password) as conn:
        images = [
            made_image(conn, name, size, kind)
            for name, size, kind in (
                ("large.czi", (300, 200, 20, 3, 1), "uint16"),
                ("phase.tif", (64, 64, 1, 1, 1), "int16"),
                ("plane.tif", (1, 1, 1, 1, 1), "uint8"),
            )
        ]
        dataset = made_dataset(conn, "Livers", images)
    page = ImarisPage(visitor, site, "").open_at(f"?dataset={dataset}")
    expect(page.wanted).to_have_count(3)
    page = _opened_from_tree(visitor, site, complaints, dataset)
    expect(page.wanted).to_have_count(3)
    expect(page.wanted.filter(has_text="phase.tif")).to_contain_text("int16 is stored as float32")
    page.wanted.filter(has_text="plane.tif").get_by_role("checkbox").uncheck()
    expect(page.button("Export 2 images")).to_be_enabled()
    for width in at_widths(page.page, (360, 1280)):
        check_accessible(page.page)
        picture(page.page, f"imaris-start-{width}")
    page.button("Export 2 images").click()
    expect(page.cards).to_have_count(2)
    for name in ("large.czi", "phase.tif"):
        page.wait_until_ready(name)
    expect(page.card("phase.tif")).to_contain_text("int16 is stored as float32")
    for width in at_widths(page.page, (360, 1280)):
        picture(page.page, f"imaris-exports-{width}")


def _opened_from_tree(
    visitor: Page, site: SiteUnderTest, complaints: Complaints, dataset: int
) -> ImarisPage:
    """The menu of the dataset in OMERO.web's tree."""
    visitor.goto(site.address(f"webclient/?show=dataset-{dataset}"))
    node = DataTree(visitor).named("Livers").last
    node.click(button="right")
    visitor.locator(".vakata-context").get_by_text("Open With...").hover()
    with visitor.expect_popup() as opened:
        visitor.locator(".vakata-context").get_by_text("Export to Imaris").click()
    complaints.listen(opened.value)
    return ImarisPage(opened.value, site, "")


@pytest.mark.parametrize("width", [360])
def test_nothing_yet_and_the_client(
    visitor: Page, site: SiteUnderTest, complaints: Complaints, tmp_path: Path
) -> None:
    page = ImarisPage(visitor, site, "").open_at()
    expect(page.main).to_contain_text("No exports yet")
    expect(page.main.get_by_role("link", name="Choose images in OMERO.web")).to_be_visible()
    check_accessible(visitor)
    picture(visitor, "imaris-empty-360")
    with visitor.expect_download() as download:
        page.main.get_by_role("link", name="Download XTOmeroConnector.py").click()
    assert download.value.suggested_filename == "XTOmeroConnector.py"
    download.value.save_as(tmp_path / "client.py")
    assert f"SITE = '{site.url}/'" in (tmp_path / "client.py").read_text()
    complaints.expect("status of 404")
    page.open_at("?image=999999999")
    expect(page.main).to_contain_text("There is no Image 999999999 that you may see.")


def test_the_queue_cancel_again_and_delete(
    page: Page,
    site: SiteUnderTest,
    whole: WholeSite,
    complaints: Complaints,
    no_worker: None,
    new_context_page: Callable[[], Page],
) -> None:
    with gateway_of(whole.site.standin, site.user, site.password) as conn:
        images = [made_image(conn, f"cell {n}", (40, 30, 2, 1, 1), seed=n) for n in (1, 2)]
    LoginPage(page, site).log_in_at_once()
    exports = ImarisPage(page, site, "")
    for image in images:
        exports.open_at(f"?image={image}")
        exports.button("Export 1 image").click()
    expect(exports.card("cell 1")).to_contain_text(re.compile(r"number \d+ in the queue"))
    expect(exports.card("cell 2")).to_contain_text(re.compile(r"number \d+ in the queue"))
    exports.card("cell 2").get_by_role("button", name="Cancel").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Cancel the export").click()
    expect(exports.card("cell 2")).to_have_attribute("data-state", "cancelled")
    # Somebody else sees nothing of it; an administrator sees whose it is.
    admin = SiteUnderTest(site.url, "root", whole.site.standin.password, whole.site)
    other = new_context_page()
    complaints.listen(other)
    LoginPage(other, admin).log_in_at_once()
    everything = ImarisPage(other, admin, "").open_at()
    everything.main.get_by_label("Of all users").check()
    expect(everything.card("cell 2").filter(has_text=site.user)).to_have_count(1)
    with whole.worker("again"):
        exports.card("cell 2").get_by_role("button", name="Export cell 2 again").click()
        exports.wait_until_ready("cell 2")
        exports.wait_until_ready("cell 1")
    picture(page, "imaris-queue")
    _several_are_one_export(exports, images)
    exports.card("cell 1").get_by_role("button", name="Delete").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Delete", exact=True).click()
    expect(exports.cards).to_have_count(1)
    page.reload()
    expect(exports.cards).to_have_count(1)
    expect(exports.cards).to_contain_text("cell 2")


def _several_are_one_export(exports: ImarisPage, images: list[int]) -> None:
    """Both files are there already."""
    exports.open_at("?" + "&".join(f"image={each}" for each in images))
    exports.button("Export 2 images").click()
    card = exports.card("cell 1 and 1 other")
    expect(card).to_have_attribute("data-state", "done")
    expect(card).to_contain_text("2 of 2 images ready")
    card.get_by_text("2 files").click()
    for name in ("cell 1", "cell 2"):
        expect(card.get_by_role("link", name=f"Download {name}", exact=True)).to_be_visible()
    check_accessible(exports.page)
    picture(exports.page, "imaris-several")
    card.get_by_role("button", name="Delete").click()
    exports.page.get_by_role("alertdialog").get_by_role("button", name="Delete", exact=True).click()
    expect(exports.cards).to_have_count(2)
