"""One attempt at a job, step by step: a store that notes what it is told, and a clock."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from typing import Any, cast

import psycopg2
import pytest
from pydantic import BaseModel, ValidationError

import omero_plugin_common.sudo  # noqa: F401 - replaced by a test
from job_examples import running
from omero_plugin_common import audit
from omero_plugin_common.errors import ApiError, Unavailable
from omero_plugin_common.jobs import context as module
from omero_plugin_common.jobs import job, runner
from omero_plugin_common.jobs.context import JobCancelled, JobContext, JobFailed, LeaseLost
from omero_plugin_common.jobs.lost import worker_name
from omero_plugin_common.jobs.model import Job
from omero_plugin_common.jobs.store import JobStore, Progress
from omero_plugin_common.jobs.timing import Timing

_work: Callable[[JobContext], Any] = lambda _: None  # noqa: E731 - replaced by each test


@job("attempts.work")
def work(context: JobContext) -> Any:
    return _work(context)


ONE = running(kind="attempts.work", token=4, message="before", total=50, checkpoint={"next": 9})


class Store:
    """What a worker tells the database."""

    def __init__(self) -> None:
        self.timing = Timing(lease=60, heartbeat=3600)
        self.told: list[Any] = []
        self.state: str | None = "running"
        self.log = True
        self.away = 0
        self.job: Job | None = ONE

    def claim(self, job_id: Any, worker: str) -> Job | None:
        self.told.append(("claim", job_id, worker))
        return self.job

    def beat(self, job_id: Any, token: int, progress: Progress | None) -> str | None:
        assert (job_id, token) == (ONE.id, 4)
        if self.away:
            self.away -= 1
            raise psycopg2.OperationalError("away")
        self.told.append(progress)
        return self.state

    def append_log(self, job_id: Any, token: int, level: str, text: str) -> bool:
        assert (job_id, token) == (ONE.id, 4)
        self.told.append((level, text))
        return self.log

    def finish(self, job_id: Any, token: int, state: str, **how: Any) -> bool:
        assert (job_id, token) == (ONE.id, 4)
        if isinstance(how.get("result"), Exception):
            raise how["result"]
        self.told.append((state, how))
        return self.state is not None

    def retry(self, job_id: Any, token: int, error: tuple[str, str]) -> str | None:
        assert (job_id, token) == (ONE.id, 4)
        self.told.append(("retry", error))
        return "queued" if self.state else None


class Clock:
    """Time that passes when it is told to, and when somebody sleeps."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(module, "time", made)
    return made


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def context(store: Store, clock: Clock) -> JobContext:
    return JobContext(ONE, cast(JobStore, store))


# --- what the function is given ------------------------------------------------------------------


def test_what_the_function_knows(context: JobContext) -> None:
    class Right(BaseModel):
        hidden: str

    class Wrong(BaseModel):
        other: int

    assert (context.parameters, context.attempt) == ({"hidden": "parameter"}, 2)
    assert context.checkpoint == {"next": 9}
    assert context.parsed(Right) == Right(hidden="parameter")
    with pytest.raises(ValidationError):
        context.parsed(Wrong)


def test_omero_is_the_users_own(context: JobContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("omero_plugin_common.sudo.user_session", lambda *who: who)
    assert cast(Any, context.omero()) == ("ada", 3)


def test_a_change_is_audited_for_the_user(
    context: JobContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[Any] = []
    monkeypatch.setattr(audit, "record", lambda *line: lines.append(line))
    objects = audit.Objects()
    context.audit("omp.write", objects)
    context.audit("omp.write", objects, "refused")
    assert lines == [(ONE, "omp.write", "done", objects), (ONE, "omp.write", "refused", objects)]


def test_the_failure_of_a_plugin() -> None:
    assert (JobFailed("no wells").status, JobFailed("no wells").code) == (409, "job_failed")


# --- progress ------------------------------------------------------------------------------------


def test_progress_is_written_twice_a_second_at_most(
    context: JobContext, store: Store, clock: Clock
) -> None:
    context.progress(21)
    assert store.told == [Progress(21, 50, "before")]
    clock.now += 0.4
    context.progress(22, 60, "Reading")
    assert len(store.told) == 1
    clock.now += 0.1
    context.progress(23)
    assert store.told[1:] == [Progress(23, 60, "Reading")]
    context.progress(24, 0, "")
    clock.now += 0.5
    context.progress(25)
    assert store.told[2:] == [Progress(25, 0, "")]


def test_a_checkpoint_is_written_at_once_and_once(
    context: JobContext, store: Store, clock: Clock
) -> None:
    context.progress(21)
    context.progress(22, checkpoint={"next": 22})
    assert store.told[1:] == [Progress(22, 50, "before", {"next": 22})]
    assert context.checkpoint == {"next": 22}
    context.progress(23)
    clock.now += 1
    context.progress(24)
    assert store.told[2:] == [Progress(24, 50, "before", None)]
    assert context.checkpoint == {"next": 22}


def test_a_checkpoint_may_be_nothing_much(context: JobContext, store: Store) -> None:
    context.progress(21)
    context.progress(22, checkpoint=0)
    assert (store.told[1].checkpoint, context.checkpoint) == (0, 0)


def test_numbers_of_numpy_become_whole_numbers(context: JobContext, store: Store) -> None:
    context.progress(cast(int, 21.0), cast(int, 60.0))
    assert str(store.told) == str([Progress(21, 60, "before")])


def test_what_was_not_written_is_written_at_the_end(
    context: JobContext, store: Store, clock: Clock
) -> None:
    context.progress(21)
    clock.now += 0.1
    context.progress(22)
    assert context.finish("done", result={"n": 1})
    assert store.told[1:] == [Progress(22, 50, "before"), ("done", {"result": {"n": 1}})]


def test_an_end_without_news_is_one_statement(context: JobContext, store: Store) -> None:
    context.progress(21)
    assert context.finish("done")
    assert store.told[1:] == [("done", {})]


# --- cancelling and losing the lease -------------------------------------------------------------


def test_a_cancelled_job_is_told_so_at_its_next_step(
    context: JobContext, store: Store, clock: Clock
) -> None:
    assert not context.cancelled
    context.check()
    store.state = "cancelling"
    with pytest.raises(JobCancelled):
        context.progress(21)
    with pytest.raises(JobCancelled):
        context.check()
    # It may still say what it did.
    context.log("tidied up")
    assert store.told[-1] == ("info", "tidied up")


def test_the_lease_ends_where_the_last_heartbeat_began(
    context: JobContext, store: Store, clock: Clock
) -> None:
    clock.now += 60
    context.check()
    context.progress(21)
    clock.now += 60
    context.check()
    clock.now += 0.1
    for step in (context.check, lambda: context.log("x"), lambda: context.finish("done")):
        with pytest.raises(LeaseLost):
            step()
            context.check()


def test_who_lost_the_job_does_nothing_more(context: JobContext, store: Store) -> None:
    store.state = None
    with pytest.raises(LeaseLost):
        context.progress(21)
    store.state = "running"
    for step in (context.check, lambda: context.log("x")):
        with pytest.raises(LeaseLost):
            step()
    assert len(store.told) == 1


def test_a_line_that_is_not_taken_means_that_the_job_is_lost(
    context: JobContext, store: Store
) -> None:
    context.log("a line")
    context.log("a warning", "warning")
    assert store.told == [("info", "a line"), ("warning", "a warning")]
    store.log = False
    with pytest.raises(LeaseLost):
        context.log("x")
    with pytest.raises(LeaseLost):
        context.check()


def test_a_database_that_is_away_is_asked_again_four_times_a_second(
    context: JobContext, store: Store, clock: Clock
) -> None:
    store.away = 8
    context.progress(21)
    assert (store.told, clock.now) == ([Progress(21, 50, "before")], 1002)
    # The lease counts from when the heartbeat began, not from when it was taken.
    clock.now = 1060
    context.check()
    clock.now = 1060.1
    with pytest.raises(LeaseLost):
        context.check()


def test_a_database_that_stays_away_is_asked_until_the_lease_ends(
    context: JobContext, store: Store, clock: Clock
) -> None:
    store.away = 10_000
    with pytest.raises(LeaseLost):
        context.progress(21)
    assert clock.now == 1060.25


# --- the thread that keeps the job ---------------------------------------------------------------


def test_heartbeats_come_from_a_thread_until_the_end(store: Store) -> None:
    store.timing = Timing(lease=60, heartbeat=0.01)
    context = JobContext(ONE, cast(JobStore, store))
    beaten = threading.Event()

    def beat(*_: Any) -> str:
        beaten.set()
        return "running"

    store.beat = beat  # type: ignore[method-assign, assignment]
    with context.kept_alive():
        [thread] = [each for each in threading.enumerate() if each.name == f"job-{ONE.id}"]
        assert thread.daemon
        assert beaten.wait(10)
        beaten.clear()
        assert beaten.wait(10)
    assert not thread.is_alive()


def test_heartbeats_end_with_the_lease(store: Store) -> None:
    store.timing = Timing(lease=60, heartbeat=0.01)
    store.state = None
    context = JobContext(ONE, cast(JobStore, store))
    with context.kept_alive():
        [thread] = [each for each in threading.enumerate() if each.name == f"job-{ONE.id}"]
        thread.join(10)
        assert not thread.is_alive()
    assert store.told == [None]
    with pytest.raises(LeaseLost):
        context.check()


# --- from taking it to its end -------------------------------------------------------------------


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The audit log."""
    found: list[Any] = []

    def record(who: Any, action: str, outcome: str, objects: audit.Objects) -> None:
        found.append((who, action, outcome, objects.as_json()))

    monkeypatch.setattr(audit, "record", record)
    return found


def run(store: Store, what: Callable[[JobContext], Any]) -> Any:
    global _work
    _work = what
    return runner.run(ONE.id, cast(JobStore, store), "pod:7")


def raising(error: BaseException) -> Callable[[JobContext], Any]:
    def fail(_: JobContext) -> None:
        raise error

    return fail


OBJECTS = {"job": {"count": 1, "first": [str(ONE.id)]}}


def test_a_job_is_done(store: Store, lines: list[Any], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    assert run(store, lambda _: {"images": 3}) == "done"
    assert store.told == [("claim", ONE.id, "pod:7"), ("done", {"result": {"images": 3}})]
    assert lines == [(ONE, "attempts.work", "done", OBJECTS)]
    assert [record.getMessage() for record in caplog.records] == [
        f"job {ONE.id} (attempts.work), attempt 2",
        f"job {ONE.id} (attempts.work): done",
    ]


def test_a_worker_is_named_after_its_process(store: Store, lines: list[Any]) -> None:
    store.job = None
    assert runner.run(ONE.id, cast(JobStore, store)) is None
    assert store.told == [("claim", ONE.id, worker_name(os.getpid()))]
    assert lines == []


def test_a_job_that_does_not_wait_is_left_alone(
    store: Store, lines: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    store.job = None
    assert run(store, raising(AssertionError("begun"))) is None
    assert (len(store.told), lines) == (1, [])
    [record] = caplog.records
    assert record.getMessage() == f"job {ONE.id} is not waiting: nothing to do"


@pytest.mark.parametrize(
    "error", [JobFailed("no wells", code="no_wells"), JobFailed("no wells")], ids=["own", "general"]
)
def test_a_job_fails_with_what_the_plugin_says(
    store: Store, lines: list[Any], caplog: pytest.LogCaptureFixture, error: JobFailed
) -> None:
    assert run(store, raising(error)) == "failed"
    assert store.told[1:] == [("failed", {"error": ("no wells", error.code)})]
    assert lines == [(ONE, "attempts.work", "failed", OBJECTS)]
    assert caplog.records == []


def test_a_fault_is_logged_with_its_trace(
    store: Store, lines: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    assert run(store, raising(KeyError("inner detail"))) == "failed"
    [(state, how)] = store.told[1:]
    text, code = how["error"]
    assert (state, code) == ("failed", "internal")
    assert text == (
        f"The job failed unexpectedly. The log has the details under reference {ONE.id}"
    )
    [record] = caplog.records
    assert (record.levelno, record.getMessage()) == (logging.ERROR, f"job {ONE.id} failed")
    assert record.exc_info is not None


@pytest.mark.parametrize(
    ("error", "text", "code"),
    [
        (Unavailable("OMERO is away", code="server_away"), "OMERO is away", "server_away"),
        (psycopg2.OperationalError("x"), "The plugin database does not answer", "database_away"),
        (psycopg2.InterfaceError("x"), "The plugin database does not answer", "database_away"),
    ],
)
def test_what_may_pass_is_tried_again(
    store: Store,
    lines: list[Any],
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    text: str,
    code: str,
) -> None:
    assert run(store, raising(error)) == "queued"
    assert store.told[1:] == [("warning", f"{text} (attempt 2)"), ("retry", (text, code))]
    assert lines == [], "it has not ended"
    [record] = caplog.records
    assert (record.levelno, record.getMessage()) == (logging.WARNING, f"job {ONE.id}: {text}")


def test_a_kind_that_is_not_known_here_is_left_to_another_worker(
    store: Store, lines: list[Any]
) -> None:
    store.job = running(kind="attempts.newer", token=4)
    assert runner.run(ONE.id, cast(JobStore, store), "pod:7") == "queued"
    assert store.told[-1][1][1] == "unknown_kind"
    assert "attempts.newer" in store.told[-1][1][0]


@pytest.mark.parametrize(("passes", "how"), [(True, "retry"), (False, "failed")])
def test_what_omero_says_is_passed_on(
    store: Store, lines: list[Any], monkeypatch: pytest.MonkeyPatch, passes: bool, how: str
) -> None:
    from omero_plugin_common import omero_errors

    error, known = RuntimeError("OMERO"), ApiError("OMERO says no", code="omero_no")
    monkeypatch.setattr(omero_errors, "omero_error", {error: known}.get)
    monkeypatch.setattr(omero_errors, "is_transient", {error: passes}.__getitem__)
    run(store, raising(error))
    said = ("OMERO says no", "omero_no")
    assert store.told[-1] == (("retry", said) if how == "retry" else ("failed", {"error": said}))


def test_a_cancelled_job_ends_as_cancelled(store: Store, lines: list[Any]) -> None:
    def cancelled(context: JobContext) -> None:
        store.state = "cancelling"
        context.progress(21)

    assert run(store, cancelled) == "cancelled"
    assert store.told[-1] == ("cancelled", {})
    assert lines == [(ONE, "attempts.work", "cancelled", OBJECTS)]


def test_a_job_cannot_cancel_itself(store: Store, lines: list[Any]) -> None:
    assert run(store, raising(JobCancelled())) == "failed"
    assert store.told[-1] == ("failed", {"error": ("The job stopped by itself", "stopped")})


@pytest.mark.parametrize("error", [TypeError("x"), ValueError("x")])
def test_a_result_that_cannot_be_stored(
    store: Store, lines: list[Any], caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    assert run(store, lambda _: error) == "failed"
    said = ("The job's result cannot be stored", "bad_result")
    assert store.told[-1] == ("failed", {"error": said})
    [record] = caplog.records
    assert record.levelno == logging.ERROR
    assert record.getMessage() == f"job {ONE.id}: its result is not JSON: x"


@pytest.mark.parametrize("when", ["in the function", "at the end", "when it is given back"])
def test_a_lost_lease_leaves_the_job_to_another_worker(
    store: Store, lines: list[Any], caplog: pytest.LogCaptureFixture, when: str
) -> None:
    def lose(context: JobContext) -> None:
        store.state = None
        if when == "in the function":
            context.progress(21)
        if when == "when it is given back":
            raise Unavailable("OMERO is away")

    assert run(store, lose) is None
    assert lines == []
    if when != "when it is given back":
        [record] = caplog.records
        assert record.levelno == logging.WARNING
        text = f"job {ONE.id}: the lease is lost, another worker continues"
        assert record.getMessage() == text
