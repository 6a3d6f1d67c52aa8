"""What a page asks about jobs and how it starts one, with a real PostgreSQL and no web server."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import kombu.exceptions
import pytest
import redis as redis_package
from pydantic import BaseModel, Field

import local_services
from omero_plugin_common import audit, broker, plugin_packages
from omero_plugin_common.database import Database
from omero_plugin_common.database.pool import default
from omero_plugin_common.errors import BadRequest
from omero_plugin_common.jobs import job, launch
from omero_plugin_common.jobs.model import Job, iso
from omero_plugin_common.jobs.registry import UnknownKind, kind_of
from omero_plugin_common.jobs.store import JobStore, Owner
from omero_plugin_common.jobs.timing import Timing
from plugin_site import database_variables, redis_variables
from view_requests import Gateway, answered, request

pytestmark = pytest.mark.usefixtures("django")
ADA, GRACE, ROOT = (
    Gateway("ada"),
    Gateway("grace", user_id=8),
    Gateway("root", user_id=0, admin=True),
)
# Jobs of kinds that do not work in steps.
NO_REPORT = {"report": None, "undo": None}
NO_SUCH_JOB = (404, "not_found")


class Steps(BaseModel):
    items: int = Field(ge=0)
    name: str = "x"
    batch: UUID | None = None


@job("requests.steps", parameters=Steps, attempts=3, unit="steps", queue="quick")
def steps(_context: Any) -> None:
    """Nothing: no worker takes it here."""


@job("requests_too.free")
def free(_context: Any) -> None:
    """Takes any parameters."""


@pytest.fixture
def variables(
    database: Database,
    postgres: local_services.Service,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[None]:
    """The library finds the plugin database as in a pod."""
    for name, value in database_variables(postgres, tmp_path).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("JOB_LEASE_SECONDS", "120")
    monkeypatch.setattr(plugin_packages, "_migrated", False)
    default.cache_clear()
    launch._store.cache_clear()
    yield
    default().close()
    default.cache_clear()
    launch._store.cache_clear()


@pytest.fixture
def store(database: Database, variables: None) -> JobStore:
    return JobStore(database, Timing())


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The messages, which nobody gets."""
    messages: list[Any] = []
    monkeypatch.setattr(launch, "send", lambda *message: messages.append(message))
    return messages


def ask(view: str, who: Gateway, query: str = "", method: str = "GET", **url: Any) -> Any:
    """Status and body of one of the views."""
    from omero_plugin_common import job_views as views

    asked = request(method, address=f"/jobs/{query}")
    return answered(getattr(views, view)(asked, conn=who, **url))


def code_of(answer: tuple[int, Any]) -> tuple[int, str]:
    return answer[0], answer[1]["code"]


def made(store: JobStore, user_id: int = 7, kind: str = "requests.steps") -> Job:
    return store.create(kind_of(kind), Owner(user_id, "somebody", 3), {"items": 1})


def end(store: JobStore, one: Job, **how: Any) -> None:
    claimed = store.claim(one.id, "w")
    assert claimed is not None
    assert store.finish(one.id, claimed.token, **how)


# --- the list and one job ------------------------------------------------------------------------


def test_the_list_has_ones_own_jobs_the_newest_first(store: JobStore) -> None:
    jobs = [made(store), made(store, kind="requests_too.free"), made(store, user_id=8)]
    own = [one.as_json() | NO_REPORT for one in (jobs[1], jobs[0])]
    assert ask("list_jobs", ADA) == (200, {"jobs": own})
    assert ask("list_jobs", ADA, "?plugin=requests") == (200, {"jobs": own[1:]})
    assert ask("list_jobs", ADA, "?plugin=") == (200, {"jobs": own})
    assert ask("list_jobs", ADA, "?all=0") == (200, {"jobs": own})
    assert ask("list_jobs", ROOT) == (200, {"jobs": []})


def test_administrators_alone_see_everybodys_jobs(store: JobStore) -> None:
    jobs = [made(store), made(store, user_id=8)]
    everybodys = [one.as_json() | NO_REPORT for one in reversed(jobs)]
    assert ask("list_jobs", ROOT, "?all=1") == (200, {"jobs": everybodys})
    refused = ask("list_jobs", GRACE, "?all=1")
    assert code_of(refused) == (403, "forbidden")
    assert refused[1]["error"] == "Only administrators of OMERO see everybody's jobs"


def test_the_list_has_a_hundred_jobs(store: JobStore) -> None:
    jobs = [str(made(store).id) for _ in range(101)]
    listed = ask("list_jobs", ADA)[1]["jobs"]
    assert [one["id"] for one in listed] == jobs[:0:-1]


def test_a_name_that_postgresql_cannot_hold_is_refused(variables: None) -> None:
    refused = ask("list_jobs", ADA, "?plugin=a%00b")
    assert refused == (400, {"error": "`plugin` is not a name", "code": "bad_request"})


@pytest.mark.parametrize(
    ("view", "method"), [("show_job", "GET"), ("job_log", "GET"), ("cancel_job", "POST")]
)
def test_a_job_is_there_for_its_user_and_administrators(
    store: JobStore, view: str, method: str
) -> None:
    one = made(store)
    before = store.get(one.id)
    refused = ask(view, GRACE, method=method, job_id=one.id)
    assert code_of(refused) == NO_SUCH_JOB
    assert refused[1]["error"] == ("There is no such job; finished jobs are deleted after a while")
    assert ask(view, ROOT, method=method, job_id=uuid4()) == refused
    assert store.get(one.id) == before
    assert ask(view, ADA, method=method, job_id=one.id)[0] == 200
    assert ask(view, ROOT, method=method, job_id=one.id)[0] == 200


def test_one_job(store: JobStore) -> None:
    one = made(store)
    assert ask("show_job", ADA, job_id=one.id) == (200, one.as_json() | NO_REPORT)


# --- cancelling ----------------------------------------------------------------------------------


def test_cancelling_asks_a_running_job_to_stop_and_is_audited(
    store: JobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[Any] = []
    monkeypatch.setattr(
        audit,
        "record",
        lambda who, action, outcome, objects, **_: lines.append(
            (who.user_name, action, outcome, objects.as_json())
        ),
    )
    one = made(store)
    assert code_of(ask("cancel_job", ADA, job_id=one.id)) == (405, "method_not_allowed")
    claimed = store.claim(one.id, "w")
    assert claimed is not None
    for _ in range(2):
        status, body = ask("cancel_job", ADA, method="POST", job_id=one.id)
        assert (status, body["state"], body["canCancel"]) == (200, "cancelling", False)
    objects = {"job": {"count": 1, "first": [str(one.id)]}}
    assert lines == [("ada", "jobs.cancel", "done", objects)] * 2
    assert store.finish(one.id, claimed.token, "cancelled")
    status, body = ask("cancel_job", ADA, method="POST", job_id=one.id)
    assert (status, body["state"]) == (200, "cancelled")


@pytest.mark.parametrize(("state", "error"), [("done", None), ("failed", ("text", "code"))])
def test_a_job_that_has_ended_cannot_be_cancelled(
    store: JobStore, state: str, error: tuple[str, str] | None
) -> None:
    one = made(store)
    end(store, one, state=state, error=error)
    refused = ask("cancel_job", ADA, method="POST", job_id=one.id)
    assert refused == (
        409,
        {"error": f"The job has already ended: {state}", "code": "job_ended"},
    )


def test_a_job_that_is_deleted_meanwhile_is_not_found(
    store: JobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = made(store)
    monkeypatch.setattr(JobStore, "request_cancel", lambda *_: None)
    assert code_of(ask("cancel_job", ADA, method="POST", job_id=one.id)) == NO_SUCH_JOB


# --- the log -------------------------------------------------------------------------------------


def test_the_log_is_read_in_steps(store: JobStore) -> None:
    one = made(store)
    assert ask("job_log", ADA, job_id=one.id) == (200, {"lines": [], "next": 0})
    claimed = store.claim(one.id, "w")
    assert claimed is not None
    for level in ("info", "warning"):
        assert store.append_log(one.id, claimed.token, level, f"a line of {level}")
    lines = [
        {"n": line["n"], "time": iso(line["time"]), "level": line["level"], "text": line["text"]}
        for line in store.log_after(one.id, 0)
    ]
    assert [(line["n"], line["level"], line["text"]) for line in lines] == [
        (1, "info", "a line of info"),
        (2, "warning", "a line of warning"),
    ]
    assert ask("job_log", ADA, job_id=one.id) == (200, {"lines": lines, "next": 2})
    assert ask("job_log", ADA, "?after=1", job_id=one.id)[1] == {"lines": lines[1:], "next": 2}
    assert ask("job_log", ADA, "?after=2", job_id=one.id)[1] == {"lines": [], "next": 2}


def test_an_answer_has_500_lines_of_the_log(store: JobStore, database: Database) -> None:
    one = made(store)
    with database.transaction() as cursor:
        cursor.execute(
            "insert into omero_plugin_job_log (job, n, level, text) "
            "select %s, n, 'info', 'x' from generate_series(1, 501) n",
            (one.id,),
        )
    first = ask("job_log", ADA, job_id=one.id)[1]
    assert ([line["n"] for line in first["lines"]], first["next"]) == ([*range(1, 501)], 500)


@pytest.mark.parametrize("after", [str(2**63), "9" * 20, "x", "-1", "1.5", "%C2%B2", "%D9%A1"])
def test_after_is_the_number_of_a_line(store: JobStore, after: str) -> None:
    one = made(store)
    refused = ask("job_log", ADA, f"?after={after}", job_id=one.id)
    text = "`after` must be a number from 0 to 9223372036854775807"
    assert refused == (400, {"error": text, "code": "bad_request"})


def test_the_largest_number_of_a_line(store: JobStore) -> None:
    largest = 2**63 - 1
    answer = ask("job_log", ADA, f"?after={largest}", job_id=made(store).id)
    assert answer == (200, {"lines": [], "next": largest})


# --- starting ------------------------------------------------------------------------------------


def asking(**caller: Any) -> Any:
    """The request of a view for a logged-in user."""
    known = {"user_id": 7, "user_name": "ada", "group_id": 5, "request_id": "r-1"} | caller
    return SimpleNamespace(omero_caller=SimpleNamespace(**known), audit=audit.Objects())


def test_a_started_job_is_the_callers(store: JobStore, sent: list[Any]) -> None:
    asked = asking()
    one = launch.start(asked, "requests.steps", {"items": 2})
    assert store.get(one.id) == one
    assert (one.user_id, one.user_name, one.group_id, one.request_id) == (7, "ada", 5, "r-1")
    assert (one.plugin, one.kind, one.parameters) == ("requests", "requests.steps", {"items": 2})
    assert (one.state, one.attempt, one.max_attempts) == ("queued", 0, 3)
    assert (one.unit, one.queue) == ("steps", "quick")
    assert sent == [(one.id, "quick")]
    assert asked.audit.as_json() == {"job": {"count": 1, "first": [str(one.id)]}}


def test_a_job_works_in_the_group_that_is_named(store: JobStore, sent: list[Any]) -> None:
    assert launch.start(asking(), "requests.steps", {"items": 2}, group_id=9).group_id == 9
    assert launch.start(asking(), "requests.steps", {"items": 2}, group_id=0).group_id == 0


def test_parameters_may_be_a_model_or_none_at_all(store: JobStore, sent: list[Any]) -> None:
    owner = Owner(7, "ada", 3)
    batch = uuid4()
    assert launch.enqueue("requests.steps", owner, Steps(items=4, batch=batch)).parameters == {
        "items": 4,
        "name": "x",
        "batch": str(batch),
    }
    bare = launch.enqueue("requests_too.free", owner)
    assert (bare.parameters, bare.request_id, bare.unit, bare.queue) == ({}, "", "", "default")
    # A server that is away is waited for ten minutes in all.
    assert bare.max_attempts == 8


@pytest.mark.parametrize(
    ("parameters", "fields"), [(None, "items"), ({"items": -1, "name": 3}, "items, name")]
)
def test_parameters_that_do_not_fit_start_nothing(
    store: JobStore, sent: list[Any], parameters: Any, fields: str
) -> None:
    with pytest.raises(BadRequest, match=rf"^The job's parameters are invalid: {fields}$"):
        launch.enqueue("requests.steps", Owner(7, "ada", 3), parameters)
    with pytest.raises(UnknownKind, match=r"requests\.unknown"):
        launch.enqueue("requests.unknown", Owner(7, "ada", 3))
    assert (store.of_user(None, None, 10), sent) == ([], [])


def test_a_field_within_a_field_is_named_with_both(store: JobStore, sent: list[Any]) -> None:
    class Outer(BaseModel):
        inner: Steps

    kind: Callable[[Any], None] = lambda _: None  # noqa: E731 - a job's work
    job("requests.nested", parameters=Outer)(kind)
    with pytest.raises(BadRequest, match=r": inner\.items$"):
        launch.enqueue("requests.nested", Owner(7, "ada", 3), {"inner": {}})


@pytest.mark.parametrize("away", [kombu.exceptions.OperationalError, redis_package.RedisError])
def test_a_job_whose_message_cannot_be_sent_waits_for_the_next_look(
    store: JobStore,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    away: type[Exception],
) -> None:
    def cannot(*_message: Any) -> None:
        raise away("redis://:secret@host")

    monkeypatch.setattr(launch, "send", cannot)
    one = launch.enqueue("requests.steps", Owner(7, "ada", 3), {"items": 1})
    with store.database.transaction() as cursor:
        cursor.execute("select sent from omero_plugin_jobs where id = %s", (one.id,))
        assert cursor.fetchone() == {"sent": None}
    [record] = [each for each in caplog.records if each.levelno == logging.WARNING]
    text = f"the message of job {one.id} is not sent yet: {away.__name__}"
    assert record.getMessage() == text


def test_a_message_that_was_sent_is_not_missing(store: JobStore, sent: list[Any]) -> None:
    one = launch.enqueue("requests.steps", Owner(7, "ada", 3), {"items": 1})
    with store.database.transaction() as cursor:
        cursor.execute("select sent from omero_plugin_jobs where id = %s", (one.id,))
        row = cursor.fetchone()
    assert row is not None
    assert row["sent"] is not None


def test_a_message_names_the_job_and_wants_no_result(
    redis: local_services.Service,
    redis_client: redis_package.Redis,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in redis_variables(redis, tmp_path).items():
        monkeypatch.setenv(name, value)
    made = broker.make_app()
    monkeypatch.setattr(broker, "app", lambda: made)
    one = UUID("6f9619ff-8b86-d011-b42d-00c04fc964ff")
    launch.send(one, "quick")
    redis_client.select(2)
    stored = redis_client.lrange("quick", 0, -1)
    redis_client.select(0)
    [text] = stored
    message = json.loads(text)
    headers = message["headers"]
    assert headers["task"] == "omero_plugin_common.run_job"
    assert headers["ignore_result"] is True
    positional, named, _ = json.loads(base64.b64decode(message["body"]))
    assert (positional, named) == ([str(one)], {})


def test_the_store_of_a_pod_has_its_variables_and_tables(
    variables: None, database: Database
) -> None:
    with database.transaction() as cursor:
        cursor.execute("drop schema public cascade; create schema public")
    found = launch.job_store()
    assert found.timing == Timing.from_environment()
    assert found.timing.lease == 120
    assert found is launch.job_store()
    assert found.of_user(None, None, 1) == []
