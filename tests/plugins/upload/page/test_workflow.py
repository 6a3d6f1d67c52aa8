"""From a folder on this computer to images in OMERO, as a user does it."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from playwright.sync_api import APIResponse, Request, expect

import microscope_files as made
from browser.accessibility import check_accessible
from browser.complaints import Complaints
from browser.keep import picture
from browser.objects.login import LoginPage
from browser.objects.upload import UploadPage
from browser.widths import at_widths
from slow_line import SlowLine

# One file or several that belong together; the last one is a plate.
FORMATS: Final = (
    made.picture("PNG"),
    made.picture("JPEG"),
    made.mrc(),
    made.fits(),
    made.ics_pair(),
    made.nrrd_pair(),
    made.ome_tiff_with_companion(),
    made.plate_with_companion(),
)


def test_a_folder_is_shown_changed_and_checked(upload: UploadPage, run: Path) -> None:
    upload.choose(run)
    expect(upload.chosen).to_contain_text("4 files, 4.3 MiB")
    upload.page.get_by_text("B02", exact=True).click()
    upload.page.get_by_role("button", name="Remove empty.tif").click()
    expect(upload.chosen).to_contain_text("3 files")
    upload.into_new_dataset("Livers")
    upload.check()
    expect(upload.report).to_contain_text("3 files with 4.3 MiB, to new Dataset Livers")
    for width in at_widths(upload.page, (360, 1280)):
        picture(upload.page, f"upload-checked-{width}")
        check_accessible(upload.page)
    # Something else is wanted: it has to be checked again.
    upload.page.get_by_label("Name of the new dataset").fill("Kidneys")
    expect(upload.report).to_be_empty()
    expect(upload.page.get_by_role("button", name="Send ")).to_be_disabled()


def test_from_the_folder_to_images_with_the_same_bytes(upload: UploadPage, run: Path) -> None:
    """Files of many formats; afterwards OMERO.web shows the pixels of each image."""
    files = ["C03/deep/large.tif", "B02/cell #1: Müller.tif", "notes.txt", *_write_formats(run)]
    upload.choose(run)
    upload.check()
    expect(upload.report).to_contain_text("1 file of 0 bytes")
    upload.send()
    go = upload.look()
    picture(upload.page, "upload-look")
    check_accessible(upload.page)
    expect(go).to_contain_text(re.compile(r"Import \d+ images"))
    go.click()
    outcome = upload.wait_for_import()
    expect(outcome).to_contain_text("Imported.")
    rows = upload.table("Files and their checksums").get_by_role("row")
    for name in files:
        expect(rows.filter(has_text=f"{run.name}/{name}")).to_contain_text("The same")
    picture(upload.page, "upload-proof")
    check_accessible(upload.page)
    link = upload.page.get_by_role("link", name="See in OMERO.web").get_attribute("href") or ""
    assert re.search(r"\?show=(image|dataset|project|plate|screen)-\d+", link)
    images = _images(upload)
    assert len(images) > len(FORMATS)
    for image in images:
        pixels = _get(upload, f"webgateway/render_image/{image}/0/0/")
        assert pixels.headers["content-type"] == "image/jpeg", image
    upload.page.get_by_role("button", name="Upload more").click()
    upload.page.get_by_text("My earlier imports").click()
    expect(upload.page.locator("#upload-history-list")).to_contain_text("Imported")


def _images(upload: UploadPage) -> list[int]:
    """Ids of the images that the last upload has made; of a plate, those of its wells."""
    job = _get(upload, "omeroweb_upload/jobs/").json()["history"][0]["job_id"]
    units = _get(upload, f"omeroweb_upload/units/{job}/").json()["units"]
    return [image for unit in units for image in unit["objects"]["images"]]


def _get(upload: UploadPage, path: str) -> APIResponse:
    answer = upload.page.request.get(upload.site.address(path))
    assert answer.status == 200, f"{path}: {answer.text()}"
    return answer


def _write_formats(run: Path) -> list[str]:
    """Files of each format in a folder of its own; their paths below the folder of the run."""
    written = []
    for number, files in enumerate(FORMATS):
        for path, content in files.items():
            file = run / "formats" / str(number) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            written.append(str(file.relative_to(run)))
    return written


def test_a_cut_line_a_reload_and_the_same_folder_again(
    upload: UploadPage, run: Path, slow_line: SlowLine, complaints: Complaints
) -> None:
    complaints.expect("net::ERR_")
    page = upload.page
    pieces: list[tuple[str, int]] = []

    def listen(request: Request) -> None:
        if request.method == "PATCH":
            pieces.append((request.url, int(request.headers["upload-offset"])))

    page.on("request", listen)
    slow_line.slow_down(page)
    upload.choose(run)
    upload.check()
    upload.send()
    expect(upload.facts).to_contain_text("KiB/s")
    expect(upload.facts).to_contain_text(re.compile(r"[234]\.\d MiB of"))
    picture(page, "upload-sending")
    slow_line.cut()
    expect(upload.facts).to_contain_text("No connection: trying again")
    slow_line.mend()
    page.reload()
    slow_line.slow_down(page)
    # One that is another file now is rejected, by its name.
    large = run / "C03/deep/large.tif"
    content, before = large.read_bytes(), large.stat()
    large.write_bytes(content[:-1])
    upload.drop_again(run)
    refused = page.locator("#upload-refused")
    expect(refused).to_contain_text(f"run 7/C03/deep/large.tif has {len(content) - 1} bytes")
    picture(page, "upload-refused")
    large.write_bytes(content)
    os.utime(large, ns=(before.st_atime_ns, before.st_mtime_ns))
    upload.drop_again(run)
    go = upload.look()
    expect(go).to_have_text("Import 2 images")
    # One stays out: its files are deleted, and the rest is read once more.
    page.get_by_role("checkbox", name="Import run 7/C03/deep/large.tif").uncheck()
    expect(go).to_have_text("Import 1 image")
    go.click()
    expect(page.locator("#upload-look")).not_to_contain_text("large.tif", timeout=60_000)
    expect(upload.look()).to_have_text("Import 1 image")
    # What was acknowledged is not sent again: at most the piece that was on its way.
    for url in {url for url, _ in pieces}:
        offsets = [offset for each, offset in pieces if each == url]
        assert offsets == sorted(offsets)
    assert max(offset for _, offset in pieces) > 0


def test_a_pause_an_expired_login_a_stored_folder_and_an_end(
    upload: UploadPage, slow_line: SlowLine, complaints: Complaints
) -> None:
    complaints.expect("status of 401")
    page = upload.page
    slow_line.slow_down(page)
    upload.pick("run 8", {"deep/large.tif": 9_000_000, "notes.txt": 9})
    upload.check()
    upload.send()
    page.get_by_role("button", name="Pause").click()
    expect(upload.facts).to_contain_text("Paused")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Resume").click()
    expect(upload.facts).not_to_contain_text("Paused")
    logged_out = page.get_by_role("alert", name="Session")
    expect(logged_out).to_contain_text("You are logged out.")
    tab = page.context.new_page()
    LoginPage(tab, upload.site).log_in_at_once()
    tab.close()
    with page.expect_response(lambda answer: _is_a_piece(answer.request) and answer.ok):
        page.get_by_role("button", name="I am logged in").click()
    expect(logged_out).to_be_hidden()
    page.get_by_role("button", name="Pause").click()
    page.reload()
    slow_line.slow_down(page)
    with page.expect_request(_is_a_piece):
        page.get_by_role("button", name="Continue from this computer").click()
    page.get_by_role("button", name="Cancel…").first.click()
    page.get_by_role("button", name="Cancel the upload").click()
    expect(page.locator("#upload-outcome")).to_contain_text("You cancelled it")
    page.get_by_role("button", name="Upload more").click()
    expect(upload.step).to_have_text("Choose")
    expect(page.locator("#upload-unfinished")).to_be_hidden()


def _is_a_piece(request: Request) -> bool:
    return request.method == "PATCH"


def test_profiles_store_what_was_chosen(upload: UploadPage, run: Path) -> None:
    page = upload.page
    upload.choose(run)
    upload.into_new_dataset("Weekly")
    page.get_by_text("Plates, attachments, spectra").click()
    page.get_by_role("button", name="Save as a profile…").click()
    page.get_by_role("dialog").get_by_label("Name").fill("Microscope 3")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.get_by_label("Profile", exact=True)).to_be_visible()
    upload.open_at()
    upload.choose(run)
    expect(page.get_by_label("A dataset for each folder")).to_be_checked()
    page.get_by_label("Profile", exact=True).select_option(label="Microscope 3")
    expect(page.get_by_label("Name of the new dataset")).to_have_value("Weekly")
    check_accessible(page)
