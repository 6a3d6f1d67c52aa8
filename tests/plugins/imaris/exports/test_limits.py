"""What a site allows, and files whose time is over."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import omero.model
from omero.rtypes import rstring

import local_services
from imaris_site import ExportBrowser, browser_of, made_image
from people import Person
from plugin_site import Worker, until
from whole_site import WholeSite


def test_limits_of_a_site(
    whole: WholeSite, person: Person, no_worker: None, omero_of: Any, tmp_path: Path
) -> None:
    small = made_image(omero_of, "small", (4, 3, 1, 1, 1))
    large = made_image(omero_of, "large", (400, 300, 2, 1, 1))
    limits = {
        "OMERO_IMS_MAX_IMAGE_BYTES": "100000",
        "OMERO_IMS_MAX_BYTES": "10000000000",
        "OMERO_IMS_EXPORTS_PER_USER": "2",
    }
    with local_services.web_beside(whole.site, tmp_path, **limits) as web:
        browser = browser_of(whole, person, web.url)
        assert browser.ask("exports/")["room"]["limit"] == 10_000_000_000
        refused = browser.tell("exports/", {"images": [large]}, 409)
        assert refused["code"] == "not_possible"
        assert "480.0 kB of pixels" in refused["error"]
        (seen,) = browser.ask(f"images/?image={large}")["images"]
        assert "at most 100.0 kB" in seen["problem"]
        browser.start(small, made_image(omero_of, "other", (4, 3, 1, 1, 1)))
        refused = browser.tell("exports/", {"images": [small]}, 409)
        assert refused["code"] == "too_many_exports"


def test_no_room(whole: WholeSite, person: Person, omero_of: Any, tmp_path: Path) -> None:
    image = made_image(omero_of, size=(1000, 1000, 3, 1, 1))
    with local_services.web_beside(whole.site, tmp_path, OMERO_IMS_MAX_BYTES="1000000") as web:
        browser = browser_of(whole, person, web.url)
        refused = browser.tell("exports/", {"images": [image]}, 409)
    assert refused["code"] == "no_room"
    assert "needs up to" in refused["error"]


def test_what_is_written_now_counts(
    whole: WholeSite, no_worker: None, exporter: ExportBrowser, omero_of: Any
) -> None:
    """Two that run at once must not have the same room."""
    (export,) = exporter.start(made_image(omero_of, "comes", (400, 300, 1, 1, 1)))
    before = exporter.ask("exports/")["room"]["used"]
    image = export["files"][0]["image"]["id"]
    with whole.base.transaction() as cursor:
        cursor.execute("update imaris_files set begun = now() where image_id = %s", (image,))
    after = exporter.ask("exports/")["room"]["used"]
    assert after - before >= 400 * 300 * 2


def test_a_whole_dataset_is_a_list_of_exports(
    no_worker: None, exporter: ExportBrowser, omero_of: Any
) -> None:
    dataset = omero_of.getUpdateService().saveAndReturnObject(
        _dataset("exported"), omero_of.SERVICE_OPTS
    )
    images = [made_image(omero_of, f"b {n}", (4, 3, 1, 1, 1), seed=n) for n in (2, 1)]
    for image in images:
        link = _link(dataset.id.val, image)
        omero_of.getUpdateService().saveObject(link, omero_of.SERVICE_OPTS)
    started = exporter.tell("exports/", {"dataset": dataset.id.val}, 201)["exports"]
    assert [each["files"][0]["image"]["name"] for each in started] == ["b 1", "b 2"]
    assert [each["position"] for each in started] == [1, 2]
    assert len({each["id"] for each in started}) == 2


def test_what_cannot_be_a_file_of_imaris(exporter: ExportBrowser, omero_of: Any) -> None:
    """Several images are exported together or not at all; the message says which cannot."""
    good = made_image(omero_of, "good", (4, 3, 1, 1, 1))
    service = omero_of.getPixelsService()
    kinds = omero_of.getTypesService().allEnumerations("PixelsType")
    (kind,) = [each for each in kinds if each.value.val == "complex"]
    bad = service.createImage(4, 3, 1, 1, [0], kind, "waves", "", omero_of.SERVICE_OPTS).val
    refused = exporter.tell("exports/", {"images": [good, bad]}, 409)
    assert refused["error"].startswith(f"Image {bad} (waves) cannot be exported: Imaris has no")
    assert exporter.ask("exports/")["exports"] == []


def test_files_expire_and_orphans_are_deleted(
    whole: WholeSite, no_worker: None, exporter: ExportBrowser, omero_of: Any
) -> None:
    old, fresh = (made_image(omero_of, name, (4, 3, 1, 1, 1)) for name in ("old", "fresh"))
    with whole.worker("exporting"):
        exports = [each["id"] for each in exporter.start(old, fresh, apart=True)]
        for each in exports:
            exporter.until(each)
    with whole.base.transaction() as cursor:
        cursor.execute(
            "update imaris_files set used = now() - interval '2 hours' where image_id = %s", (old,)
        )
        cursor.execute("delete from omero_plugin_periodic where name = 'imaris.clean_up'")
    orphan = whole.exports / str(old) / f"{uuid4()}.ims.3.part"
    not_ours = whole.exports / str(old) / "notes.txt"
    young = whole.exports / str(old) / f"{uuid4()}.ims"
    for each in (orphan, not_ours, young):
        each.write_text("x")
    for each in (orphan, not_ours):
        os.utime(each, (time.time() - 7200,) * 2)
    with whole.worker("cleaning", OMERO_IMS_KEEP_SECONDS="3600", JOB_LEASE_SECONDS="4"):
        until(lambda: not orphan.exists())
        assert exporter.one(exports[0])["state"] == "expired"
    answer = exporter.file(exports[0])
    assert (answer.status_code, answer.json()["code"]) == (410, "expired")
    assert exporter.file(exports[1]).status_code == 200
    assert sorted((whole.exports / str(old)).iterdir()) == sorted([not_ours, young])


def test_a_download_keeps_the_file_for_longer(
    whole: WholeSite, worker: Worker, exporter: ExportBrowser, omero_of: Any
) -> None:
    image = made_image(omero_of, size=(4, 3, 1, 1, 1))
    export = exporter.until(exporter.start(image)[0]["id"])["id"]
    with whole.base.transaction() as cursor:
        cursor.execute(
            "update imaris_files set used = now() - interval '2 hours' where image_id = %s",
            (image,),
        )
    before = exporter.one(export)["files"][0]["expires"]
    exporter.file(export)
    assert exporter.one(export)["files"][0]["expires"] > before


def _dataset(name: str) -> Any:
    made = omero.model.DatasetI()
    made.name = rstring(name)
    return made


def _link(dataset: int, image: int) -> Any:
    made = omero.model.DatasetImageLinkI()
    made.parent = omero.model.DatasetI(dataset, False)
    made.child = omero.model.ImageI(image, False)
    return made
