"""OMERO.web's tree of projects, datasets and images, and the thumbnails beside it."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect


class DataTree:
    """The tree is jsTree with ARIA roles; a name is followed by the number of children."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def at_level(self, level: int) -> Locator:
        """The open nodes of a level: 1 the user, 2 projects, 3 datasets, 4 images."""
        return self.page.locator(f'#dataTree [role="treeitem"][aria-level="{level}"]')

    def named(self, name: str) -> Locator:
        """The nodes whose text has this in it."""
        return self.page.locator('#dataTree [role="treeitem"]').filter(has_text=name)

    def expand(self, node: Locator) -> None:
        """Open a node and wait for its children, as a click on the triangle does."""
        row = node.locator("xpath=..")
        row.locator("> .jstree-ocl").click()
        expect(row.locator("> ul > li").first).to_be_visible()

    @staticmethod
    def object_id(node: Locator) -> int:
        """The id of the project, dataset or image behind a node."""
        return int(node.locator("xpath=..").get_attribute("data-id") or "")

    @property
    def thumbnails(self) -> Locator:
        """The pictures in the middle."""
        return self.page.locator("#dataIcons li.row img")
