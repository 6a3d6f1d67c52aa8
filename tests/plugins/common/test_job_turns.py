"""Which of the jobs that change the same things is next, with a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from omero_plugin_common.database import Database
from omero_plugin_common.jobs import JobContext, JobWaits, context, job, launch, turns, upkeep
from omero_plugin_common.jobs.model import Job
from omero_plugin_common.jobs.reaper import look
from omero_plugin_common.jobs.registry import kind_of
from omero_plugin_common.jobs.runner import run
from omero_plugin_common.jobs.store import JobStore, Owner
from omero_plugin_common.jobs.timing import Timing

ADA, GRACE = Owner(7, "ada", 3), Owner(8, "grace", 3)
NEEDS: dict[str, list[int]] = {}


@job("turns.write", title="Writing key-value pairs")
def write(running: JobContext) -> None:
    """Needs what the test says, once."""
    running.take_turn(NEEDS[str(running.job.id)])


@pytest.fixture
def store(database: Database) -> Iterator[JobStore]:
    NEEDS.clear()
    yield JobStore(database, Timing())


def made(store: JobStore, *locks: int, owner: Owner = ADA, about: str = "") -> Job:
    one = store.create(kind_of("turns.write"), owner, {}, about=about)
    NEEDS[str(one.id)] = list(locks)
    return one


def runs(store: JobStore, one: Job) -> Job:
    """Taken by a worker, and holds its locks."""
    taken = store.claim(one.id, "pod:1")
    assert taken is not None
    assert turns.take(store, taken, NEEDS[str(one.id)]).taken
    return taken


def waits(store: JobStore, one: Job) -> Job:
    """A worker has tried it and given it back."""
    assert run(one.id, store) == "queued"
    return now(store, one)


def now(store: JobStore, one: Job) -> Job:
    found = store.get(one.id)
    assert found is not None
    return found


def later(store: JobStore, seconds: float) -> None:
    """As if time had passed."""
    with store.database.transaction() as cursor:
        for column in ("waits_since", "called", "sent", "attempt_started", "run_after"):
            cursor.execute(
                f"update omero_plugin_jobs set {column} = {column} - %s * interval '1 second'",  # noqa: S608
                (seconds,),
            )


def called(store: JobStore) -> list[UUID]:
    return [job_id for job_id, _ in turns.next_ones(store)]


def test_who_waits_gives_its_place_back_and_says_for_what(store: JobStore) -> None:
    first = runs(store, made(store, 1, about="Screening May / Plate 1 · 30 images"))
    own, others = made(store, 2, 1), made(store, 1, owner=GRACE)
    for waiting, text in (
        (own, "Waits for: Writing key-value pairs · Screening May / Plate 1 · 30 images"),
        # The names of what somebody else works on may be hidden from this user.
        (others, "Waits for: Writing key-value pairs of ada"),
    ):
        found = waits(store, waiting)
        assert (found.message, found.attempt, found.worker) == (text, 0, "")
        told = found.as_json()
        assert (told["state"], told["canCancel"], told["nextAttempt"]) == ("queued", True, None)
    # Neither a message nor a look takes it before its turn.
    assert store.claim(own.id, "pod:2") is None
    assert called(store) == []
    with store.database.transaction() as cursor:
        assert upkeep.take_unsent(store, cursor) == []
    assert store.finish(first.id, first.token, "done")
    assert called(store) == [own.id]


def test_those_who_wait_longest_go_first(store: JobStore) -> None:
    first = runs(store, made(store, 1))
    both, one = made(store, 1, 2), made(store, 2)
    other = runs(store, made(store, 2))
    waits(store, both)
    later(store, 1)
    waits(store, one)
    # Half of what it needs is free; nobody takes that away from it meanwhile.
    assert store.finish(other.id, other.token, "done")
    assert called(store) == []
    new = waits(store, made(store, 2))
    assert "Waits for" in new.message
    assert store.finish(first.id, first.token, "done")
    assert called(store) == [both.id]
    assert run(both.id, store) == "done"
    assert called(store) == [one.id]


def test_a_long_job_lets_others_go_first_after_its_turn(store: JobStore) -> None:
    long, short = runs(store, made(store, 1)), made(store, 1)
    waits(store, short)
    assert turns.take(store, long, [1]).taken, "its turn is not over"
    later(store, 21)
    turn = turns.take(store, long, [1])
    assert (turn.taken, turn.ahead and turn.ahead.id) == (False, short.id)
    assert turns.wait(store, long, [1], "Waits") == "queued"
    assert called(store) == [short.id]
    assert called(store) == [], "it waits for the one that was called"
    assert run(short.id, store) == "done"
    assert called(store) == [long.id]
    assert run(long.id, store) == "done"


def test_a_long_job_that_nobody_waits_for_goes_on(store: JobStore) -> None:
    long = runs(store, made(store, 1))
    later(store, 1000)
    assert turns.take(store, long, [1]).taken
    waits(store, made(store, 1))
    other = runs(store, made(store, 2))
    assert other.state == "running"


def test_one_that_was_called_and_does_not_come_holds_up_nobody(store: JobStore) -> None:
    first, lost, next_one = runs(store, made(store, 1)), made(store, 1), made(store, 1)
    waits(store, lost)
    later(store, 1)
    waits(store, next_one)
    assert store.finish(first.id, first.token, "done")
    assert called(store) == [lost.id]
    later(store, 11)
    assert called(store) == [next_one.id]
    assert run(next_one.id, store) == "done"
    # Its message is sent again after a while, and it comes to its turn.
    later(store, 60)
    assert called(store) == [lost.id]
    assert run(lost.id, store) == "done"


@pytest.mark.parametrize("end", ["killed", "cancelled", "failed"])
def test_a_holder_that_ends_in_any_way_is_followed(store: JobStore, end: str) -> None:
    first, second = runs(store, made(store, 1)), made(store, 1)
    waits(store, second)
    sent: list[UUID] = []
    if end == "killed":
        with store.database.transaction() as cursor:
            cursor.execute(
                "update omero_plugin_jobs set max_attempts = 1 where id = %s", (first.id,)
            )
        later_lease = "update omero_plugin_jobs set lease_until = now() - interval '1 second'"
        with store.database.transaction() as cursor:
            cursor.execute(f"{later_lease} where id = %s", (first.id,))
    elif end == "cancelled":
        store.request_cancel(first.id)
        assert turns.wait(store, first, [1], "Waits") == "cancelled"
    else:
        assert store.finish(first.id, first.token, "failed", error=("a", "b"))
    look(store, lambda job_id, _queue: sent.append(job_id))
    assert sent == [second.id]


def test_a_worker_that_dies_with_one_that_waited_loses_it_not(store: JobStore) -> None:
    first, second = runs(store, made(store, 1)), made(store, 1)
    waits(store, second)
    assert store.finish(first.id, first.token, "done")
    assert called(store) == [second.id]
    taken = store.claim(second.id, "pod:9")
    assert taken is not None
    [lost] = upkeep.give_back_all(store, "pod")
    assert (lost.id, lost.state) == (second.id, "queued")
    assert called(store) == [second.id]
    assert run(second.id, store) == "done"


def test_a_redis_that_is_away_calls_nobody_and_loses_nobody(
    store: JobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = runs(store, made(store, 1)), made(store, 1)
    waits(store, second)
    assert store.finish(first.id, first.token, "done")

    def away(*_: Any) -> None:
        raise launch.kombu.exceptions.OperationalError("away")

    monkeypatch.setattr(launch, "send", away)
    launch.call_waiting(store)
    sent: list[UUID] = []
    monkeypatch.setattr(launch, "send", lambda job_id, _queue: sent.append(job_id))
    launch.call_waiting(store)
    assert sent == [second.id]


def test_a_lost_lease_takes_nothing(store: JobStore) -> None:
    taken = store.claim(made(store, 1).id, "pod:1")
    assert taken is not None
    upkeep.give_back_all(store, "pod")
    running = JobContext(taken, store)
    with pytest.raises(context.LeaseLost):
        running.take_turn([1])
    assert turns.wait(store, taken, [1], "Waits") is None


def test_a_long_job_lets_other_users_go_first(store: JobStore) -> None:
    own = made(store, 1)
    running = JobContext(runs(store, own), store)
    other = made(store, 2, owner=GRACE)
    # It has just begun.
    running.give_way([1])
    _began_long_ago(store, own)
    with pytest.raises(JobWaits) as waiting:
        running.give_way([1])
    assert running.wait(waiting.value) == "queued"
    # The worker's next message is the other one's; this one's comes after it.
    assert [job_id for job_id, _ in turns.next_ones(store)] == [own.id]
    assert now(store, other).state == "queued"


@pytest.mark.parametrize("who", ["nobody", "the same user", "one that waits for locks"])
def test_a_long_job_goes_on_when_no_other_user_waits(store: JobStore, who: str) -> None:
    own = made(store, 1)
    running = JobContext(runs(store, own), store)
    if who == "the same user":
        made(store, 2)
    if who == "one that waits for locks":
        waits(store, made(store, 1, owner=GRACE))
    _began_long_ago(store, own)
    running.give_way([1])
    assert now(store, own).state == "running"


def _began_long_ago(store: JobStore, one: Job) -> None:
    with store.database.transaction() as cursor:
        cursor.execute(
            "update omero_plugin_jobs set attempt_started = now() - interval '1 hour' "
            "where id = %s",
            (one.id,),
        )
