"""Looking at data in OMERO.web: tree, thumbnails, panel, viewer, search, JSON API."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from browser.keep import picture
from browser.objects.panel import MetadataPanel
from browser.objects.tree import DataTree
from browser.objects.viewer import ImageViewer
from browser.objects.webclient import WebclientPage
from browser.site_under_test import SiteUnderTest

# A picture of pixels comes in the answer; the place-holder is a file.
_DRAWN = re.compile("^data:image/jpeg;base64,")
_LOADED = "images => images.length > 0 && images.every(image => image.naturalWidth > 0)"


def first_dataset(page: Page, site: SiteUnderTest) -> DataTree:
    """Open the first project and the first dataset in it, and select that."""
    WebclientPage(page, site).open()
    tree = DataTree(page)
    tree.expand(tree.at_level(2).first)
    tree.expand(tree.at_level(3).first)
    tree.at_level(3).first.click()
    return tree


def test_project_dataset_images_and_thumbnails(visitor: Page, site: SiteUnderTest) -> None:
    tree = first_dataset(visitor, site)
    images = tree.at_level(4)
    count = images.count()
    expect(tree.at_level(3).first).to_contain_text(str(count))
    expect(tree.thumbnails).to_have_count(count)
    for at in range(count):
        expect(tree.thumbnails.nth(at)).to_have_attribute("src", _DRAWN)
    assert tree.thumbnails.evaluate_all(_LOADED)
    expect(visitor.locator("#object-id")).to_have_text(
        f"dataset-{tree.object_id(tree.at_level(3).first)}"
    )
    picture(visitor, "web-dataset")


def test_the_panel_of_an_image(visitor: Page, site: SiteUnderTest) -> None:
    tree = first_dataset(visitor, site)
    stack = tree.named("stack").first
    stack.click()
    panel = MetadataPanel(visitor)
    general = panel.tab("General")
    expect(general).to_contain_text(f"Image ID: {tree.object_id(stack)}")
    expect(general).to_contain_text("512 x 512")
    expect(general).to_contain_text("21 x 5")
    expect(general).to_contain_text("ROI Count: 3")
    acquisition = panel.tab("Acquisition")
    acquisition.get_by_role("heading", name="Microscope").click()
    expect(acquisition.get_by_text("Model:").first).to_be_visible()
    expect(acquisition.get_by_role("heading", name="Hoechst")).to_be_visible()
    picture(visitor, "web-acquisition")
    preview = panel.tab("Preview")
    ImageViewer(visitor).shown()
    expect(preview).to_contain_text("Z: 11/21")
    expect(preview).to_contain_text("T: 1/5")
    picture(visitor, "web-preview")


def test_the_viewer(visitor: Page, site: SiteUnderTest) -> None:
    tree = first_dataset(visitor, site)
    tree.named("stack").first.click()
    with visitor.expect_popup() as opened:
        visitor.locator("#right_panel").get_by_text("Full viewer").first.click()
    viewer = ImageViewer(opened.value).shown()
    size = viewer.picture.evaluate("image => [image.naturalWidth, image.naturalHeight]")
    assert size == [512, 512]
    expect(viewer.channels).to_have_text(["Hoechst", "FITC"])
    whole = viewer.render(viewer.projection("intmax")).body()
    one_channel = viewer.render(viewer.channels.first).body()
    assert whole[:3] == one_channel[:3] == b"\xff\xd8\xff"
    assert whole != one_channel
    viewer.shown()
    picture(viewer.page, "web-viewer")


def test_search(visitor: Page, site: SiteUnderTest) -> None:
    visitor.goto(site.address("webclient/search/"))
    visitor.locator("input[name=query]").fill("nocodazole")
    visitor.get_by_role("button", name="Search").click()
    rows = visitor.locator("#dataTable tbody tr")
    expect(rows.first).to_contain_text("nocodazole")
    expect(visitor.locator("#searchResultCount")).to_have_text(f"{rows.count()} results")
    thumbnail = visitor.locator("#dataTable img.search_thumb").first
    expect(thumbnail).to_have_attribute("src", _DRAWN)
    rows.first.click()
    expect(visitor.locator("#right_panel")).to_contain_text("nocodazole")
    picture(visitor, "web-search")


def test_a_search_without_result(visitor: Page, site: SiteUnderTest) -> None:
    visitor.goto(site.address("webclient/search/?search_query=nothingiscalledlikethis"))
    expect(visitor.locator("#searchResultCount")).to_have_text("0 results")


def test_the_json_api_from_link_to_link(visitor: Page, site: SiteUnderTest) -> None:
    def get(url: str) -> dict[str, object]:
        answer = visitor.evaluate("async url => (await fetch(url)).json()", url)
        assert isinstance(answer, dict)
        return answer

    visitor.goto(site.address("api/"))
    links = get(str(get("/api/")["data"][-1]["url:base"]))  # type: ignore[index]
    projects = get(f"{links['url:projects']}?childCount=true&owner=2")
    first = projects["data"][0]  # type: ignore[index]
    datasets = get(first["url:datasets"])["data"]
    assert isinstance(datasets, list)
    assert len(datasets) == first["omero:childCount"]
    images = get(datasets[0]["url:images"])["data"]
    assert isinstance(images, list)
    image = get(images[0]["url:image"])["data"]
    assert isinstance(image, dict)
    assert image["Pixels"]["SizeX"] > 0
    assert image["omero:details"]["owner"]["UserName"] == site.user
