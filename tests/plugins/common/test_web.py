"""The library inside real OMERO.web: what a browser, and somebody who is not one, gets."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

# First: imported after Glacier2 it would define its exceptions a second time.
import omero.clients  # isort: skip
import Glacier2
import omero

import local_services
from omero_plugin_common import omero_client, sudo
from omero_plugin_common.database import Database
from omero_plugin_common.errors import Unavailable
from omero_plugin_common.jobs.store import JobStore
from omero_plugin_common.jobs.timing import Timing
from people import People, Person
from plugin_site import Browser, until
from whole_site import WholeSite


@dataclass(frozen=True)
class Platform:
    """The shared site with two users of the test's own, `ada` and `grace`, in a group each."""

    whole: WholeSite
    people: dict[str, Person]

    @property
    def site(self) -> local_services.Site:
        """Its servers."""
        return self.whole.site

    @property
    def base(self) -> Database:
        """The plugin database."""
        return self.whole.base

    @property
    def variables(self) -> dict[str, str]:
        """What a worker's pod gets."""
        return self.whole.variables

    def browser(self, user: str) -> Browser:
        """Logged in."""
        if user == "root":
            return Browser(self.site.url).log_in(user, self.site.standin.password)
        return Browser(self.site.url).log_in(self.people[user].name, self.people[user].password)

    def log(self) -> list[str]:
        """OMERO.web's lines so far."""
        return self.whole.log().splitlines()

    def kept(self) -> int:
        """How many texts were kept."""
        with self.base.transaction() as cursor:
            cursor.execute("select count(*) as n from probe_change")
            row = cursor.fetchone()
        assert row is not None
        return int(row["n"])


@pytest.fixture
def platform(whole: WholeSite, people: People) -> Platform:
    """The site with the probing plugin, whose jobs wait until the test starts a worker."""
    whole.stop_worker()
    return Platform(whole, {name: people.person(label=name) for name in ("ada", "grace")})


@pytest.fixture
def control(platform: Platform) -> Iterator[httpx.Client]:
    """Counts and faults of the stand-in."""
    address = local_services.control(platform.site.standin)
    with httpx.Client(base_url=address, verify=local_services.NO_AUTHORITIES) as client:
        yield client
        client.delete("/faults")


@pytest.fixture
def ada(platform: Platform) -> Browser:
    return platform.browser("ada")


@pytest.fixture
def grace(platform: Platform) -> Browser:
    return platform.browser("grace")


def expect(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """An error as JSON."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json")
    body: dict[str, Any] = answer.json()
    assert body["code"] == code, body
    assert body["error"]
    assert answer.headers["cache-control"] == "no-store"
    return body


def test_tables_are_there_before_the_first_request(platform: Platform) -> None:
    with platform.base.transaction() as cursor:
        cursor.execute("select package, number from omero_plugin_migrations")
        applied = {(row["package"], row["number"]) for row in cursor.fetchall()}
    assert {("omero_plugin_common", 1), ("plugin_probe", 1)} <= applied


def test_a_good_request_is_answered_and_audited(platform: Platform, ada: Browser) -> None:
    before = len(platform.log())
    group = "0a9f2a5e-1d1c-4a2b-9b0e-2f6c7d8e9f00"
    secret = "the-users-own-words"
    answer = ada.post("/plugin_probe/change/", {"text": secret, "number": 2, "group": group})
    assert answer.status_code == 200, answer.text
    me = platform.people["ada"]
    assert (answer.json()["user"], answer.json()["group"]) == (me.name, me.group.id)
    lines = platform.log()[before:]
    (audit,) = (json.loads(line) for line in lines if '"audit"' in line)
    assert audit["audit"] == "plugin_probe.change"
    assert (audit["outcome"], audit["user"], audit["status"]) == ("done", me.name, 200)
    assert audit["objects"] == {"text": {"count": 1, "first": [answer.json()["n"]]}}
    assert not [line for line in lines if secret in line]


def test_a_form_is_read_as_well(ada: Browser) -> None:
    form = {"text": "x", "number": "3", "csrfmiddlewaretoken": ada.token}
    assert ada.client.post("/plugin_probe/change/", data=form).status_code == 200


BAD_BODIES: list[tuple[str, bytes, int, str]] = [
    ("malformed", b"{", 400, "bad_json"),
    ("empty", b"", 400, "bad_json"),
    ("not UTF-8", b'{"text": "\xff"}', 400, "bad_json"),
    ("a list", b"[]", 400, "bad_body"),
    ("nothing", b"null", 400, "bad_body"),
    ("a missing field", b"{}", 400, "bad_body"),
    ("an unknown field", b'{"text": "x", "more": 1}', 400, "bad_body"),
    ("a number as text", b'{"text": "x", "number": "1"}', 400, "bad_body"),
    ("a truth as number", b'{"text": "x", "number": true}', 400, "bad_body"),
    ("a negative number", b'{"text": "x", "number": -1}', 400, "bad_body"),
    ("not a number", b'{"text": "x", "share": NaN}', 400, "bad_json"),
    ("no id", b'{"text": "x", "group": "7"}', 400, "bad_body"),
    ("too long", json.dumps({"text": "x" * 101}).encode(), 400, "bad_body"),
    ("a NUL", b'{"text": "\\u0000"}', 400, "bad_json"),
    ("half a character", b'{"text": "\\ud800"}', 400, "bad_json"),
    ("nested deeply", b"[" * 9000, 400, "bad_json"),
    ("too large", json.dumps({"text": "x" * 20_000}).encode(), 413, "too_large"),
]


@pytest.mark.parametrize(
    ("body", "status", "code"), [row[1:] for row in BAD_BODIES], ids=[row[0] for row in BAD_BODIES]
)
def test_a_bad_body_changes_nothing_and_is_logged_once(
    platform: Platform, ada: Browser, body: bytes, status: int, code: str
) -> None:
    kept, before = platform.kept(), len(platform.log())
    headers = {"X-CSRFToken": ada.token, "Content-Type": "application/json"}
    answer = ada.client.post("/plugin_probe/change/", content=body, headers=headers)
    expect(answer, status, code)
    assert platform.kept() == kept
    refused = [line for line in platform.log()[before:] if "refused with" in line]
    assert len(refused) == 1
    assert f"{status} {code}" in refused[0]


def test_another_kind_of_body_is_refused(ada: Browser) -> None:
    headers = {"X-CSRFToken": ada.token, "Content-Type": "text/plain"}
    answer = ada.client.post("/plugin_probe/change/", content=b"{}", headers=headers)
    expect(answer, 415, "unsupported_media_type")


def test_a_values_content_is_not_in_the_error(ada: Browser) -> None:
    body = expect(
        ada.post("/plugin_probe/change/", {"text": 5, "secret_x": "hidden"}), 400, "bad_body"
    )
    assert "text: " in body["error"]
    assert "hidden" not in body["error"]


@pytest.mark.parametrize("headers", [{}, {"X-CSRFToken": "x" * 32}], ids=["none", "wrong"])
def test_without_its_token_a_request_is_refused(
    platform: Platform, ada: Browser, headers: dict[str, str]
) -> None:
    kept = platform.kept()
    answer = ada.client.post("/plugin_probe/change/", json={"text": "x"}, headers=headers)
    expect(answer, 403, "csrf")
    assert platform.kept() == kept


def test_a_foreign_origin_is_refused(ada: Browser) -> None:
    headers = {"X-CSRFToken": ada.token, "Origin": "https://elsewhere.example"}
    answer = ada.client.post("/plugin_probe/change/", json={"text": "x"}, headers=headers)
    expect(answer, 403, "csrf")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_another_method_is_refused(ada: Browser, method: str) -> None:
    answer = ada.client.request(method, "/plugin_probe/change/")
    expect(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "POST"


def test_who_is_not_logged_in_is_told_so(platform: Platform) -> None:
    nobody = Browser(platform.site.url)
    nobody.get("/webclient/login/")
    expect(nobody.get("/omero_plugin_common/jobs/"), 401, "not_logged_in")
    expect(nobody.post("/plugin_probe/change/", {"text": "x"}), 401, "not_logged_in")


def test_an_ended_session_is_told_apart(platform: Platform) -> None:
    browser = platform.browser("ada")
    asked = browser.get("/plugin_probe/server/").json()
    assert asked["user"] == platform.people["ada"].name
    client = omero.client("127.0.0.1", platform.site.standin.port)
    client.joinSession(asked["session"])
    client.killSession()
    expect(browser.get("/plugin_probe/server/"), 401, "session_expired")
    expect(browser.get("/plugin_probe/server/"), 401, "not_logged_in")


def test_administrators_only(platform: Platform, ada: Browser) -> None:
    expect(ada.get("/plugin_probe/admin/"), 403, "forbidden")
    assert platform.browser("root").get("/plugin_probe/admin/").json() == {"admin": True}


def test_a_fault_of_ours_says_nothing_about_the_program(platform: Platform, ada: Browser) -> None:
    before = len(platform.log())
    answer = ada.client.get("/plugin_probe/boom/", headers={"X-Request-ID": "find-me-42"})
    body = expect(answer, 500, "internal")
    assert body["error"] == (
        "Something went wrong on the server. The log has the details under reference find-me-42"
    )
    assert "of the program" not in answer.text
    lines = [line for line in platform.log()[before:] if "refused with 500" in line]
    assert len(lines) == 1
    assert any("a detail of the program" in line for line in platform.log()[before:])


def test_the_seventh_action_must_wait(platform: Platform) -> None:
    grace = platform.browser("grace")
    for _ in range(6):
        assert grace.post("/plugin_probe/limited/").json() == {"allowed": True}
    answer = grace.post("/plugin_probe/limited/")
    body = expect(answer, 429, "rate_limited")
    assert body["retryAfter"] == 60
    assert answer.headers["retry-after"] == "60"


def test_the_help_page_is_rendered_and_harmless(ada: Browser) -> None:
    page = ada.get("/plugin_probe/help/")
    assert page.status_code == 200
    assert "<title>How to probe</title>" in page.text
    assert "<script>alert" not in page.text
    assert 'href="#help-first' in page.text
    assert Browser(str(ada.client.base_url)).get("/plugin_probe/help/").status_code == 302


def test_jobs_belong_to_their_user(platform: Platform, ada: Browser, grace: Browser) -> None:
    job = _start(ada, "plugin_probe.steps", items=2)
    assert job["state"] == "queued"
    address = f"/omero_plugin_common/jobs/{job['id']}/"
    # Its answer has the address of a report as well; this kind has none.
    job |= {"report": None, "undo": None}
    assert ada.get(address).json() == job
    own = ada.get("/omero_plugin_common/jobs/?plugin=plugin_probe").json()["jobs"]
    assert job in own
    assert ada.get("/omero_plugin_common/jobs/?plugin=other").json() == {"jobs": []}

    assert grace.get("/omero_plugin_common/jobs/").json() == {"jobs": []}
    for answer in (
        grace.get(address),
        grace.get(f"{address}log/"),
        grace.post(f"{address}cancel/"),
        grace.get(f"/omero_plugin_common/jobs/{uuid.uuid4()}/"),
    ):
        expect(answer, 404, "not_found")
    expect(grace.get("/omero_plugin_common/jobs/?all=1"), 403, "forbidden")
    assert ada.get(address).json()["state"] == "queued"

    root = platform.browser("root")
    assert root.get("/omero_plugin_common/jobs/").json() == {"jobs": []}
    assert job in root.get("/omero_plugin_common/jobs/?all=1").json()["jobs"]
    assert root.get(address).json() == job


def test_a_queued_job_is_cancelled_at_once(ada: Browser) -> None:
    job = _start(ada, "plugin_probe.steps", items=2)
    address = f"/omero_plugin_common/jobs/{job['id']}/"
    expect(ada.get(f"{address}cancel/"), 405, "method_not_allowed")
    cancelled = ada.post(f"{address}cancel/").json()
    assert (cancelled["state"], cancelled["canCancel"]) == ("cancelled", False)
    assert cancelled["finished"]
    assert ada.post(f"{address}cancel/").json() == cancelled


@pytest.mark.parametrize("after", ["x", "-1", "1.5", "9" * 30, "²"])
def test_a_line_has_a_number(ada: Browser, after: str) -> None:
    job = _start(ada, "plugin_probe.steps", items=0)
    path = f"/omero_plugin_common/jobs/{job['id']}/log/?after={after}"
    expect(ada.get(path), 400, "bad_request")


def test_parameters_that_do_not_fit_start_nothing(ada: Browser) -> None:
    before = len(ada.get("/omero_plugin_common/jobs/").json()["jobs"])
    body = {"kind": "plugin_probe.steps", "parameters": {"items": -1}}
    expect(ada.post("/plugin_probe/start/", body), 400, "bad_request")
    assert len(ada.get("/omero_plugin_common/jobs/").json()["jobs"]) == before


def test_a_worker_does_what_the_browser_started(platform: Platform, ada: Browser) -> None:
    """With the user's name and group, though the user has logged out."""
    browser = platform.browser("ada")
    who = _start(browser, "plugin_probe.who")
    said = _start(browser, "plugin_probe.fail", how="said")
    unexpected = _start(browser, "plugin_probe.fail", how="unexpected")
    browser.client.post("/webclient/logout/", data={"csrfmiddlewaretoken": browser.token})
    expect(browser.get("/omero_plugin_common/jobs/"), 401, "not_logged_in")
    with platform.whole.worker() as running:
        for job in (who, said, unexpected):
            until(lambda job=job: _job(ada, job)["finished"])
    ended = _job(ada, who)
    assert ended["state"] == "done", ended
    me = platform.people["ada"]
    assert (ended["result"]["user"], ended["result"]["group"]) == (me.name, me.group.id)
    client = omero.client("127.0.0.1", platform.site.standin.port)
    with pytest.raises(Glacier2.PermissionDeniedException):
        client.joinSession(ended["result"]["session"])
    client.closeSession()
    assert _job(ada, said)["error"] == {"error": "The plate has no wells", "code": "no_wells"}
    error = _job(ada, unexpected)["error"]
    assert error["code"] == "internal"
    assert unexpected["id"] in error["error"]
    assert "a detail of the program" in running.said()
    assert f"job {unexpected['id']} failed" in running.said()
    assert ended["result"]["session"] not in running.said()
    assert "job-service-password" not in running.said()


def test_a_job_waits_for_a_server_that_stands_still(platform: Platform, ada: Browser) -> None:
    """The kernel accepts connections for it: nothing is refused, and nobody answers."""
    job = _start(ada, "plugin_probe.who")
    store = JobStore(platform.base, Timing())

    def given_back() -> bool:
        now = store.get(uuid.UUID(job["id"]))
        return now is not None and (now.state, now.attempt) == ("queued", 1)

    with ExitStack() as still:
        still.enter_context(local_services.standing_still(platform.site.standin))
        # It tries again after a twelfth of this.
        with platform.whole.worker(JOB_LEASE_SECONDS="12") as running:
            # One wait for a connection is 5 s.
            until(given_back, 25, running.said)
            (line,) = store.log_after(uuid.UUID(job["id"]), 0)
            assert "does not answer: ConnectTimeoutException (attempt 1)" in line["text"]
            still.close()
            until(lambda: _job(ada, job).get("state") == "done", told=running.said)
    ended = _job(ada, job)
    assert (ended["result"]["user"], ended["error"]) == (platform.people["ada"].name, None)


@pytest.mark.parametrize(
    "call",
    [
        "Router.createSession",
        "ServiceFactory.setCallback",
        "IAdmin.getGroup",
        "ISession.createSessionWithTimeouts",
    ],
)
def test_no_step_to_a_job_s_session_waits_without_end(
    platform: Platform, control: httpx.Client, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    for name, value in platform.variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(omero_client, "LOGIN_SECONDS", 1)
    control.post("/faults", json={"call": call, "kind": "slow", "seconds": 4})
    before = control.get("/counts").json().get(call, 0)
    ada = platform.people["ada"]
    with (
        pytest.raises(Unavailable) as raised,
        sudo.user_session(ada.name, ada.group.id),
    ):
        pytest.fail("there is a session")
    assert (raised.value.code, raised.value.retry_after) == ("server_away", 10)
    assert control.get("/counts").json()[call] > before


def test_a_server_that_stands_still_at_the_end_takes_nothing_from_a_job(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name, value in platform.variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(omero_client, "JOIN_SECONDS", 1)
    with ExitStack() as stack:
        ada = platform.people["ada"]
        with sudo.user_session(ada.name, ada.group.id) as gateway:
            assert gateway.getUser().getName() == ada.name
            stack.enter_context(local_services.standing_still(platform.site.standin))
        with pytest.raises(omero.ClientError, match="No Ice"):
            gateway.c.getCommunicator()
    assert "a session of a job was not closed cleanly: InvocationTimeoutException" in caplog.text


def test_the_log_is_read_in_steps(platform: Platform, ada: Browser) -> None:
    job = _start(ada, "plugin_probe.steps", items=3)
    with platform.whole.worker():
        until(lambda: _job(ada, job)["state"] == "done")
    address = f"/omero_plugin_common/jobs/{job['id']}/log/"
    log = ada.get(address).json()
    assert [(line["n"], line["level"], line["text"]) for line in log["lines"]] == [
        (n + 1, "info", f"step {n}") for n in range(3)
    ]
    assert log["next"] == 3
    assert log["lines"][0]["time"].endswith("Z")
    assert [line["n"] for line in ada.get(f"{address}?after=2").json()["lines"]] == [3]
    assert ada.get(f"{address}?after=3").json() == {"lines": [], "next": 3}


def _start(browser: Browser, kind: str, **parameters: object) -> dict[str, Any]:
    answer = browser.post("/plugin_probe/start/", {"kind": kind, "parameters": parameters})
    assert answer.status_code == 200, answer.text
    job: dict[str, Any] = answer.json()
    return job


def _job(browser: Browser, job: dict[str, Any]) -> dict[str, Any]:
    now: dict[str, Any] = browser.get(f"/omero_plugin_common/jobs/{job['id']}/").json()
    return now
