"""An upload from its declaration to its end, over the routes; no worker imports anything here."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from people import People, Person
from upload_site import PLUGIN, TUS, UploadBrowser, browser_of
from whole_site import WholeSite

FILES = {"day 1/cell_01.tif": b"one", "day 1/cell_02.tif": b"second", "Thumbs.db": b"x"}
STATE = "update upload_jobs set state = %s where id = %s"


@pytest.fixture
def ada(whole: WholeSite, no_worker: None, person: Person) -> UploadBrowser:
    return browser_of(whole, person)


def set_state(whole: WholeSite, job: str, state: str) -> None:
    with whole.base.transaction() as cursor:
        cursor.execute(STATE, (state, job))


def staged(whole: WholeSite, job: str) -> set[str]:
    """Paths of the files in the staging folder."""
    folder = whole.staging / uuid.UUID(job).hex / "files"
    found = folder.rglob("*") if folder.exists() else ()
    return {str(path.relative_to(folder)) for path in found if path.is_file()}


def test_what_is_declared_is_shown(ada: UploadBrowser) -> None:
    started = ada.start(FILES)
    assert started["ok"]
    assert (started["status"], started["total_bytes"], started["uploaded_bytes"]) == (
        "uploading", 9, 0,
    )  # fmt: skip
    shown = ada.status(started["job_id"])
    assert shown == started
    files = ada.files(started["job_id"])
    assert {path: (each["role"], each["state"]) for path, each in files.items()} == {
        "day 1/cell_01.tif": ("image", "pending"),
        "day 1/cell_02.tif": ("image", "pending"),
        "Thumbs.db": ("skipped", "skipped"),
    }
    assert files["day 1/cell_02.tif"]["url"].endswith(f"/upload/{started['job_id']}/1/")


def test_the_last_byte_starts_the_reading_of_the_files(
    ada: UploadBrowser, whole: WholeSite
) -> None:
    job = ada.start(FILES)["job_id"]
    assert ada.patch(job, 0, 0, b"one").status_code == 204
    assert ada.status(job)["status"] == "uploading"
    assert ada.patch(job, 1, 0, b"sec").status_code == 204
    shown = ada.status(job)
    assert (shown["status"], shown["uploaded_bytes"]) == ("uploading", 6)
    assert ada.patch(job, 1, 3, b"ond").status_code == 204
    shown = ada.status(job)
    assert (shown["status"], shown["job"]["state"]) == ("checking", "queued")
    assert staged(whole, job) == {"day 1/cell_01.tif", "day 1/cell_02.tif"}


def test_ten_thousand_empty_files_are_complete_at_once(
    ada: UploadBrowser, whole: WholeSite
) -> None:
    shown = ada.start({f"plate/{number:05}.xml": b"" for number in range(10_000)})
    assert (shown["status"], shown["total_bytes"]) == ("checking", 0)
    assert len(staged(whole, shown["job_id"])) == 10_000


@pytest.mark.parametrize(
    ("paths", "code"),
    [
        (["../escape.tif"], "bad_path"),
        (["a/../../escape.tif"], "bad_path"),
        (["/etc/passwd"], "bad_path"),
        (["C:/x.tif"], "bad_path"),
        (["a\\b.tif"], "bad_path"),
        (["a\u0000b.tif"], "bad_json"),
        (["a\nb.tif"], "bad_path"),
        (["a/" + "n" * 256], "bad_path"),
        (["é" * 128], "bad_path"),
        (["a.tif", "a.tif"], "bad_path"),
        (["a", "a/b.tif"], "bad_path"),
        ([""], "bad_path"),
        (["Thumbs.db"], "nothing_to_send"),
    ],
)
def test_paths_that_cannot_be_used_store_nothing(
    ada: UploadBrowser, whole: WholeSite, person: Person, paths: list[str], code: str
) -> None:
    before = sorted(each.name for each in whole.staging.iterdir())
    body = {
        "files": [{"relative_path": path, "size": 1} for path in paths],
        "target": {"new_dataset": "Uploaded"},
    }
    assert ada.tell("start/", body, 400)["code"] == code
    assert sorted(each.name for each in whole.staging.iterdir()) == before
    with whole.base.transaction() as cursor:
        cursor.execute("select 1 from upload_jobs where user_id = %s", (person.id,))
        assert cursor.fetchone() is None


def test_more_than_the_site_accepts_is_rejected_before_a_byte_moves(ada: UploadBrowser) -> None:
    huge = {"files": [{"relative_path": "a.tif", "size": 2**50}]}
    assert ada.tell("start/", huge, 413)["code"] == "too_large"
    more_than_the_disk = {"files": [{"relative_path": "a.tif", "size": 2**40}]}
    assert ada.tell("start/", more_than_the_disk, 503)["code"] == "no_room"


def test_more_than_the_quota_of_the_group_is_rejected_before_a_byte_moves(
    ada: UploadBrowser, whole: WholeSite, person: Person
) -> None:
    with whole.base.transaction() as cursor:
        cursor.execute(
            "insert into omero_plugin_quotas (group_id, bytes) values (%s, 100)",
            (person.group.id,),
        )
    body = {"files": [{"relative_path": "a.tif", "size": 101}], "target": {"new_dataset": "New"}}
    [finding] = [
        each for each in ada.tell("preflight/", body)["findings"] if each["severity"] == "blocks"
    ]
    refused = ada.tell("start/", body, 409)
    assert (finding["code"], refused["code"]) == ("over_quota", "over_quota")
    assert refused["error"] == finding["message"]
    assert f"The group {person.group.name} may have 100 bytes in OMERO" in refused["error"]
    body["files"] = [{"relative_path": "a.tif", "size": 100}]
    assert ada.tell("preflight/", body)["can_start"]
    ada.tell("start/", body)


def test_others_get_404_on_every_route(
    ada: UploadBrowser, whole: WholeSite, people: People, person: Person
) -> None:
    job = ada.start(FILES)["job_id"]
    ben = browser_of(whole, people.person(person.group))
    for path in ("status", "files", "units"):
        assert ben.ask(f"{path}/{job}/", 404)["code"] == "not_found"
    bodies: dict[str, Any] = {
        "import": {}, "confirm": {}, "cancel": {}, "retry": {},
        "prune": {"keep_paths": ["day 1/cell_01.tif"]}, "sums": {"sums": {"0": "a" * 40}},
    }  # fmt: skip
    for path, body in bodies.items():
        assert ben.tell(f"{path}/{job}/", body, 404)["code"] == "not_found"
    assert ben.patch(job, 0, 0, b"one").status_code == 404
    assert ben.client.head(f"/{PLUGIN}/upload/{job}/0/", headers=TUS).status_code == 404
    assert ada.status(job)["uploaded_bytes"] == 0
    assert ada.status(job)["status"] == "uploading"


def test_pruned_files_are_deleted_and_the_rest_goes_on(
    ada: UploadBrowser, whole: WholeSite
) -> None:
    job = ada.start(FILES)["job_id"]
    assert ada.patch(job, 0, 0, b"one").status_code == 204
    assert ada.tell(f"prune/{job}/", {"keep_paths": ["no/such.tif"]}, 400)["code"] == "nothing_left"
    shown = ada.tell(f"prune/{job}/", {"keep_paths": ["day 1/cell_01.tif"]})
    assert (shown["status"], shown["total_bytes"], shown["uploaded_bytes"]) == ("checking", 3, 3)
    assert staged(whole, job) == {"day 1/cell_01.tif"}
    assert ada.patch(job, 1, 0, b"second").status_code in (404, 409, 410)


def test_a_cancelled_upload_takes_no_more_bytes(ada: UploadBrowser) -> None:
    job = ada.start(FILES)["job_id"]
    assert ada.tell(f"cancel/{job}/")["status"] == "cancelled"
    assert ada.tell(f"cancel/{job}/")["status"] == "cancelled"
    assert ada.patch(job, 0, 0, b"one").status_code in (404, 409, 410)
    assert ada.tell(f"confirm/{job}/", {}, 409)["code"] == "upload_cancelled"


def test_cancelling_stops_the_workers_job(ada: UploadBrowser) -> None:
    job = ada.start({"a.tif": b""})["job_id"]
    reading = ada.status(job)["job"]["id"]
    assert ada.tell(f"cancel/{job}/")["status"] == "cancelled"
    assert ada.get(f"/omero_plugin_common/jobs/{reading}/").json()["state"] == "cancelled"


def test_confirming_twice_starts_one_import(ada: UploadBrowser, whole: WholeSite) -> None:
    job = ada.start({"a.tif": b""})["job_id"]
    assert ada.tell(f"confirm/{job}/", {}, 409)["code"] == "upload_checking"
    set_state(whole, job, "awaiting_confirmation")
    first = ada.tell(f"confirm/{job}/")
    assert first["status"] == "importing"
    assert ada.tell(f"confirm/{job}/")["job"]["id"] == first["job"]["id"]


def test_an_upload_whose_worker_job_was_cancelled_is_cancelled(ada: UploadBrowser) -> None:
    job = ada.start({"a.tif": b""})["job_id"]
    reading = ada.status(job)["job"]["id"]
    ada.post(f"/omero_plugin_common/jobs/{reading}/cancel/")
    assert ada.status(job)["status"] == "cancelled"


def test_sums_of_the_browser_are_stored_once(ada: UploadBrowser) -> None:
    job = ada.start(FILES)["job_id"]
    assert ada.tell(f"sums/{job}/", {"sums": {"0": "a" * 40, "1": "b" * 40}}) == {"stored": 2}
    ada.tell(f"sums/{job}/", {"sums": {"0": "c" * 40}})
    files = ada.files(job)
    assert files["day 1/cell_01.tif"]["sha1"]["browser"] == "a" * 40
    assert ada.tell(f"sums/{job}/", {"sums": {"0": "no"}}, 400)["code"] == "bad_body"


def test_an_upload_whose_last_request_ended_too_early_goes_on_when_it_is_looked_at(
    ada: UploadBrowser, whole: WholeSite
) -> None:
    """The bytes are acknowledged; what follows them failed, as when the database goes away."""
    job = ada.start({"a.tif": b"one"})["job_id"]
    with whole.base.transaction() as cursor:
        cursor.execute(
            "update upload_files set state = 'uploaded', received = size where job = %s", (job,)
        )
    assert ada.status(job)["status"] == "checking"
