"""Preflight, lists, reports and replays over the wire."""

from __future__ import annotations

import uuid

import pytest

from omero_plugin_common import spreadsheet
from people import People, Person
from upload_site import PLUGIN, UploadBrowser, browser_of
from whole_site import WholeSite

FILES = {"day 1/a.tif": b"one", "day 1/=b.tif": b"second"}


@pytest.fixture
def ada(whole: WholeSite, no_worker: None, person: Person) -> UploadBrowser:
    return browser_of(whole, person)


def test_preflight_takes_the_body_of_start_and_stores_nothing(ada: UploadBrowser) -> None:
    files = [{"relative_path": path, "size": len(each)} for path, each in FILES.items()]
    body = {"files": files, "target": {"new_project": "P", "from_folders": True}}
    report = ada.tell("preflight/", body)
    assert (report["can_start"], report["totals"]["files"]) == (True, 2)
    assert ada.ask("jobs/") == {"running": [], "history": [], "next": None}
    assert ada.tell("preflight/", {"files": []}, 400)["code"] == "bad_body"
    assert ada.tell("start/", body)["status"] == "uploading"


def test_the_list_the_report_and_the_replay_of_an_upload(
    ada: UploadBrowser, whole: WholeSite, people: People
) -> None:
    job = ada.start(FILES)["job_id"]
    [shown] = ada.ask("jobs/")["running"]
    assert (shown["job_id"], shown["title"], shown["uploaded_bytes"]) == (job, "day 1", 0)
    assert shown["status_url"].endswith(f"/status/{job}/")
    assert ada.tell(f"again/{job}/", status=409)["code"] == "not_ended"
    answer = ada.get(f"/{PLUGIN}/report/{job}.csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="upload-{job}.csv"'
    _, *rows = spreadsheet.read(answer.text)
    assert [row[0] for row in rows] == list(FILES)
    ada.tell(f"cancel/{job}/")
    with whole.base.transaction() as cursor:
        cursor.execute("update upload_jobs set cleared = now() where id = %s", (job,))
    listed = ada.ask("jobs/")
    assert (listed["running"], listed["history"][0]["can_replay"]) == ([], True)
    again = ada.tell(f"again/{job}/")
    assert (again["status"], again["file_count"]) == ("uploading", 2)
    assert again["job_id"] != job

    other = browser_of(whole, people.person())
    assert other.ask("jobs/")["history"] == []
    for route in (f"report/{job}.csv", f"report/{uuid.uuid4()}.csv"):
        assert other.ask(route, 404)["code"] == "not_found"
    assert other.tell(f"again/{job}/", status=404)["code"] == "not_found"
    assert ada.ask("jobs/?before=x", 400)["code"] == "bad_request"


def test_targets_are_listed_and_odd_questions_are_rejected(
    ada: UploadBrowser, person: Person
) -> None:
    first = ada.ask("targets/")
    assert first["groups"] == [{"id": person.group.id, "name": person.group.name}]
    assert ada.ask("projects/") == {"owned": [], "collab": []}
    assert ada.ask("targets/?kind=screen&search=%25") == {**first, "entries": []}
    assert ada.ask(f"targets/?project={2**63 - 1}")["entries"] == []
    assert ada.ask(f"targets/?after={2**31 - 1}") == {"entries": [], "next": None}
    for query in ("kind=plate", f"after={2**31}", "after=-1", "project=x", "search=" + 256 * "x"):
        assert ada.ask(f"targets/?{query}", 400)["code"] == "bad_request"
    assert ada.ask("targets/?search=%00", 400)["code"] == "bad_request"
