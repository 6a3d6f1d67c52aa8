"""What a job says about itself, how long things of a job last, and what PostgreSQL can hold."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from job_examples import CREATED, QUEUED, STARTED, running
from omero_plugin_common.env_utils import InvalidValue
from omero_plugin_common.jobs.lost import worker_name
from omero_plugin_common.jobs.model import iso
from omero_plugin_common.jobs.stored import stored_json, stored_text
from omero_plugin_common.jobs.timing import Timing


def test_a_queued_job_as_pages_get_it() -> None:
    assert QUEUED.as_json() == {
        "id": "6f9619ff-8b86-d011-b42d-00c04fc964ff",
        "plugin": "omp",
        "kind": "omp.write",
        "title": "omp.write",
        "about": "",
        "state": "queued",
        "done": 0,
        "total": None,
        "unit": "images",
        "message": "",
        "rate": None,
        "remaining": None,
        "created": "2026-03-01T11:00:00.123Z",
        "started": None,
        "finished": None,
        "result": None,
        "error": None,
        "canCancel": True,
        "attempt": 0,
        "nextAttempt": None,
    }


def test_a_running_job_as_pages_get_it() -> None:
    seen = running(total=261, progressed=STARTED + timedelta(seconds=30)).as_json()
    assert (seen["state"], seen["canCancel"], seen["message"]) == ("running", True, "Writing")
    assert (seen["done"], seen["total"], seen["attempt"]) == (60, 261, 2)
    # 40 in 30 seconds, and 201 to come.
    assert (seen["rate"], seen["remaining"]) == (1.333, 150.8)
    assert (seen["started"], seen["nextAttempt"]) == ("2026-03-01T11:00:10.123Z", None)


def test_a_job_that_has_ended_as_pages_get_it() -> None:
    how = {"finished": STARTED, "error_text": "There is no plate", "error_code": "no_plate"}
    failed = running(state="failed", **how).as_json()
    assert failed["error"] == {"error": "There is no plate", "code": "no_plate"}
    assert (failed["finished"], failed["canCancel"]) == ("2026-03-01T11:00:10.123Z", False)
    assert (failed["rate"], failed["remaining"]) == (None, None)
    done = running(state="done", result={"images": 3}).as_json()
    assert (done["result"], done["error"]) == ({"images": 3}, None)


def test_a_job_that_is_begun_again_says_when() -> None:
    assert running(state="queued").as_json()["nextAttempt"] == "2026-03-01T11:00:00.123Z"


@pytest.mark.parametrize(
    ("state", "can"),
    [("queued", True), ("running", True), ("cancelling", False), ("cancelled", False)],
)
def test_which_jobs_can_be_cancelled(state: Any, can: bool) -> None:
    assert replace(QUEUED, state=state).as_json()["canCancel"] is can


@pytest.mark.parametrize(
    ("changed", "rate", "remaining"),
    [
        ({}, 4, 50),
        ({"done": 260}, 24, 0),
        ({"done": 300}, 28, 0),
        ({"total": None}, 4, None),
        ({"done": 20}, None, None),
        ({"done": 21}, 0.1, 2390),
        ({"progressed": None}, None, None),
        ({"attempt_started": None}, None, None),
        # The first second says more about the first item than about the work.
        ({"progressed": STARTED + timedelta(seconds=0.9)}, None, None),
        ({"progressed": STARTED + timedelta(seconds=1)}, 40, 5),
        ({"state": "cancelling"}, None, None),
        ({"lease_until": STARTED}, None, None),
    ],
)
def test_rate_and_remaining(
    changed: dict[str, Any], rate: float | None, remaining: float | None
) -> None:
    one = running(**changed)
    assert (one.rate, one.remaining) == (
        pytest.approx(rate) if rate is not None else None,
        pytest.approx(remaining) if remaining is not None else None,
    )


@pytest.mark.parametrize(
    ("changed", "silent"),
    [
        ({}, False),
        ({"lease_until": STARTED}, True),
        ({"lease_until": STARTED, "state": "cancelling"}, True),
        ({"lease_until": STARTED, "state": "done"}, False),
        ({"lease_until": None}, False),
    ],
)
def test_a_job_is_silent_when_its_lease_has_ended(changed: dict[str, Any], silent: bool) -> None:
    assert running(**changed).is_silent is silent
    assert (running(**changed).as_json()["message"] == "Writing") is not silent


def test_times_are_utc_with_milliseconds() -> None:
    assert iso(CREATED) == "2026-03-01T11:00:00.123Z"
    assert iso(None) is None


# --- how long things last -------------------------------------------------------------------------


def test_times_of_a_site_that_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("JOB_LEASE_SECONDS", "JOB_RETENTION_DAYS"):
        monkeypatch.delenv(name, raising=False)
    expected = Timing(
        lease=60, heartbeat=10, resend=60, reap=15, retry=5, retention_days=30, log_lines=2000
    )
    assert Timing() == Timing.from_environment() == expected


def test_the_lease_scales_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOB_LEASE_SECONDS", "12")
    monkeypatch.setenv("JOB_RETENTION_DAYS", "7")
    assert Timing.from_environment() == Timing(
        lease=12, heartbeat=2, resend=12, reap=3, retry=1, turn=4, called=2, retention_days=7
    )


@pytest.mark.parametrize(
    ("name", "lowest", "highest", "below", "above"),
    [
        ("JOB_LEASE_SECONDS", "2", "3600", "1.9", "3600.1"),
        ("JOB_RETENTION_DAYS", "1", "3650", "0", "3651"),
    ],
)
def test_times_have_bounds(
    monkeypatch: pytest.MonkeyPatch, name: str, lowest: str, highest: str, below: str, above: str
) -> None:
    for value in (lowest, highest):
        monkeypatch.setenv(name, value)
        Timing.from_environment()
    for value in (below, above):
        monkeypatch.setenv(name, value)
        with pytest.raises(InvalidValue, match=name):
            Timing.from_environment()


# --- what PostgreSQL can hold ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("Ärger", "Ärger"),
        ("a\0b", "ab"),
        ("a\ud800b", "a?b"),
        (7, "7"),
        ("x" * 2000, "x" * 2000),
        ("x" * 2001, "x" * 1999 + "…"),
    ],
    ids=["kept", "NUL", "half a character", "a number", "the longest", "too long"],
)
def test_texts(text: object, stored: str) -> None:
    assert stored_text(text) == stored


def test_a_text_may_have_a_limit_of_its_own() -> None:
    assert (stored_text("abcd", 4), stored_text("abcde", 4)) == ("abcd", "abc…")


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (None, None),
        (0, "0"),
        ({"ä": ["a\0b"]}, '{"ä": ["ab"]}'),
        ("a\ud800", '"a?"'),
        # A text about a NUL is none.
        ("\\u0000", '"\\\\u0000"'),
        ("\\\\u0000", '"\\\\\\\\u0000"'),
        ("\\\0x", '"\\\\x"'),
    ],
)
def test_json(value: Any, stored: str | None) -> None:
    assert stored_json(value) == stored


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object()])
def test_what_json_cannot_hold_is_refused(value: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        stored_json([value])


def test_a_process_of_a_worker_has_host_and_number() -> None:
    assert worker_name(7) == f"{socket.gethostname()}:7"
