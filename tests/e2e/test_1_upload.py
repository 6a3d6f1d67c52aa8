"""The upload plugin on a site as it comes: files by the Ingress to its own pods, and into OMERO."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Page, expect

from browser.objects.tree import DataTree
from browser.objects.upload import UploadPage
from browser.site_under_test import SiteUnderTest
from omero_ci import demo_data, upload_samples
from omero_ci.try_it import SCIENTIST
from plugin_site import Browser
from site_ring import uploading
from site_ring.installation import Site
from site_ring.login import MS_TO_BE_DRAWN, fill_in, open_login
from tools.common.wait import wait_until

pytestmark = pytest.mark.timeout(900)

COMPONENT = "app.kubernetes.io/component"
UPLOADS = "deploy/demo-uploads"
DATASET = "From the microscope"
# A time lapse of three files, and a spectrum at its image, are among them.
IMAGES = (
    *(f"{name}_A{number:02d}_DAPI.tif" for name in ("control", "treated") for number in (1, 2, 3)),
    "Recording.tif",
    "grain.tif",
)


@pytest.fixture(scope="module")
def scientist(site: Site) -> Browser:
    """Somebody with a project."""
    demo_data.make_data(site.kubectl, site.namespace)
    password = uploading.password_of(site, demo_data.SECRET, SCIENTIST)
    return uploading.log_in(site, SCIENTIST, password)


def test_a_folder_comes_from_the_browser_into_omero(
    site: Site, page: Page, tmp_path: Path, artifacts: Path
) -> None:
    """The folder that `ci/upload-samples` makes for people who try it."""
    folder = upload_samples.write(tmp_path, large=4)
    demo_data.make_data(site.kubectl, site.namespace)
    password = uploading.password_of(site, demo_data.SECRET, SCIENTIST)
    open_login(page, site)
    fill_in(page, SCIENTIST, password)
    page.wait_for_url(re.compile(r"/webclient/$"))

    reached = SiteUnderTest(site.url, SCIENTIST, password)
    upload = UploadPage(page, reached, "omeroweb_upload/").open_at()
    upload.choose(folder)
    upload.into_new_dataset(DATASET)
    upload.check()
    upload.send()
    go = upload.look()
    page.screenshot(path=artifacts / "upload-look.png", full_page=True)
    go.click()
    outcome = upload.wait_for_import()
    page.screenshot(path=artifacts / "upload-done.png", full_page=True)
    expect(outcome).to_contain_text("Imported.")

    link = page.get_by_role("link", name="See in OMERO.web").get_attribute("href") or ""
    page.goto(urljoin(site.url, link))
    tree = DataTree(page)
    for name in IMAGES:
        expect(tree.named(name)).to_be_visible(timeout=MS_TO_BE_DRAWN)
    page.screenshot(path=artifacts / "upload-tree.png")
    said = site.exec(UPLOADS, "sh", "-c", 'find "$OMERO_WEB_UPLOAD_DIR" -name "*.tif"')
    assert said == "", "what OMERO has is on the volume no longer"


def test_half_a_piece_that_was_cut_off_is_not_lost(site: Site, scientist: Browser) -> None:
    """Nothing between browser and gunicorn holds a body back until it is whole."""
    content = hashlib.sha256(b"seed").digest() * 2**18
    upload = uploading.start(scientist, {"a.tif": content}, {"new_dataset": "Cut"}, {})
    half = len(content) // 2
    upload.send_a_part("a.tif", content, half)
    at = upload.offset("a.tif")
    assert 0 < at <= half

    # Nor is it by the end of the pod, without a chance to finish anything.
    chosen = ("--selector", f"{COMPONENT}=uploads", "--namespace", site.namespace)
    site.kubectl.run("delete", "pods", *chosen, "--grace-period=0", "--force")
    site.kubectl.run("wait", "pods", *chosen, "--for=condition=Ready", "--timeout=240s")
    wait_until(lambda: upload.reachable("a.tif"), 60, lambda why: f"{why}: no pod is reached")
    assert upload.offset("a.tif") == at
    upload.send("a.tif", content)
    job = upload.addresses["job_id"].replace("-", "")
    said = site.exec(UPLOADS, "sh", "-c", f'sha1sum "$OMERO_WEB_UPLOAD_DIR"/{job}/files/a.tif')
    assert said.split()[0] == hashlib.sha1(content).hexdigest()  # noqa: S324 - OMERO's
    assert scientist.post(upload.addresses["cancel_url"]).status_code == 200


def test_the_web_and_the_workers_see_no_files(site: Site) -> None:
    look = 'echo "[$OMERO_WEB_UPLOAD_DIR]"; ls -d /uploads 2>/dev/null; true'
    for workload in ("deploy/demo-web", "deploy/demo-worker"):
        assert site.exec(workload, "sh", "-c", look).strip() == "[]"
