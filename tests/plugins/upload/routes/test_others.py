"""An upload is its owner's alone, on every route, and does not depend on the owner's session."""

from __future__ import annotations

import io
import re
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import httpx
import numpy
import pytest
import tifffile

from people import People, Person
from plugin_site import Worker
from upload_jobs import states
from upload_site import CHUNK, PLUGIN, TUS, UploadBrowser, browser_of
from whole_site import WholeSite

FILES: Final = {"day 1/cell_01.tif": b"first", "day 1/cell_02.tif": b"second"}
ROUTES: Final = Path(__file__).parents[4] / "docs/routes.md"
# What a route needs before it looks for the upload.
BODIES: Final[dict[str, Any]] = {
    "prune": {"keep_paths": ["day 1/cell_01.tif"]},
    "sums": {"sums": {"0": "a" * 40}},
}
ACCOUNTS: Final = ("of the same group", "of another group", "root")


def routes(job: str) -> Iterator[tuple[str, str]]:
    """Method and address of all routes of an upload; a test sees to it that the page has all."""
    found = re.findall(rf"^### (.+) (/{PLUGIN}/\S*<uuid:job>\S*)$", ROUTES.read_text(), re.M)
    for methods, address in found:
        filled = address.replace("<uuid:job>", job).replace("<int:number>", "0")
        for method in methods.split(" or "):
            yield method, filled


def ask(browser: UploadBrowser, method: str, address: str) -> httpx.Response:
    """A request that the owner would be answered."""
    headers = {"X-CSRFToken": browser.token}
    name = address.split("/")[2]
    if name == "upload":
        headers |= {**TUS, **CHUNK, "Upload-Offset": "2", "Upload-Length": "5"}
        # day 1/cell_01.tif
        headers["Upload-Metadata"] = "relativePath ZGF5IDEvY2VsbF8wMS50aWY="
        return browser.client.request(method, address, headers=headers, content=b"rst")
    body = BODIES.get(name, {}) if method == "POST" else None
    return browser.client.request(method, address, headers=headers, json=body)


@pytest.fixture
def ada(whole: WholeSite, no_worker: None, person: Person) -> UploadBrowser:
    return browser_of(whole, person)


def begun(ada: UploadBrowser) -> str:
    """An upload with two bytes of its first file."""
    job = str(ada.start(FILES)["job_id"])
    assert ada.patch(job, 0, 0, b"fi").status_code == 204
    return job


@pytest.mark.parametrize("account", ACCOUNTS)
def test_on_every_route_it_is_none(
    ada: UploadBrowser, whole: WholeSite, people: People, person: Person, account: str
) -> None:
    job = begun(ada)
    before = states(whole.base, uuid.UUID(job)), ada.status(job)
    if account == "root":
        other = UploadBrowser(whole.site.url)
        other.log_in("root", whole.site.standin.password)
    else:
        groups = [person.group] if account == ACCOUNTS[0] else []
        other = browser_of(whole, people.person(*groups))
    asked = list(routes(job))
    assert len(asked) >= 16
    answers = {each: ask(other, *each).status_code for each in asked}
    assert answers == dict.fromkeys(asked, 404)
    form = {"files": ("day 1/cell_01.tif", b"first")}
    token = {"X-CSRFToken": other.token}
    sent = other.client.post(f"/{PLUGIN}/upload/{job}/", files=form, headers=token)
    assert sent.status_code == 404
    assert (states(whole.base, uuid.UUID(job)), ada.status(job)) == before


def test_without_a_login_every_route_asks_for_one(ada: UploadBrowser, whole: WholeSite) -> None:
    job = begun(ada)
    before = states(whole.base, uuid.UUID(job))
    nobody = UploadBrowser(whole.site.url)
    nobody.client.get("/webclient/login/")
    answers = {each: ask(nobody, *each).status_code for each in routes(job)}
    assert answers == dict.fromkeys(answers, 401)
    assert states(whole.base, uuid.UUID(job)) == before


def test_after_a_logout_in_the_middle_it_goes_on_with_the_next_login(
    ada: UploadBrowser, whole: WholeSite, person: Person
) -> None:
    job = begun(ada)
    out = ada.client.post("/webclient/logout/", headers={"X-CSRFToken": ada.token})
    assert out.status_code == 302
    refused = ada.patch(job, 0, 2, b"rst")
    assert (refused.status_code, refused.json()["code"]) == (401, "not_logged_in")
    again = browser_of(whole, person)
    assert again.ask("jobs/")["running"][0]["job_id"] == job
    head = again.client.head(f"/{PLUGIN}/upload/{job}/0/", headers=TUS)
    assert head.headers["Upload-Offset"] == "2"
    assert again.patch(job, 0, 2, b"rst").status_code == 204
    assert again.status(job)["files"] == {"uploaded": 1, "pending": 1}


def test_after_a_logout_it_is_imported(whole: WholeSite, worker: Worker, person: Person) -> None:
    out = io.BytesIO()
    tifffile.imwrite(out, numpy.arange(64, dtype="uint16").reshape(8, 8))
    files = {"cell.tif": out.getvalue()}
    ada = browser_of(whole, person)
    job = ada.start(files, settings={"confirm": "problems"})["job_id"]
    ada.send(job, files)
    ada.client.post("/webclient/logout/", headers={"X-CSRFToken": ada.token})
    assert ada.ask(f"status/{job}/", 401)["code"] == "not_logged_in"
    ended = browser_of(whole, person).until(job, "done", "error")
    assert (ended["status"], ended["files"]) == ("done", {"imported": 1})


def test_of_many_confirmations_at_once_one_starts_the_import(
    ada: UploadBrowser, whole: WholeSite
) -> None:
    job = ada.start({"a.tif": b""})["job_id"]
    with whole.base.transaction() as cursor:
        cursor.execute(
            "update upload_jobs set state = 'awaiting_confirmation' where id = %s", (job,)
        )
    with ThreadPoolExecutor(8) as threads:
        address = f"/{PLUGIN}/confirm/{job}/"
        answers = list(threads.map(lambda _: ada.post(address, {}), range(8)))
    assert {each.status_code for each in answers} <= {200, 409}
    assert ada.status(job)["status"] == "importing"
    with whole.base.transaction() as cursor:
        cursor.execute(
            "select count(*) as jobs from omero_plugin_jobs "
            "where kind = 'upload.import' and parameters ->> 'upload' = %s",
            (job,),
        )
        row = cursor.fetchone()
    assert row is not None
    assert row["jobs"] == 1
