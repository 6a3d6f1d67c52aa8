"""An image is exported once, whoever asks for it and how often."""

from __future__ import annotations

from typing import Any

import pytest

from imaris_site import ExportBrowser, browser_of, faults, made_image, set_voxel
from people import People, Person
from plugin_site import Worker, until
from whole_site import WholeSite


@pytest.fixture
def other(whole: WholeSite, people: People, person: Person) -> ExportBrowser:
    """Somebody else's browser, of the same group."""
    return browser_of(whole, people.person(person.group, label="other"))


def jobs(whole: WholeSite, image: int) -> list[str]:
    """The states of the jobs that wrote files of an image."""
    with whole.base.transaction() as cursor:
        cursor.execute(
            "select state from omero_plugin_jobs where kind = 'imaris.export' and about like %s "
            "order by created",
            (f"%(image {image})",),
        )
        return [row["state"] for row in cursor.fetchall()]


def test_an_unchanged_image_is_offered_from_the_file_that_there_is(
    whole: WholeSite, worker: Worker, exporter: ExportBrowser, other: ExportBrowser, omero_of: Any
) -> None:
    image = made_image(omero_of)
    first = exporter.until(exporter.start(image)[0]["id"])
    (second,) = exporter.start(image)
    (third,) = other.start(image)
    assert {each["state"] for each in (first, second, third)} == {"done"}
    assert len({each["id"] for each in (first, second, third)}) == 3
    assert exporter.file(first["id"]).content == other.file(third["id"]).content
    assert jobs(whole, image) == ["done"]

    set_voxel(omero_of, image, [(2, "NANOMETER"), None, None])
    changed = other.until(other.start(image)[0]["id"])
    assert changed["state"] == "done"
    assert jobs(whole, image) == ["done", "done"]
    # Who has the old file keeps it.
    assert exporter.file(first["id"]).headers["ETag"] != other.file(changed["id"]).headers["ETag"]


def test_who_asks_while_it_is_written_waits_for_the_same_file(
    whole: WholeSite, person: Person, no_worker: None, exporter: ExportBrowser,
    other: ExportBrowser, omero_of: Any,
) -> None:  # fmt: skip
    image = made_image(omero_of)
    (first,) = exporter.start(image)
    (second,) = exporter.start(image)
    (third,) = other.start(image)
    assert (first["state"], first["position"]) == ("queued", 1)
    # Another image comes after it.
    (behind,) = other.start(made_image(omero_of, "behind"))
    assert behind["position"] == 2
    # Who does not want it any more does not take it from the others.
    assert exporter.tell(f"exports/{first['id']}/cancel/")["state"] == "cancelled"
    with whole.worker():
        assert exporter.until(second["id"])["state"] == "done"
        assert other.until(third["id"])["state"] == "done"
    assert exporter.one(first["id"])["state"] == "cancelled"
    assert exporter.file(first["id"]).status_code == 409
    assert jobs(whole, image) == ["done"]


def test_cancelled_by_all_it_is_written_no_further_and_nothing_is_left(
    whole: WholeSite, person: Person, worker: Worker, exporter: ExportBrowser, omero_of: Any
) -> None:
    image = made_image(omero_of, size=(40, 30, 200, 1, 1))
    with faults(whole.site.standin, person.id) as slowly:
        slowly.slow_pixels(0.1)
        (export,) = exporter.start(image)
        exporter.until(export["id"], "running")
        until(lambda: exporter.one(export["id"])["planes"]["done"] > 5)
        assert list((whole.exports / str(image)).iterdir()) != []
        assert exporter.tell(f"exports/{export['id']}/cancel/")["state"] == "cancelled"
        until(lambda: jobs(whole, image) == ["cancelled"])
    assert list((whole.exports / str(image)).iterdir()) == []
    assert exporter.file(export["id"]).status_code == 409
    exporter.tell(f"exports/{export['id']}/cancel/", status=409)
    # As the same export, from the beginning.
    assert exporter.tell(f"exports/{export['id']}/retry/")["state"] in ("queued", "running")
    ended = exporter.until(export["id"])
    assert (ended["state"], ended["planes"]["done"], ended["planes"]["total"]) == ("done", 200, 200)
    exporter.tell(f"exports/{export['id']}/retry/", status=409)


def test_a_deleted_export_takes_its_file_along_when_nobody_else_has_it(
    whole: WholeSite, worker: Worker, exporter: ExportBrowser, other: ExportBrowser, omero_of: Any
) -> None:
    image = made_image(omero_of)
    first = exporter.until(exporter.start(image)[0]["id"])
    (second,) = other.start(image)
    folder = whole.exports / str(image)
    exporter.tell(f"exports/{first['id']}/delete/")
    exporter.ask(f"exports/{first['id']}/", 404)
    assert len(list(folder.iterdir())) == 1
    assert other.file(second["id"]).status_code == 200
    other.tell(f"exports/{second['id']}/delete/")
    assert list(folder.iterdir()) == []


def test_a_list_of_exports_in_pages(worker: Worker, exporter: ExportBrowser, omero_of: Any) -> None:
    images = [made_image(omero_of, f"image {n}", (4, 3, 1, 1, 1), seed=n) for n in range(3)]
    started = exporter.start(*images, apart=True)
    assert [each["files"][0]["image"]["id"] for each in started] == images
    for _ in range(20):
        exporter.start(*images, apart=True)
    first = exporter.ask("exports/")
    second = exporter.ask(f"exports/?before={first['next'].replace('+', '%2B')}")
    assert (len(first["exports"]), len(second["exports"]), second["next"]) == (50, 13, None)
    ids = [each["id"] for each in first["exports"] + second["exports"]]
    assert len(set(ids)) == 63
    created = [each["created"] for each in first["exports"] + second["exports"]]
    assert created == sorted(created, reverse=True)
    assert first["room"]["free"] > 0
    exporter.ask("exports/?before=nonsense", 400)
    exporter.ask("exports/?all=1", 403)
