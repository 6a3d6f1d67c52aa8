"""What explains a failure: a picture of the page, its markup and its console."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from playwright.sync_api import Error, Page

from browser.complaints import Complaints
from local_services import ROOT

ARTIFACTS: Final = ROOT / ".artifacts" / "browser"


def keep(name: str, page: Page, complaints: Complaints) -> Path:
    """Write them to a folder named after the test, and return it."""
    folder = ARTIFACTS / re.sub(r"[^\w.-]+", "_", name)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "console.txt").write_text("\n".join(complaints.log) + "\n")
    try:
        page.screenshot(path=folder / "page.png", timeout=10_000)
        (folder / "page.html").write_text(page.content())
    except Error as error:
        # The page is gone or hangs: that it cannot be pictured must not hide why the test failed.
        (folder / "no-picture.txt").write_text(f"{error}\n")
    return folder


def picture(page: Page, name: str) -> Path | None:
    """A screenshot of the whole page, for people to look at, where PICTURES asks for them.

    Nobody looks at those of most runs, and one is half a second of processor time.
    """
    if not os.environ.get("PICTURES"):
        return None
    path = ARTIFACTS / "pictures" / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path, full_page=True)
    return path
