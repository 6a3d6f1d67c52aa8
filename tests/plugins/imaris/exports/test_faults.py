"""Whatever fails, an export says what became of it, and no part of a file is ever offered."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

import local_services
import omero_ims
from imaris_site import ExportBrowser, Faults, browser_of, faults, gateway_of, made_image
from people import Person
from plugin_site import Worker, until
from whole_site import WholeSite, whole_site

PLANES = 60
LARGE = (40, 30, PLANES, 1, 1)
# A worker that was killed is noticed after this time.
QUICKLY = {"JOB_LEASE_SECONDS": "4"}


@pytest.fixture
def slowly(whole: WholeSite, person: Person) -> Iterator[Faults]:
    """Each plane of the user takes a while."""
    with faults(whole.site.standin, person.id) as made:
        made.slow_pixels(0.2)
        yield made


def some_planes_of(browser: ExportBrowser, export: str) -> None:
    """Wait until its file is begun."""
    until(lambda: browser.one(export)["planes"]["done"] > 3, told=lambda: str(browser.one(export)))


def not_offered(browser: ExportBrowser, export: str) -> None:
    """Nothing can be downloaded, in no way."""
    assert browser.one(export)["files"][0]["file_url"] is None
    assert browser.file(export).status_code == 409


def on_volume(whole: WholeSite, image: int) -> list[str]:
    """Names of an image's files, complete or not."""
    folder = whole.exports / str(image)
    return sorted(each.name for each in folder.iterdir()) if folder.is_dir() else []


def is_whole(answer: httpx.Response, folder: Path) -> bool:
    """Whether a download is a correct file."""
    assert answer.status_code == 200, answer.text
    here = folder / "downloaded.ims"
    here.write_bytes(answer.content)
    return omero_ims.verify(here) == []


def test_a_killed_workers_export_is_taken_up_and_ends_once(
    whole: WholeSite, no_worker: None, slowly: Faults, exporter: ExportBrowser, omero_of: Any,
    tmp_path: Path,
) -> None:  # fmt: skip
    image = made_image(omero_of, size=LARGE)
    (export,) = exporter.start(image)
    with whole.worker("killed", **QUICKLY) as first:
        some_planes_of(exporter, export["id"])
        first.kill()
        assert len(on_volume(whole, image)) >= 1
        not_offered(exporter, export["id"])
        until(lambda: "does not respond" in exporter.one(export["id"])["message"])
    slowly.forget()
    with whole.worker("second", **QUICKLY):
        ended = exporter.until(export["id"])
    assert (ended["state"], ended["message"]) == ("done", "")
    assert on_volume(whole, image) == [f"{file_id(whole, image)}.ims"]
    assert is_whole(exporter.file(export["id"]), tmp_path)


def test_a_message_that_comes_again_while_its_job_runs_starts_nothing(
    whole: WholeSite, no_worker: None, slowly: Faults, exporter: ExportBrowser, omero_of: Any,
    tmp_path: Path,
) -> None:  # fmt: skip
    """Redis gives a message to another worker after 5 s; the job takes 20."""
    image = made_image(omero_of, size=LARGE)
    (export,) = exporter.start(image)
    soon = {"JOB_VISIBILITY_SECONDS": "5"}
    slowly.forget()
    slowly.slow_pixels(0.35)
    with whole.worker("first", **soon) as first:
        some_planes_of(exporter, export["id"])
        with whole.worker("second", **soon) as second:
            until(lambda: "is not waiting: nothing to do" in second.said() + first.said(), 40)
            assert exporter.one(export["id"])["state"] == "running"
            ended = exporter.until(export["id"])
            said = first.said() + second.said()
    assert ended["state"] == "done"
    assert said.count("attempt 1") == 1
    assert "attempt 2" not in said
    assert on_volume(whole, image) == [f"{file_id(whole, image)}.ims"]
    assert is_whole(exporter.file(export["id"]), tmp_path)


def test_the_session_of_the_export_ends(
    whole: WholeSite, no_worker: None, slowly: Faults, exporter: ExportBrowser, omero_of: Any,
    person: Person, tmp_path: Path,
) -> None:  # fmt: skip
    """An administrator ends it, or the server forgets it: another one is opened."""
    image = made_image(omero_of, size=LARGE)
    (export,) = exporter.start(image)
    with whole.worker("worker", JOB_LEASE_SECONDS="12"):
        some_planes_of(exporter, export["id"])
        slowly.forget()
        slowly.order("RawPixelsStore.getPlane", "lost")
        until(lambda: "session" in exporter.one(export["id"])["message"].lower()
              or exporter.one(export["id"])["state"] == "done")  # fmt: skip
        ended = exporter.until(export["id"])
    assert (ended["state"], ended["message"]) == ("done", "")
    assert job_attempts(whole, image) == 2
    assert is_whole(exporter.file(export["id"]), tmp_path)
    # The user's own session, in the browser and here, has nothing to do with it.
    assert exporter.ask("exports/")["exports"][0]["state"] == "done"


def test_an_image_that_is_deleted_meanwhile(
    whole: WholeSite, worker: Worker, slowly: Faults, exporter: ExportBrowser, omero_of: Any
) -> None:
    image = made_image(omero_of, size=LARGE)
    (export,) = exporter.start(image)
    some_planes_of(exporter, export["id"])
    omero_of.deleteObjects("Image", [image], wait=True)
    ended = exporter.until(export["id"])
    assert ended["state"] == "failed"
    assert ended["message"] == (f"Image {image} was deleted in OMERO, or you may no longer read it")
    assert on_volume(whole, image) == []
    exporter.tell(f"exports/{export['id']}/retry/", status=404)


def test_an_image_that_changes_meanwhile(
    whole: WholeSite, worker: Worker, slowly: Faults, exporter: ExportBrowser, omero_of: Any
) -> None:
    image = made_image(omero_of, size=LARGE)
    (export,) = exporter.start(image)
    some_planes_of(exporter, export["id"])
    wrapper = omero_of.getObject("Image", image)
    wrapper.setName("another name")
    wrapper.save()
    ended = exporter.until(export["id"])
    assert (ended["state"], "changed in OMERO" in ended["message"]) == ("failed", True)
    assert on_volume(whole, image) == []
    slowly.forget()
    exporter.tell(f"exports/{export['id']}/retry/")
    again = exporter.until(export["id"])
    assert (again["state"], again["files"][0]["file_name"]) == ("done", "another name.ims")


def test_a_server_that_refuses_once_is_asked_again(
    whole: WholeSite, no_worker: None, exporter: ExportBrowser, omero_of: Any, person: Person
) -> None:
    image = made_image(omero_of)
    with faults(whole.site.standin, person.id) as once:
        once.order("RawPixelsStore.getPlane", "refused", error="ConcurrencyException")
        (export,) = exporter.start(image)
        with whole.worker("worker", JOB_LEASE_SECONDS="12"):
            assert exporter.until(export["id"])["state"] == "done"
    assert job_attempts(whole, image) == 2


def test_a_failure_is_a_failure(
    whole: WholeSite, worker: Worker, exporter: ExportBrowser, omero_of: Any, person: Person
) -> None:
    """W14: what did not work is never called finished, in none of the ways to ask."""
    image = made_image(omero_of)
    with faults(whole.site.standin, person.id) as once:
        once.order("RawPixelsStore.getPlane", "refused", error="SecurityViolation")
        (export,) = exporter.start(image)
        ended = exporter.until(export["id"])
    assert (ended["state"], ended["files"][0]["file_url"]) == ("failed", None)
    assert ended["message"] == "OMERO does not allow this with your permissions"
    asked = exporter.ask(f"imaris-export/?job=celery-{export['id']}")
    assert (asked["state"], asked["finished"], asked["failed"]) == ("FAILED", False, True)
    assert "download_url" not in asked
    not_offered(exporter, export["id"])
    exporter.ask(f"imaris-export/?job=celery-{export['id']}&download=1", 409)
    exporter.ask("imaris-export/?job=celery-00000000-0000-0000-0000-000000000000", 404)


@pytest.mark.usefixtures("no_worker")
def test_a_full_volume(
    whole: WholeSite, exporter: ExportBrowser, omero_of: Any, tmp_path: Path
) -> None:
    """Refused before anything is written where that is known, and ended by a message if not."""
    with small_volume(tmp_path, "40m") as folder:
        large = made_image(omero_of, "large", (1000, 1000, 20, 1, 1))
        (export,) = exporter.start(large)
        with whole.worker("small", OMERO_IMS_EXPORT_DIR=str(folder)):
            ended = exporter.until(export["id"])
            assert ended["state"] == "failed"
            assert "needs up to" in ended["message"]
            # Somebody else fills it while a file is written.
            image = made_image(omero_of, "small", LARGE)
            with faults(whole.site.standin) as slowly:
                slowly.slow_pixels(0.2)
                (other,) = exporter.start(image)
                some_planes_of(exporter, other["id"])
                (folder / "of others").write_bytes(bytes(30 * 2**20))
                ended = exporter.until(other["id"])
        assert ended["state"] == "failed"
        assert "The volume of exports became full" in ended["message"]
        assert [path for path in folder.rglob("*") if path.is_file()] == [folder / "of others"]
        not_offered(exporter, other["id"])


def test_redis_is_restarted_while_exports_wait_and_run(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    """Redis keeps nothing: what waited is sent again, what runs goes on, each ends once."""
    with whole_site(tmp_path_factory.mktemp("restarted")) as own:
        user = own.people.person()
        with gateway_of(own.site.standin, user.name, user.password) as conn:
            images = [made_image(conn, f"image {n}", LARGE, seed=n) for n in range(2)]
        browser = browser_of(own, user)
        first, second = browser.start(*images, apart=True)
        with own.worker("worker", **QUICKLY) as worker, faults(own.site.standin) as slowly:
            slowly.slow_pixels(0.2)
            some_planes_of(browser, first["id"])
            own.site.redis.process.send_signal(signal.SIGKILL)
            own.site.redis.process.wait(20)
            with local_services.redis(tmp_path, again=own.site.redis):
                # OMERO.web's sessions were in it.
                browser = browser_of(own, user)
                assert browser.one(first["id"])["state"] == "running"
                assert browser.one(second["id"])["state"] == "queued"
                slowly.forget()
                for export in (first, second):
                    assert browser.until(export["id"])["state"] == "done"
                    assert is_whole(browser.file(export["id"]), tmp_path)
                assert worker.said().count("(imaris.export), attempt 1") == 2
                assert "attempt 2" not in worker.said()


def file_id(whole: WholeSite, image: int) -> str:
    """The one file of an image."""
    with whole.base.transaction() as cursor:
        cursor.execute("select id from imaris_files where image_id = %s", (image,))
        (row,) = cursor.fetchall()
        return str(row["id"])


def job_attempts(whole: WholeSite, image: int) -> int:
    """How often the one job of an image was begun."""
    with whole.base.transaction() as cursor:
        cursor.execute(
            "select j.attempt from omero_plugin_jobs j join imaris_files f on f.job = j.id "
            "where f.image_id = %s",
            (image,),
        )
        (row,) = cursor.fetchall()
        return int(row["attempt"])


@contextmanager
def small_volume(folder: Path, size: str) -> Iterator[Path]:
    """A file system in memory that is full soon; mounting it needs root, as containers do."""
    folder = folder / "volume"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "small", str(folder)]
    done = subprocess.run(mount, check=False, capture_output=True, text=True)
    assert done.returncode == 0, f"run this ring as root: {done.stderr}"
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)
