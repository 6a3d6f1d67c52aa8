"""The page on the shared site, and a folder as a microscope leaves it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
import tifffile
from playwright.sync_api import Page

from browser.objects.login import LoginPage
from browser.objects.upload import UploadPage
from browser.site_under_test import SiteUnderTest
from forwarder import Forwarder
from slow_line import SlowLine


@pytest.fixture
def slow_line(site: SiteUnderTest) -> Iterator[SlowLine]:
    """Between the browser and the site, for `upload`."""
    port = urlsplit(site.url).port
    assert port is not None
    with Forwarder(port) as forwarder:
        yield SlowLine(forwarder)


@pytest.fixture
def upload(page: Page, site: SiteUnderTest, slow_line: SlowLine) -> UploadPage:
    """The page of somebody who has logged in."""
    reached = SiteUnderTest(slow_line.url, site.user, site.password, site.local)
    LoginPage(page, reached).log_in_at_once()
    return UploadPage(page, reached, "omeroweb_upload/").open_at()


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Two images in folders with an odd name, one of some megabytes, notes, and an empty file."""
    folder = tmp_path / "run 7"
    noise = random.Random(15)
    for name, edge in (("B02/cell #1: Müller.tif", 64), ("C03/deep/large.tif", 1500)):
        file = folder / name
        file.parent.mkdir(parents=True)
        pixels = np.frombuffer(noise.randbytes(2 * edge * edge), "u2").reshape(edge, edge)
        tifffile.imwrite(file, pixels)
    (folder / "B02/empty.tif").touch()
    (folder / "notes.txt").write_text("36.9 °C\n")
    return folder
