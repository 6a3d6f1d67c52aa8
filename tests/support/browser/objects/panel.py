"""The panel at the right of OMERO.web: what is known about the selected object."""

from __future__ import annotations

from typing import Final
from urllib.parse import unquote_plus

from playwright.sync_api import FilePayload, Locator, Page, Request, expect

from browser.site_under_test import SiteUnderTest

# OMERO.web's name of a section of the panel, by what people call its content.
SECTIONS: Final = {
    "tags": "tags",
    "key-values": "keyvaluepairs",
    "files": "attachments",
    "comments": "comments",
    "ratings": "ratings",
}
# Where each kind of annotation is listed.
_LISTED: Final = {
    "tags": "#tags_container .tag",
    "key-values": "#mapAnnContainer tbody tr",
    "files": "#fileanns_container .file_ann_wrapper",
    "comments": "#comments_container .ann_comment_wrapper",
}


class MetadataPanel:
    """Tabs General, Acquisition and Preview; sections with annotations in the first."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def show(self, site: SiteUnderTest, image: int) -> MetadataPanel:
        """Open the main page at an image, as its link does, and wait for the panel."""
        self.page.goto(site.address(f"webclient/?show=image-{image}"))
        expect(self.page.locator("#object-id")).to_have_text(f"image-{image}")
        return self

    def tab(self, name: str) -> Locator:
        """Select a tab; its content."""
        self.page.get_by_role("tab", name=name).click()
        return self.page.get_by_role("tabpanel", name=name)

    def open(self, section: str) -> None:
        """Open a section of annotations and wait for its list, if it is closed."""
        header = self.page.locator(f'h1.can-collapse[data-name="{SECTIONS[section]}"]')
        if "closed" not in (header.get_attribute("class") or ""):
            return
        asked = section.rstrip("s").replace("key-value", "map")
        with self.page.expect_response(lambda each: f"type={asked}" in each.url):
            header.click()

    def annotations(self, section: str, text: str = "") -> Locator:
        """The annotations of a section that have this text in them."""
        return self.page.locator(_LISTED[section]).filter(has_text=text)

    def add_tag(self, name: str, description: str) -> None:
        """Make a tag in the dialog, and put it on the image."""
        self.page.locator("#launch_tags_form").click()
        dialog = self.page.get_by_role("dialog", name="Tags Selection")
        dialog.locator("#id_tag").fill(name)
        dialog.locator("#tag_description").fill(description)
        dialog.get_by_role("button", name="Add", exact=True).click()
        expect(dialog.locator("#id_selected_tags")).to_contain_text(name)
        dialog.get_by_role("button", name="Save").click()

    def add_key_value(self, key: str, value: str) -> None:
        """Type a pair into the table of one's own pairs."""
        table = self.page.locator("#mapAnnContainer table.editableKeyValueTable").first
        # Leaving the first cell saves the key alone.
        with self.page.expect_response(
            lambda each: each.url.endswith("/annotate_map/") and value in _sent(each.request)
        ):
            table.get_by_text("Add Key", exact=True).click()
            self.page.keyboard.type(key)
            self.page.keyboard.press("Tab")
            self.page.keyboard.type(value)
            self.page.keyboard.press("Tab")

    def remove_key_value(self, key: str) -> None:
        """Select the pair and delete its row."""
        self.annotations("key-values", key).locator("td").first.click()
        with self.page.expect_response(lambda each: each.url.endswith("/annotate_map/")):
            self.page.locator('.mapAnnToolbar input[title="Delete rows"]').click()

    def add_comment(self, text: str) -> None:
        """Write a comment."""
        self.page.locator("#id_comment").fill(text)
        self.page.get_by_role("button", name="Add Comment").click()

    def attach(self, name: str, content: bytes) -> None:
        """Upload a text file in the dialog."""
        self.page.locator("#choose_file_anns").click()
        dialog = self.page.get_by_role("dialog", name="Choose attachments")
        file = FilePayload(name=name, mimeType="text/plain", buffer=content)
        dialog.locator("#id_annotation_file").set_input_files(file)
        dialog.get_by_role("button", name="Accept").click()

    def remove(self, section: str, text: str) -> None:
        """Remove a tag, comment or file, and say yes to the question."""
        sign = {"tags": ".removeTag", "comments": ".removeComment", "files": ".removeFile"}
        row = self.annotations(section, text)
        row.hover()
        row.locator(sign[section]).click()
        self.page.get_by_role("dialog").get_by_role("button", name="OK").click()
        expect(row).to_have_count(0)

    def rate(self, stars: int) -> None:
        """Click on one of five stars."""
        image = self.rating
        box = image.bounding_box()
        assert box is not None
        with self.page.expect_response(lambda each: "/annotate_rating/" in each.url):
            image.click(position={"x": box["width"] * (stars - 0.5) / 5, "y": box["height"] / 2})

    def remove_rating(self) -> None:
        """Take one's own rating back."""
        self.rating.hover()
        with self.page.expect_response(lambda each: "/annotate_rating/" in each.url):
            self.page.locator("#rating_annotations .removeRating").click()

    @property
    def rating(self) -> Locator:
        """The picture of the stars."""
        return self.page.locator("#rating_annotations .myRating img")


def _sent(request: Request) -> str:
    """The text of a form, as JSON in it has it."""
    return unquote_plus(request.post_data or "")
