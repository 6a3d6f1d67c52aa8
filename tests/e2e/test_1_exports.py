"""The Imaris connector on a site as it comes: an image by OMERO's script, and by the Ingress."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

import omero_ims
from browser.objects.imaris import ImarisPage
from browser.site_under_test import SiteUnderTest
from omero_ci import demo_data
from omero_ci.try_it import SCIENTIST
from plugin_site import Browser
from site_ring import uploading
from site_ring.installation import Site
from site_ring.login import fill_in, open_login

pytestmark = pytest.mark.timeout(900)

EXPORTS = "deploy/demo-exports"
PLUGIN = "/omeroweb_imaris_connector"


@pytest.fixture(scope="module")
def password(site: Site) -> str:
    """That of somebody with images."""
    demo_data.make_data(site.kubectl, site.namespace)
    return uploading.password_of(site, demo_data.SECRET, SCIENTIST)


@pytest.fixture(scope="module")
def scientist(site: Site, password: str) -> Browser:
    """Their session, beside the browser's."""
    return uploading.log_in(site, SCIENTIST, password)


def test_an_image_is_exported_in_the_browser_and_downloaded(
    site: Site, scientist: Browser, password: str, page: Page, tmp_path: Path, artifacts: Path
) -> None:
    (image,) = scientist.get("/api/v0/m/images/?limit=1").json()["data"]
    open_login(page, site)
    fill_in(page, SCIENTIST, password)
    page.wait_for_url(re.compile(r"/webclient/$"))
    reached = SiteUnderTest(site.url, SCIENTIST, password)
    imaris = ImarisPage(page, reached, "").open_at(f"?image={image['@id']}")
    imaris.button("Export 1 image").click()
    card = imaris.wait_until_ready(image["Name"])
    page.screenshot(path=artifacts / "export-done.png", full_page=True)
    expect(card).to_contain_text(re.compile(r"[\d.]+ [KMG]iB"))
    file = imaris.download(image["Name"], tmp_path)
    assert omero_ims.verify(file) == []

    # OMERO.server's processor has run the script, and nothing of it is left in OMERO.
    (export,) = scientist.get(f"{PLUGIN}/exports/").json()["exports"]
    assert (export["state"], export["files"][0]["by"]) == ("done", "script")
    assert export["files"][0]["bytes"] == file.stat().st_size
    said = site.exec(EXPORTS, "sh", "-c", 'find "$OMERO_IMS_EXPORT_DIR" -type f')
    assert [Path(line).suffix for line in said.split()] == [".ims"]

    # A download that was cut goes on.
    whole = file.read_bytes()
    answer = scientist.client.get(export["files"][0]["file_url"], headers={"Range": "bytes=1000-"})
    assert (answer.status_code, answer.content) == (206, whole[1000:])


def test_the_web_and_the_workers_see_no_files(site: Site) -> None:
    look = 'echo "[$OMERO_IMS_EXPORT_DIR]"; ls -d /exports 2>/dev/null; true'
    for workload in ("deploy/demo-web", "deploy/demo-worker", "deploy/demo-uploads"):
        assert site.exec(workload, "sh", "-c", look).strip() == "[]"
