"""What nobody expects: odd images and names, moved images, two at once, ends at bad moments."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

# First: imported after Glacier2 it would define its exceptions a second time.
import omero.clients  # isort: skip
import numpy as np
import omero.cmd
import omero.model
import pytest

import importing
import omero_ims
from imaris_site import (
    PLUGIN,
    ExportBrowser,
    attribute,
    browser_of,
    faults,
    gateway_of,
    made_image,
    pixels_of,
    planes_of,
)
from people import People, Person
from plugin_site import Worker, until
from whole_site import WholeSite

ODD_NAMES = {
    "path": "../../etc/passwd",
    "quotes and lines": "a\"b'c\r\nSet-Cookie: x=1; d\\e",
    "emoji": "😀" * 120,
    "long": "x" * 255,
    "device": "CON.ims",
    "turned": "abc\u202exslx.ims",
    "nothing left": "///",
}


def checked(browser: ExportBrowser, export: str, folder: Path) -> bytes:
    """The file of an export, which is a correct one."""
    ended = browser.until(export)
    assert ended["state"] == "done", ended
    answer = browser.file(export)
    assert answer.status_code == 200, answer.text
    place = folder / f"{export}.ims"
    place.write_bytes(answer.content)
    assert omero_ims.verify(place) == []
    return answer.content


def test_images_of_odd_shapes_types_and_units(
    worker: Worker, exporter: ExportBrowser, omero_of: Any, tmp_path: Path
) -> None:
    cases = [
        ("one pixel", (1, 1, 1, 1, 1), "uint8", []),
        ("five dimensions", (33, 17, 5, 3, 7), "uint16", [(65, "NANOMETER"), (1, "INCH"), None]),
        ("signed", (20, 10, 1, 1, 1), "int16", [(1, "PIXEL"), None, None]),
        ("large numbers", (20, 10, 2, 1, 1), "int32", []),
        ("double", (20, 10, 2, 1, 1), "float64", []),
        ("float", (20, 10, 1, 2, 1), "float32", []),
    ]
    for name, size, dtype, voxel in cases:
        image = made_image(omero_of, name, size, dtype, voxel=voxel)
        content = checked(exporter, exporter.start(image)[0]["id"], tmp_path)
        planes, (_, _, z, c, t) = planes_of(size, dtype), size
        for time in range(t):
            for channel in range(c):
                expected = [planes[(each * c + channel) * t + time] for each in range(z)]
                stored = np.array(expected)
                found = pixels_of(content, channel, time)
                assert np.array_equal(found, stored.astype(found.dtype)), (name, time, channel)
        if name == "five dimensions":
            ends = [float(attribute(content, "DataSetInfo/Image", f"ExtMax{n}")) for n in range(3)]
            assert np.allclose(ends, [33 * 0.065, 17 * 25400, 5 * 0.065])


def test_values_that_are_no_numbers_or_tiny(
    worker: Worker, exporter: ExportBrowser, omero_of: Any, tmp_path: Path
) -> None:
    """Heights in metres, and holes in them."""
    plane = (np.arange(64, dtype=np.float32) * 1e-11).reshape(8, 8)
    plane[0, 0], plane[0, 1] = np.nan, np.inf
    image = omero_of.createImageFromNumpySeq(iter([plane]), "heights").getId()
    content = checked(exporter, exporter.start(image)[0]["id"], tmp_path)
    assert np.array_equal(pixels_of(content)[0], plane, equal_nan=True)


def test_odd_names(worker: Worker, exporter: ExportBrowser, omero_of: Any, tmp_path: Path) -> None:
    for name in ODD_NAMES.values():
        image = made_image(omero_of, name, (4, 3, 1, 1, 1))
        export = exporter.start(image)[0]["id"]
        content = checked(exporter, export, tmp_path)
        assert attribute(content, "DataSetInfo/Image", "Name") == name
        saved = exporter.one(export)["files"][0]["file_name"]
        assert not set(saved) & set('/\\:*?"<>|\r\n')
        assert len(saved.encode()) <= 255
        header = exporter.file(export).headers
        assert header["Content-Disposition"].startswith("attachment; filename=")
        assert "Set-Cookie" not in header


def test_images_of_wells(
    worker: Worker, exporter: ExportBrowser, omero_of: Any, tmp_path: Path
) -> None:
    name = "p&sizeX=16&sizeY=16&plates=1&plateRows=2&plateCols=2&fields=2.fake"
    answer = importing.imported(omero_of, {name: b""})
    images = [each.image.id.val for each in answer.pixels]
    assert len(images) == 8
    for image, export in zip(images, exporter.start(*images, apart=True), strict=True):
        content = checked(exporter, export["id"], tmp_path)
        plane = omero_of.getObject("Image", image).getPrimaryPixels().getPlane()
        assert np.array_equal(pixels_of(content)[0], plane)


def test_an_image_of_a_private_group(whole: WholeSite, people: People, worker: Worker) -> None:
    group = people.group("rw----")
    owner, member = people.person(group, label="owner"), people.person(group, label="member")
    leader = people.person(group, label="leader")
    with gateway_of(whole.site.standin, "root", whole.site.standin.password) as root:
        root.getAdminService().setGroupOwner(
            omero.model.ExperimenterGroupI(group.id, False),
            omero.model.ExperimenterI(leader.id, False),
        )
    with gateway_of(whole.site.standin, owner.name, owner.password) as conn:
        image = made_image(conn)
    browser_of(whole, member).tell("exports/", {"images": [image]}, 404)
    browser_of(whole, people.person(label="stranger")).tell("exports/", {"images": [image]}, 404)
    root_browser = ExportBrowser(whole.site.url)
    root_browser.log_in("root", whole.site.standin.password)
    for browser in (root_browser, browser_of(whole, leader), browser_of(whole, owner)):
        export = browser.until(browser.start(image)[0]["id"])
        assert (export["state"], export["message"]) == ("done", "")
        assert browser.file(export["id"]).status_code == 200


def test_an_image_that_moves_to_another_group(
    whole: WholeSite, people: People, no_worker: None, tmp_path: Path
) -> None:
    first, second = people.group(label="first"), people.group(label="second")
    owner = people.person(first, second)
    colleague = people.person(first, label="colleague")
    with gateway_of(whole.site.standin, owner.name, owner.password) as conn:
        image = made_image(conn)
        browser, other = browser_of(whole, owner), browser_of(whole, colleague)
        (export,) = browser.start(image, attach=True)
        (theirs,) = other.start(image)
        command = omero.cmd.Chgrp2(targetObjects={"Image": [image]}, groupId=second.id)
        handle = conn.c.sf.submit(command, conn.SERVICE_OPTS)
        until(lambda: handle.getResponse() is not None)
        assert isinstance(handle.getResponse(), omero.cmd.OK)
        with whole.worker():
            ended = browser.until(export["id"])
            assert (ended["state"], ended["message"]) == ("done", "")
            assert ended["files"][0]["attached"] is not None
        assert browser.file(export["id"]).status_code == 200
        # Who is no member of the other group does not get it.
        assert other.file(theirs["id"]).status_code == 404
        conn.SERVICE_OPTS.setOmeroGroup("-1")
        (annotation,) = conn.getObject("Image", image).listAnnotations(ns="omero.export.ims")
        assert annotation.getDetails().getGroup().getId() == second.id


def test_many_requests_in_one_moment(
    whole: WholeSite, people: People, person: Person, worker: Worker, omero_of: Any
) -> None:
    images = [made_image(omero_of, f"image {n}", (4, 3, 1, 1, 1), seed=n) for n in range(3)]
    browsers = [browser_of(whole, people.person(person.group, label=f"u{n}")) for n in range(4)]
    orders = [images, images[::-1]]
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda n: browsers[n % 4].start(*orders[n % 2]), range(8)))
    for number, exports in enumerate(made):
        for export in exports:
            assert browsers[number % 4].until(export["id"])["state"] == "done"
    for image in images:
        assert len(list((whole.exports / str(image)).iterdir())) == 1


@pytest.mark.parametrize("ranges", ["bytes=0-0,5-9", "bytes=5-4", "lines=1-2", "bytes=x", "-5"])
def test_ranges_that_are_answered_with_all(
    worker: Worker, exporter: ExportBrowser, omero_of: Any, ranges: str
) -> None:
    export = exporter.until(exporter.start(made_image(omero_of))[0]["id"])
    answer = exporter.file(export["id"], Range=ranges)
    assert (answer.status_code, len(answer.content)) == (200, export["files"][0]["bytes"])


def test_a_logout_in_the_middle_of_a_download(
    worker: Worker, exporter: ExportBrowser, omero_of: Any
) -> None:
    """What has begun is sent; nothing more is, also no rest."""
    export = exporter.until(exporter.start(made_image(omero_of, size=(900, 900, 4, 1, 1)))[0]["id"])
    path = f"/{PLUGIN}/exports/{export['id']}/file/"
    with exporter.client.stream("GET", path) as answer:
        pieces = answer.iter_bytes(1000)
        first = next(pieces)
        exporter.client.post("/webclient/logout/", headers={"X-CSRFToken": exporter.token})
        assert len(first) + sum(map(len, pieces)) == export["files"][0]["bytes"]
    rest = exporter.client.get(path, headers={"Range": "bytes=1000-"})
    assert rest.status_code == 401


def test_a_worker_that_is_killed_between_the_name_and_the_word(
    whole: WholeSite, no_worker: None, person: Person, exporter: ExportBrowser, omero_of: Any,
    tmp_path: Path,
) -> None:  # fmt: skip
    """A file has its name, and nobody has said that it is ready: it is not offered."""
    image = made_image(omero_of, size=(40, 30, 60, 1, 1))
    with faults(whole.site.standin, person.id) as slowly:
        slowly.slow_pixels(0.2)
        (export,) = exporter.start(image)
        with whole.worker("killed", JOB_LEASE_SECONDS="4") as first:
            until(lambda: exporter.one(export["id"])["planes"]["done"] > 3)
            first.kill()
    folder = whole.exports / str(image)
    (part,) = folder.iterdir()
    part.rename(folder / f"{part.name.partition('.ims')[0]}.ims")
    assert exporter.file(export["id"]).status_code == 409
    with whole.worker("second", JOB_LEASE_SECONDS="4"):
        checked(exporter, export["id"], tmp_path)
    assert len(list(folder.iterdir())) == 1


def test_a_worker_that_is_killed_while_it_attaches(
    whole: WholeSite, no_worker: None, person: Person, exporter: ExportBrowser, omero_of: Any,
    tmp_path: Path,
) -> None:  # fmt: skip
    image = made_image(omero_of)
    with faults(whole.site.standin, person.id) as slowly:
        slowly.order("RawFileStore.write", "slow", seconds=30, times=10)
        (export,) = exporter.start(image, attach=True)
        with whole.worker("killed", JOB_LEASE_SECONDS="4") as first:
            exporter.until(export["id"], "attaching")
            until(lambda: slowly.counts().get("RawFileStore.setFileId", 0) > 0)
            # The file is there already.
            assert exporter.file(export["id"]).status_code == 200
            first.kill()
    with whole.worker("second", JOB_LEASE_SECONDS="4"):
        checked(exporter, export["id"], tmp_path)
    (annotation,) = omero_of.getObject("Image", image).listAnnotations(ns="omero.export.ims")
    assert exporter.one(export["id"])["files"][0]["attached"] == annotation.getId()
    assert b"".join(annotation.getFileInChunks()) == exporter.file(export["id"]).content
