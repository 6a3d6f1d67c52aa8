"""Rules of the job model, one by one, in a real PostgreSQL."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any, cast
from uuid import UUID

import psycopg2
import pytest

from omero_plugin_common.database import Database
from omero_plugin_common.database.pool import Cursor
from omero_plugin_common.errors import Unavailable
from omero_plugin_common.jobs import JobCancelled, JobContext, JobFailed, job, upkeep
from omero_plugin_common.jobs.context import LeaseLost
from omero_plugin_common.jobs.lost import Lost
from omero_plugin_common.jobs.model import Job, iso
from omero_plugin_common.jobs.reaper import Reaper, look
from omero_plugin_common.jobs.registry import Kind, UnknownKind, kind_of
from omero_plugin_common.jobs.runner import run
from omero_plugin_common.jobs.store import JobStore, Owner
from omero_plugin_common.jobs.timing import Timing
from plugin_site import until

OWNER = Owner(7, "ada", 3)
TIMING = Timing(lease=1.2, heartbeat=0.2, resend=60, reap=0.1, retry=5, log_lines=10)
_work: Callable[[JobContext], Any] = lambda _: None  # noqa: E731 - replaced by each test


@job("rules.work", attempts=3, unit="things")
def work(context: JobContext) -> Any:
    return _work(context)


@pytest.fixture
def store(database: Database) -> JobStore:
    return JobStore(database, TIMING)


def do(store: JobStore, what: Callable[[JobContext], Any], **parameters: Any) -> Job:
    """A job that was worked on once."""
    global _work
    _work = what
    made = store.create(kind_of("rules.work"), OWNER, parameters)
    run(made.id, store, "a worker")
    return now(store, made)


def now(store: JobStore, one: Job) -> Job:
    found = store.get(one.id)
    assert found is not None
    return found


def change(store: JobStore, one: Job, what: str) -> None:
    with store.database.transaction() as cursor:
        cursor.execute(f"update omero_plugin_jobs set {what} where id = %s", (one.id,))  # noqa: S608


def test_heartbeats_keep_a_job_while_its_function_is_silent(store: JobStore) -> None:
    expired: list[Job] = []

    def silent(_: JobContext) -> str:
        end = time.monotonic() + 2 * TIMING.lease
        while time.monotonic() < end:
            expired.extend(upkeep.expire(store))
            time.sleep(0.1)
        return "done"

    assert do(store, silent).result == "done"
    assert expired == []


def test_a_worker_without_a_database_gives_up_before_its_lease_ends(database: Database) -> None:
    """After that another worker may have the job, so this one must have stopped."""

    class Away:
        away = False

        @contextmanager
        def transaction(self) -> Iterator[Cursor]:
            if self.away:
                raise psycopg2.OperationalError("away")
            with database.transaction() as cursor:
                yield cursor

    base = Away()
    store = JobStore(cast(Database, base), TIMING)
    stopped: list[float] = []
    taken = time.monotonic()

    def cut_off(context: JobContext) -> None:
        base.away = True
        try:
            while True:
                context.progress(1, checkpoint=1)
        except LeaseLost:
            stopped.append(time.monotonic())
            raise

    one = store.create(kind_of("rules.work"), OWNER, {})
    global _work
    _work = cut_off
    assert run(one.id, store) is None
    assert 0.5 < stopped[0] - taken < TIMING.lease + 1
    base.away = False
    until(lambda: upkeep.expire(store) or now(store, one).state == "queued")
    assert now(store, one).state == "queued"


def test_a_failure_that_may_pass_is_tried_again_later_and_not_for_ever(store: JobStore) -> None:
    def away(_: JobContext) -> None:
        raise Unavailable("OMERO.server does not answer", code="server_away")

    one = do(store, away)
    waits = []
    while one.state == "queued":
        with store.database.transaction() as cursor:
            cursor.execute(
                "select extract(epoch from run_after - now())::float as wait "
                "from omero_plugin_jobs where id = %s",
                (one.id,),
            )
            row = cursor.fetchone()
            assert row is not None
            waits.append(row["wait"])
        assert run(one.id, store) is None, "begun before it was due"
        change(store, one, "run_after = now()")
        run(one.id, store)
        one = now(store, one)
    assert waits == pytest.approx([5, 10], abs=1)
    assert (one.state, one.attempt) == ("failed", 3)
    assert (one.error_text, one.error_code) == ("OMERO.server does not answer", "server_away")
    assert [line["level"] for line in store.log_after(one.id, 0)] == ["warning"] * 3


def test_a_job_that_waits_says_why_and_until_when(store: JobStore) -> None:
    def away(_: JobContext) -> None:
        raise Unavailable("OMERO.server does not answer", code="server_away")

    one = do(store, away)
    waits = one.as_json()
    assert (waits["state"], waits["message"]) == ("queued", "OMERO.server does not answer")
    assert waits["nextAttempt"] == iso(one.run_after)
    change(store, one, "run_after = now()")
    running = store.claim(one.id, "w")
    assert running is not None
    assert (running.message, running.as_json()["nextAttempt"]) == ("", None)


def test_a_job_whose_worker_is_silent_says_so(store: JobStore) -> None:
    one = store.create(kind_of("rules.work"), OWNER, {})
    store.claim(one.id, "w")
    assert now(store, one).as_json()["message"] == ""
    change(store, one, "lease_until = now() - interval '5 s', message = 'Asking'")
    assert now(store, one).as_json()["message"] == (
        "Its worker does not respond; the job continues as soon as another worker can take it"
    )


def test_a_job_is_taken_from_the_process_that_ended_and_from_no_other(store: JobStore) -> None:
    one = store.create(kind_of("rules.work"), OWNER, {})
    claimed = store.claim(one.id, "pod:7")
    assert claimed is not None
    assert upkeep.give_back(store, Lost(one.id, "pod:8")) == []
    [given] = upkeep.give_back(store, Lost(one.id, "pod:7"))
    assert (given.state, given.worker) == ("queued", "")
    assert upkeep.give_back(store, Lost(one.id, "pod:7")) == []
    assert store.beat(one.id, claimed.token, None) is None, "the ended process holds it still"
    # The second time it waits a little: its own work may be what ends the processes.
    again = store.claim(one.id, "pod:9")
    assert again is not None
    [given] = upkeep.give_back(store, Lost(one.id, "pod:9"))
    assert given.run_after > given.attempt_started  # type: ignore[operator]
    assert store.claim(one.id, "pod:9") is None
    change(store, one, "run_after = now()")
    assert store.claim(one.id, "pod:9") is not None
    [given] = upkeep.give_back(store, Lost(one.id, "pod:9"))
    assert (given.state, given.error_code) == ("failed", "worker_lost")
    assert given.error_text == (
        "The worker was lost at every attempt to run this job. Its log may say more; a worker that "
        "runs out of memory is killed silently"
    )


@pytest.mark.parametrize(
    ("take", "how"),
    [
        (lambda store, _: upkeep.expire(store), "stopped responding"),
        (lambda store, one: upkeep.give_back(store, Lost(one.id, "pod:7")), "ended suddenly"),
        (lambda store, _: upkeep.give_back_all(store, "pod"), "was restarted"),
    ],
)
def test_a_job_says_how_its_worker_was_lost(
    store: JobStore, take: Callable[[JobStore, Job], list[Job]], how: str
) -> None:
    one = store.create(kind_of("rules.work"), OWNER, {})
    store.claim(one.id, "pod:7")
    change(store, one, "lease_until = now() - interval '1 s'")
    [given] = take(store, one)
    assert given.message == f"The worker that ran it {how}; the job resumes where it had stopped"
    [line] = store.log_after(one.id, 0)
    assert (line["level"], line["text"]) == ("warning", f"The worker pod:7 {how}: queued")


def test_a_container_that_is_started_anew_gives_back_what_it_had(store: JobStore) -> None:
    jobs = {name: store.create(kind_of("rules.work"), OWNER, {}) for name in ("pod:7", "pod-2:7")}
    for name, one in jobs.items():
        store.claim(one.id, name)
    assert [job.id for job in upkeep.give_back_all(store, "pod")] == [jobs["pod:7"].id]
    assert now(store, jobs["pod-2:7"]).state == "running"


def test_a_lost_process_makes_the_reaper_look_at_once(store: JobStore) -> None:
    one = store.create(kind_of("rules.work"), OWNER, {})
    store.claim(one.id, "pod:7")
    lost: SimpleQueue[Lost | None] = SimpleQueue()
    sent: list[Any] = []
    reaper = Reaper(lambda: store, lambda job_id, _: sent.append(job_id), 3600, lost=lost)
    reaper.start()
    lost.put(Lost(one.id, "pod:7"))
    until(lambda: sent)
    reaper.stop()
    assert sent == [one.id]


@pytest.mark.parametrize(
    ("result", "state"),
    [
        ({"a": [1, "x\0y", "\ud800"]}, "done"),
        (None, "done"),
        (float("nan"), "failed"),
        (object(), "failed"),
    ],
    ids=["odd texts", "nothing", "not a number", "an object"],
)
def test_a_result_is_what_json_can_hold(store: JobStore, result: Any, state: str) -> None:
    one = do(store, lambda _: result)
    assert one.state == state
    if state == "failed":
        assert one.error_code == "bad_result"
    elif result:
        assert one.result == {"a": [1, "xy", "?"]}


def test_a_failure_says_what_the_plugin_said(store: JobStore) -> None:
    def fail(_: JobContext) -> None:
        raise JobFailed("Plate 7 has no wells", code="no_wells")

    one = do(store, fail)
    assert one.as_json()["error"] == {"error": "Plate 7 has no wells", "code": "no_wells"}


def test_a_fault_shows_no_details(store: JobStore, caplog: pytest.LogCaptureFixture) -> None:
    def fault(_: JobContext) -> None:
        raise ValueError("inner detail")

    one = do(store, fault)
    assert one.error_code == "internal"
    assert "inner detail" not in str(one.as_json())
    assert str(one.id) in str(one.error_text)
    assert "inner detail" in caplog.text


def test_only_the_user_cancels(store: JobStore) -> None:
    def stop(_: JobContext) -> None:
        raise JobCancelled

    assert do(store, stop).as_json()["error"]["code"] == "stopped"


def test_a_cancelled_job_stops_at_its_next_progress(store: JobStore) -> None:
    reached: list[int] = []

    def count(context: JobContext) -> None:
        for number in range(1, 100):
            reached.append(number)
            if number == 5:
                store.request_cancel(context.job.id)
            context.progress(number, 100, checkpoint=number)

    one = do(store, count)
    assert (one.state, reached[-1], one.done) == ("cancelled", 5, 5)


def test_what_was_done_when_the_cancel_came_too_late_is_done(store: JobStore) -> None:
    def late(context: JobContext) -> str:
        store.request_cancel(context.job.id)
        return "all of it"

    one = do(store, late)
    assert (one.state, one.result) == ("done", "all of it")


def test_progress_writes_seldom_and_loses_nothing(database: Database) -> None:
    writes: list[int] = []

    class Counting(JobStore):
        def beat(self, *arguments: Any) -> Any:
            writes.append(1)
            return super().beat(*arguments)

    def count(context: JobContext) -> None:
        for number in range(1, 5001):
            context.progress(number, 5000, f"number {number}")

    one = do(Counting(database, TIMING), count)
    assert (one.done, one.total, one.message) == (5000, 5000, "number 5000")
    assert len(writes) < 100


def test_a_message_has_500_characters_at_most(store: JobStore) -> None:
    def say(context: JobContext) -> None:
        context.progress(1, message="x" * 501)

    def away(_: JobContext) -> None:
        raise Unavailable("y" * 501, code="server_away")

    assert do(store, say).message == "x" * 499 + "…"
    assert do(store, away).message == "y" * 499 + "…"


def test_a_bad_checkpoint_is_refused_where_it_is_given(store: JobStore) -> None:
    def bad(context: JobContext) -> None:
        with pytest.raises(TypeError):
            context.progress(1, checkpoint=object())
        context.progress(2, checkpoint={"fine": True})

    one = do(store, bad)
    assert (one.state, one.done, one.checkpoint) == ("done", 2, {"fine": True})


def test_the_log_keeps_its_last_lines(store: JobStore) -> None:
    def talk(context: JobContext) -> None:
        for number in range(25):
            context.log(f"line {number}\0 {'x' * 5000}")

    lines = store.log_after(do(store, talk).id, 0)
    assert [line["n"] for line in lines] == list(range(16, 26))
    assert all(len(line["text"]) == 2000 for line in lines)
    assert lines[-1]["text"].startswith("line 24 x")


def test_finished_jobs_are_deleted_after_a_while(store: JobStore) -> None:
    old, new = do(store, lambda context: context.log("x")), do(store, lambda _: None)
    waiting = store.create(kind_of("rules.work"), OWNER, {})
    change(store, old, "finished = now() - interval '31 days'")
    change(store, waiting, "created = now() - interval '31 days'")
    assert upkeep.delete_old(store) == 1
    assert store.get(old.id) is None
    assert store.log_after(old.id, 0) == []
    assert store.get(new.id) is not None
    assert store.get(waiting.id) is not None


def test_a_kind_that_is_not_known_here_is_left_to_another_worker(store: JobStore) -> None:
    foreign = Kind("other.kind", lambda _: None, None, 2, "", "celery")
    one = store.create(foreign, OWNER, {})
    run(one.id, store)
    assert now(store, one).state == "queued"
    change(store, one, "run_after = now()")
    run(one.id, store)
    assert (now(store, one).state, now(store, one).error_code) == ("failed", "unknown_kind")
    with pytest.raises(UnknownKind) as caught:
        kind_of("other.kind")
    assert str(caught.value) == (
        "no plugin here has a job 'other.kind': is its package in PLUGIN_PACKAGES, and does its "
        "module `jobs` declare it with @job?"
    )


@pytest.mark.parametrize("name", ["work", "Rules.work", "rules.work.more", "rules.", "r s.x"])
def test_a_kind_is_called_plugin_and_verb(name: str) -> None:
    with pytest.raises(ValueError, match=r"^a job's name is <plugin>\.<verb> in lower case, not '"):
        job(name)


def test_two_functions_cannot_be_one_kind() -> None:
    with pytest.raises(ValueError, match=r"^rules\.work is already the job \w+.*test_job_rules\."):
        job("rules.work")(lambda _: None)


def test_a_message_that_could_not_be_sent_is_sent_at_the_next_look(store: JobStore) -> None:
    one = store.create(kind_of("rules.work"), OWNER, {})
    sent: list[Any] = []

    def send(job_id: Any, queue: str) -> None:
        sent.append((job_id, queue))

    def cannot(_job_id: Any, _queue: str) -> None:
        raise ConnectionError

    look(store, send)
    assert sent == [], "its message was sent a moment ago"
    store.not_sent(one.id)
    with pytest.raises(ConnectionError):
        look(store, cannot)
    look(store, send)
    look(store, send)
    assert sent == [(one.id, "default")]


def test_reapers_share_the_work(store: JobStore) -> None:
    jobs = [store.create(kind_of("rules.work"), OWNER, {}) for _ in range(20)]
    for one in jobs:
        store.not_sent(one.id)
    sent: list[Any] = []
    lock = threading.Lock()

    def send(job_id: Any, _queue: str) -> None:
        with lock:
            sent.append(job_id)

    reapers = [Reaper(lambda: store, send, 0.05) for _ in range(3)]
    for reaper in reapers:
        reaper.start()
    until(lambda: len(sent) >= len(jobs))
    for reaper in reapers:
        reaper.stop()
    assert sorted(sent) == sorted(one.id for one in jobs)


def test_a_reaper_goes_on_when_the_database_is_back(store: JobStore) -> None:
    looks: list[int] = []

    def sometimes() -> JobStore:
        looks.append(1)
        if len(looks) < 4:
            raise psycopg2.OperationalError("away")
        return store

    one = store.create(kind_of("rules.work"), OWNER, {})
    store.not_sent(one.id)
    sent: list[Any] = []
    reaper = Reaper(sometimes, lambda job_id, _: sent.append(job_id), 0.02)
    reaper.start()
    until(lambda: sent)
    reaper.stop()
    assert sent == [one.id]


def test_rate_and_remaining_count_this_attempt_only(store: JobStore) -> None:
    one = store.create(kind_of("rules.work"), OWNER, {})
    store.claim(one.id, "w")
    change(
        store,
        one,
        "done = 300, total = 500, attempt_base = 100, attempt_started = now() - interval '50 s', "
        "progressed = now()",
    )
    seen = now(store, one).as_json()
    assert seen["rate"] == pytest.approx(4, rel=0.01)
    assert seen["remaining"] == pytest.approx(50, rel=0.01)
    change(store, one, "progressed = null")
    assert (now(store, one).rate, now(store, one).remaining) == (None, None)


def test_what_is_started_twice_is_one_job(store: JobStore) -> None:
    kind, other = kind_of("rules.work"), Owner(8, "grace", 3)
    jobs: list[UUID] = []

    def click() -> None:
        jobs.append(store.create(kind, OWNER, {}, "preview-1").id)

    clicks = [threading.Thread(target=click) for _ in range(8)]
    for each in clicks:
        each.start()
    for each in clicks:
        each.join(30)
    assert len(jobs) == 8
    [first] = set(jobs)
    different = [
        store.create(kind, OWNER, {}, "preview-2").id,
        store.create(kind, other, {}, "preview-1").id,
        store.create(kind, OWNER, {}).id,
        store.create(kind, OWNER, {}).id,
    ]
    assert len({first, *different}) == 5


def _failing(_context: JobContext) -> Any:
    raise JobFailed("no")


@pytest.mark.parametrize(
    ("what", "repeatable", "state", "same"),
    [
        (lambda _: None, False, "done", True),
        (lambda _: None, True, "done", False),
        (_failing, False, "failed", False),
    ],
)
def test_when_a_job_can_be_started_again(
    store: JobStore,
    what: Callable[[JobContext], Any],
    repeatable: bool,
    state: str,
    same: bool,
) -> None:
    global _work
    _work = what
    kind = kind_of("rules.work")

    def click() -> Job:
        return store.create(kind, OWNER, {}, "preview-1", repeatable=repeatable)

    first = click()
    assert click().id == first.id
    run(first.id, store, "a worker")
    assert now(store, first).state == state
    assert (click().id == first.id) is same


def test_a_cancelled_job_can_be_started_again(store: JobStore) -> None:
    kind = kind_of("rules.work")
    first = store.create(kind, OWNER, {}, "preview-1")
    store.request_cancel(first.id)
    assert store.create(kind, OWNER, {}, "preview-1").id != first.id
