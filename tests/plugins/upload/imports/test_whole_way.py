"""From the first byte to pixels in OMERO.web, with the real worker, which may be killed."""

from __future__ import annotations

import time

import pytest

import microscope_files as made
from people import Person
from plugin_site import Worker
from upload_site import UploadBrowser, browser_of
from whole_site import WholeSite

pytestmark = pytest.mark.plugins


@pytest.fixture
def ada(whole: WholeSite, person: Person) -> UploadBrowser:
    return browser_of(whole, person)


def proven(ada: UploadBrowser, job: str) -> list[bool]:
    """Whether OMERO has the bytes that were received, for each file."""
    sums = [each["sha1"] for each in ada.files(job).values()]
    return [bool(each["omero"]) and each["omero"] == each["staged"] for each in sums]


def test_images_that_were_sent_are_in_omero_web(ada: UploadBrowser, worker: Worker) -> None:
    files = {**made.tiff("run 1/cell.tif"), **made.ics_pair("run 1"), "run 1/notes.txt": b"-"}
    started = ada.start(files, settings={"confirm": "always"})
    job = started["job_id"]
    ada.send(job, files)
    shown = ada.until(job, "awaiting_confirmation", "error")
    assert shown["status"] == "awaiting_confirmation", shown
    ada.tell(f"confirm/{job}/")
    shown = ada.until(job, "done", "error")
    assert shown["status"] == "done", shown
    rows = ada.files(job)
    assert [each["state"] for each in rows.values()] == [
        "imported",
        "imported",
        "imported",
        "skipped",
    ]
    assert proven(ada, job)[:3] == [True] * 3
    units = ada.ask(f"units/{job}/")["units"]
    images = [image for unit in units for image in unit["objects"]["images"]]
    assert len(images) == 2
    for image in images:
        answer = ada.get(f"/webgateway/render_thumbnail/{image}/96/")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")


@pytest.mark.timeout(600)
def test_workers_are_killed_and_nothing_is_imported_twice(
    ada: UploadBrowser, whole: WholeSite, no_worker: None
) -> None:
    files = made.many_tiffs(40)
    job = ada.start(files)["job_id"]
    ada.send(job, files)
    for attempt in range(4):
        # A dead worker's lease ends soon; the last one lives.
        with whole.worker(f"killed-{attempt}", JOB_LEASE_SECONDS="6"):
            if attempt == 3:
                shown = ada.until(job, "done", "error", seconds=150)
                break
            _until_some_more_are_imported(ada, job)
    assert shown["status"] == "done", shown
    assert proven(ada, job) == [True] * 40
    units = ada.ask(f"units/{job}/")["units"]
    images = [image for unit in units for image in unit["objects"]["images"]]
    assert len(images) == len(set(images)) == 40
    assert ada.get("/api/v0/m/images/").json()["meta"]["totalCount"] == 40


def _until_some_more_are_imported(ada: UploadBrowser, job: str) -> None:
    def imported() -> int:
        return int(ada.status(job)["files"].get("imported", 0))

    before, until = imported(), time.monotonic() + 120
    while imported() == before and ada.status(job)["status"] != "done":
        assert time.monotonic() < until, ada.status(job)
        time.sleep(0.02)
