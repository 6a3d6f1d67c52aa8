"""Several images that are asked for at once are one export."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

import omero_ims
from imaris_site import ExportBrowser, browser_of, faults, made_image, pixels_of, stack_of
from people import People, Person
from plugin_site import until
from whole_site import WholeSite

SIZE = (20, 10, 3, 2, 2)
SLOW = (20, 10, 40, 1, 1)


def test_one_export_with_a_file_for_each(
    whole: WholeSite, no_worker: None, exporter: ExportBrowser, omero_of: Any, tmp_path: Path
) -> None:
    images = [made_image(omero_of, name, SIZE, seed=n) for n, name in enumerate(("b", "a", "c"))]
    (export,) = exporter.start(*images)
    assert [each["image"]["id"] for each in export["files"]] == images
    assert (export["state"], export["images"], export["ready"]) == ("queued", 3, 0)
    # Known before any of them is begun.
    assert export["planes"]["total"] == 3 * 12
    assert [each["position"] for each in export["files"]] == [1, 2, 3]
    assert export["position"] == 1
    with whole.worker():
        ended = exporter.until(export["id"])
    assert (ended["state"], ended["message"], ended["ready"]) == ("done", "", 3)
    assert (ended["planes"]["done"], ended["planes"]["total"]) == (36, 36)
    for number, file in enumerate(ended["files"]):
        answer = exporter.client.get(file["file_url"])
        assert (answer.status_code, len(answer.content)) == (200, file["bytes"])
        path = tmp_path / file["file_name"]
        path.write_bytes(answer.content)
        assert omero_ims.verify(path) == []
        assert np.array_equal(pixels_of(path, 1, 1), stack_of(SIZE, seed=number)[1, 1])
    # Which one must be said, and it must be one of them.
    assert exporter.file(export["id"]).status_code == 400
    assert exporter.file(export["id"], 10**9).status_code == 404
    (listed,) = exporter.ask("exports/")["exports"]
    assert listed["id"] == export["id"]


def test_one_that_fails_does_not_lose_the_others(
    whole: WholeSite, no_worker: None, exporter: ExportBrowser, omero_of: Any
) -> None:
    images = [made_image(omero_of, name, SIZE, seed=n) for n, name in enumerate(("a", "b", "c"))]
    (export,) = exporter.start(*images)
    omero_of.deleteObjects("Image", [images[1]], wait=True)
    with whole.worker():
        ended = exporter.until(export["id"])
        assert (ended["state"], ended["ready"]) == ("failed", 2)
        assert [each["state"] for each in ended["files"]] == ["done", "failed", "done"]
        assert ended["message"].startswith("1 of 3 images could not be exported. b: Image ")
        assert [exporter.file(export["id"], each).status_code for each in images] == [200, 404, 200]
        # Again: the one that is gone stays as it is, and says so.
        refused = exporter.tell(f"exports/{export['id']}/retry/", status=404)
        assert str(images[1]) in refused["error"]
        assert exporter.one(export["id"])["ready"] == 2
    exporter.tell(f"exports/{export['id']}/delete/")
    for image in images:
        folder = whole.exports / str(image)
        assert not folder.exists() or list(folder.iterdir()) == []
    exporter.ask(f"exports/{export['id']}/", 404)


def test_a_killed_worker_and_a_cancelled_rest(
    whole: WholeSite, person: Person, people: People, no_worker: None, exporter: ExportBrowser,
    omero_of: Any,
) -> None:  # fmt: skip
    """The next worker goes on with the image it was at; what is ready stays, also for others."""
    images = [made_image(omero_of, f"s {n}", SLOW, seed=n) for n in range(3)]
    other = browser_of(whole, people.person(person.group, label="other"))
    (export,) = exporter.start(*images)
    # Somebody else wants the last one of them, and another one first.
    (theirs,) = other.start(images[2], images[0])
    with faults(whole.site.standin, person.id) as slowly:
        with whole.worker("killed", JOB_LEASE_SECONDS="4", WORKER_CONCURRENCY="1") as first:
            until(lambda: exporter.one(export["id"])["ready"] == 1)
            slowly.slow_pixels(0.3)
            until(lambda: exporter.one(export["id"])["files"][1]["planes"]["done"] > 1)
            first.kill()
        made = exporter.file(export["id"], images[0]).headers["ETag"]
        with whole.worker("second", JOB_LEASE_SECONDS="4", WORKER_CONCURRENCY="1"):
            until(lambda: exporter.one(export["id"])["files"][1]["state"] == "running")
            cancelled = exporter.tell(f"exports/{export['id']}/cancel/")
            assert (cancelled["state"], cancelled["ready"]) == ("cancelled", 1)
            assert cancelled["message"] == "2 of 3 images are cancelled"
            slowly.forget()
            ended = other.until(theirs["id"])
    assert (ended["state"], ended["ready"]) == ("done", 2)
    assert exporter.file(export["id"], images[0]).headers["ETag"] == made
    assert exporter.file(export["id"], images[1]).status_code == 409
    with whole.base.transaction() as cursor:
        cursor.execute(
            "select state, count(*) as number from imaris_files where image_id = any(%s) "
            "group by state order by state",
            (images,),
        )
        found = {row["state"]: row["number"] for row in cursor.fetchall()}
    assert found == {"cancelled": 1, "ready": 2}
    with whole.worker("third"):
        assert exporter.tell(f"exports/{export['id']}/retry/")["ready"] in (1, 2)
        again = exporter.until(export["id"])
    assert (again["state"], again["ready"]) == ("done", 3)
