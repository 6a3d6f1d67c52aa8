"""From an image of OMERO to a file on the user's disk."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np

import omero_ims
from imaris_site import (
    ExportBrowser,
    Faults,
    attribute,
    browser_of,
    faults,
    gateway_of,
    made_image,
    pixels_of,
    planes_of,
)  # fmt: skip
from people import People, Person
from plugin_site import Worker, until
from scraping import key, scrape
from whole_site import WholeSite

SIZE = (40, 30, 3, 2, 2)


def test_an_image_becomes_a_file_of_the_same_pixels(
    whole: WholeSite, person: Person, worker: Worker, tmp_path: Path
) -> None:
    with gateway_of(whole.site.standin, person.name, person.password) as conn:
        image = made_image(
            conn, "Zellen 1/2 %", SIZE,
            voxel=[(250, "NANOMETER"), (0.25, "MICROMETER"), (0.001, "MILLIMETER")],
        )  # fmt: skip
    browser = browser_of(whole, person)

    (seen,) = browser.ask(f"images/?image={image}")["images"]
    assert (seen["name"], seen["problem"], seen["conversion"]) == ("Zellen 1/2 %", "", "")
    assert np.allclose(seen["voxel_um"], [0.25, 0.25, 1.0])

    (started,) = browser.start(image)
    assert (started["files"][0]["image"], started["files"][0]["file_url"]) == (
        {"id": image, "name": "Zellen 1/2 %"},
        None,
    )
    ended = browser.until(started["id"])
    assert (ended["state"], ended["message"], ended["files"][0]["by"]) == ("done", "", "writer")
    assert (ended["planes"]["done"], ended["planes"]["total"]) == (12, 12)
    assert ended["files"][0]["expires"] > ended["finished"]

    answer = browser.client.get(ended["files"][0]["file_url"])
    assert (answer.status_code, len(answer.content)) == (200, ended["files"][0]["bytes"])
    assert answer.headers["Content-Disposition"] == (
        "attachment; filename=\"Zellen 1_2 _.ims\"; filename*=UTF-8''Zellen%201_2%20%25.ims"
    )
    here = tmp_path / "file.ims"
    here.write_bytes(answer.content)
    assert omero_ims.verify(here) == []
    planes = planes_of(SIZE)
    for t in range(2):
        for c in range(2):
            # createImageFromNumpySeq takes planes in the order z, c, t with t fastest.
            expected = [planes[(z * 2 + c) * 2 + t] for z in range(3)]
            assert np.array_equal(pixels_of(here, c, t), expected)
    # Border to border, in µm.
    ends = [float(attribute(answer.content, "DataSetInfo/Image", f"ExtMax{n}")) for n in range(3)]
    starts = [float(attribute(answer.content, "DataSetInfo/Image", f"ExtMin{n}")) for n in range(3)]
    assert np.allclose(np.subtract(ends, starts), [10, 7.5, 3])


def test_an_image_larger_than_the_memory_of_an_export(
    whole: WholeSite, no_worker: None, people: People
) -> None:
    """It is read in parts, once OMERO has made its smaller resolutions."""
    size = (4000, 3000, 1, 1, 1)
    user = people.person()
    with gateway_of(whole.site.standin, user.name, user.password) as conn:
        image = made_image(conn, "large", size)
    browser = browser_of(whole, user)
    seen = Faults(whole.site.standin)
    before = seen.counts().get("RawPixelsStore.getTile", 0)
    (export,) = browser.start(image)
    with whole.worker(OMERO_IMS_MEMORY_MB="64", JOB_LEASE_SECONDS="12"):
        assert browser.until(export["id"])["state"] == "done"
    counts = seen.counts()
    assert counts.get("RawPixelsStore.getTile", 0) > before
    assert np.array_equal(pixels_of(browser.file(export["id"]).content), planes_of(size))


def test_in_a_group_that_is_not_the_users_first_and_their_session_lives_on(
    whole: WholeSite, people: People, worker: Worker
) -> None:
    """W15: the worker has a session of its own, in the group of the image."""
    second = people.group(label="second")
    user = people.person(people.group(label="first"), second)
    with gateway_of(whole.site.standin, user.name, user.password) as conn:
        conn.setGroupForSession(second.id)
        image = made_image(conn)
        browser = browser_of(whole, user)
        ended = browser.until(browser.start(image)[0]["id"])
        assert ended["state"] == "done"
        assert browser.file(ended["id"]).status_code == 200
        # Neither this session nor the browser's has ended with the export.
        assert conn.keepAlive()
        assert conn.getObject("Image", image) is not None
        assert browser.ask(f"images/?image={image}")["images"][0]["id"] == image


def test_pixels_of_every_type_and_a_single_one(
    worker: Worker, whole: WholeSite, person: Person
) -> None:
    """Byte order and signs are those of OMERO; what Imaris has no type for is said."""
    kinds = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "float32", "float64")
    sizes = dict.fromkeys(kinds, (5, 4, 2, 1, 1)) | {"uint16 alone": (1, 1, 1, 1, 1)}
    with gateway_of(whole.site.standin, person.name, person.password) as conn:
        images = [made_image(conn, kind, size, kind.split()[0]) for kind, size in sizes.items()]
    browser = browser_of(whole, person)
    for (kind, size), started in zip(
        sizes.items(), browser.start(*images, apart=True), strict=True
    ):
        ended = browser.until(started["id"])
        assert (ended["state"], ended["message"]) == ("done", ""), kind
        found = pixels_of(browser.file(ended["id"]).content)
        expected = np.array(planes_of(size, kind.split()[0]))
        assert np.array_equal(found, expected.astype(found.dtype)), kind
        assert bool(ended["files"][0]["conversion"]) == (expected.dtype != found.dtype), kind


def test_an_export_that_succeeds_is_counted_with_its_time(
    whole: WholeSite, person: Person, worker: Worker, exporter: ExportBrowser, omero_of: Any
) -> None:
    """The metric `omero_export_seconds`, as Prometheus reads it from the worker."""

    def counted() -> tuple[float, float]:
        samples = scrape(whole.worker_metrics)
        names = ("omero_export_seconds_count", "omero_export_seconds_sum")
        return tuple(samples.get(key(name), 0) for name in names)  # type: ignore[return-value]

    number, seconds = counted()
    with faults(whole.site.standin, person.id) as once:
        once.order("RawPixelsStore.getPlane", "refused", error="SecurityViolation")
        failed = exporter.until(exporter.start(made_image(omero_of))[0]["id"])
    assert failed["state"] == "failed"
    assert counted() == (number, seconds)
    began = time.monotonic()
    ended = exporter.until(exporter.start(made_image(omero_of))[0]["id"])
    assert ended["state"] == "done"
    # The job ends a moment after the file is there.
    until(lambda: counted()[0] == number + 1, told=worker.said)
    assert 0 < counted()[1] - seconds < time.monotonic() - began
