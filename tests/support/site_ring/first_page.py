"""The first page of the demo's scientist, as in `docs/images/first-page.png`.

On a running demo, with SITE_URL and SITE_PASSWORD set and PYTHONPATH=tests/support:ci,

    .venv/bin/python -m site_ring.first_page docs/images/first-page.png

takes the picture.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Final

from playwright.sync_api import Page, ViewportSize, expect

from browser.chromium import chromium
from browser.objects.tree import DataTree
from omero_ci.try_it import PROJECT, SCIENTIST, SCREEN
from site_ring.login import MS_TO_BE_DRAWN, fill_in, visit

# A picture of pixels comes in the answer; the place-holder is a file.
_DRAWN: Final = re.compile("^data:image/jpeg;base64,")
_WIDER: Final = 90
SIZE: Final = ViewportSize(width=1280, height=800)


def open_first_page(page: Page, url: str, password: str) -> DataTree:
    """Log in as the scientist, and open the project and its first dataset.

    Args:
        page: a browser's page.
        url: of the site, with a slash at its end.
        password: the scientist's.

    Returns:
        The tree, with the thumbnails of all images drawn beside it.
    """
    visit(page, f"{url}webclient/login/", "#id_username")
    fill_in(page, SCIENTIST, password)
    page.wait_for_url(re.compile(r"/webclient/$"))
    tree = DataTree(page)
    expect(tree.named(SCREEN)).to_be_visible(timeout=MS_TO_BE_DRAWN)
    tree.expand(tree.named(PROJECT))
    dataset = tree.at_level(3).first
    tree.expand(dataset)
    dataset.click()
    count = tree.at_level(4).count()
    expect(tree.thumbnails).to_have_count(count, timeout=MS_TO_BE_DRAWN)
    for at in range(count):
        expect(tree.thumbnails.nth(at)).to_have_attribute("src", _DRAWN, timeout=MS_TO_BE_DRAWN)
    return tree


def _widen_tree(page: Page) -> None:
    """Draw the border between tree and thumbnails, so that whole names can be read."""
    box = page.locator("#left_panel").bounding_box()
    assert box
    edge, middle = box["x"] + box["width"] + 3, box["y"] + box["height"] / 2
    page.mouse.move(edge, middle)
    page.mouse.down()
    page.mouse.move(edge + _WIDER, middle, steps=5)
    page.mouse.up()


def main() -> None:
    """Take the picture; its path is the argument."""
    with chromium() as browser:
        page = browser.new_page(viewport=SIZE)
        open_first_page(page, os.environ["SITE_URL"], os.environ["SITE_PASSWORD"])
        _widen_tree(page)
        page.wait_for_load_state("networkidle")
        page.screenshot(path=Path(sys.argv[1]))


if __name__ == "__main__":
    main()
