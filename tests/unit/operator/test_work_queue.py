"""Wake-ups in, passes out: one at a time per platform, and nobody waits for another's trouble."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest

from omero_operator import metrics, work_queue
from omero_operator.cluster.errors import (
    ForbiddenError,
    LeadershipLostError,
    RejectedError,
    TemporaryError,
)
from omero_operator.reconcile import Key, PlatformGoneError
from omero_operator.work_queue import WorkQueue

ONE, TWO = Key("ns", "one"), Key("ns", "two")
STEP = 0.002
LONG = 60.0

Pass = Callable[[Key], Awaitable[float | None]]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work_queue, "GATHER", STEP / 2)
    monkeypatch.setattr(work_queue, "FIRST_DELAY", STEP)
    monkeypatch.setattr(work_queue, "LONGEST_DELAY", 8 * STEP)


async def always() -> None:
    """Leadership that is never lacking."""


def make(
    run: Pass,
    full_pass: float = LONG,
    may_start: Callable[[], Awaitable[object]] = always,
) -> WorkQueue:
    return WorkQueue(run, may_start, full_pass)


def live(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(scenario(), 10))


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - the queue is asked from outside; it has no event
        await asyncio.sleep(STEP / 4)


class Passes:
    """Keeps who was passed when; fails as it is told."""

    def __init__(self, *outcomes: BaseException | float | None) -> None:
        self.outcomes = list(outcomes)
        self.times: list[tuple[Key, float]] = []
        self.running = 0
        self.most = 0
        self.duration = 0.0

    async def __call__(self, key: Key) -> float | None:
        self.times.append((key, asyncio.get_running_loop().time()))
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await asyncio.sleep(self.duration)
        finally:
            self.running -= 1
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    def of(self, key: Key) -> int:
        return sum(passed == key for passed, _ in self.times)

    def gaps(self) -> list[float]:
        times = [time for _, time in self.times]
        return [after - before for before, after in itertools.pairwise(times)]


def overload(retry_after: float = 0) -> TemporaryError:
    return TemporaryError("get", "Secret", "x", 503, "overloaded", retry_after)


def test_wake_ups_of_a_burst_melt_into_one_pass() -> None:
    passes = Passes()

    async def scenario() -> None:
        queue = make(passes)
        for _ in range(50):
            queue.add(ONE)
        await until(lambda: passes.of(ONE) > 0)
        await asyncio.sleep(5 * STEP)
        await queue.stop()

    live(scenario)
    assert passes.of(ONE) == 1


def test_wake_up_during_a_pass_makes_another_one() -> None:
    """What changed meanwhile may have been read before it changed."""
    passes = Passes()
    passes.duration = 4 * STEP

    async def scenario() -> None:
        queue = make(passes)
        queue.add(ONE)
        await until(lambda: passes.running == 1)
        queue.add(ONE)
        queue.add(ONE)
        await until(lambda: passes.of(ONE) == 2)
        await asyncio.sleep(8 * STEP)
        await queue.stop()

    live(scenario)
    assert passes.of(ONE) == 2
    assert passes.most == 1


def test_one_pass_at_a_time_per_platform_and_several_platforms_at_once() -> None:
    passes = Passes()
    passes.duration = 5 * STEP

    async def scenario() -> None:
        queue = make(passes)
        for _ in range(3):
            queue.add(ONE)
            queue.add(TWO)
            await asyncio.sleep(STEP)
        await until(lambda: passes.of(ONE) >= 2 and passes.of(TWO) >= 2)
        await queue.stop()

    live(scenario)
    assert passes.most == 2


def test_only_so_many_passes_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A restart of the operator must not fall on the API server with every platform at once."""
    monkeypatch.setattr(work_queue, "PARALLEL", 3)
    passes = Passes()
    passes.duration = STEP

    async def scenario() -> None:
        queue = make(passes)
        keys = [Key("ns", str(i)) for i in range(12)]
        for key in keys:
            queue.add(key)
        await until(lambda: all(passes.of(key) for key in keys))
        await queue.stop()

    live(scenario)
    assert passes.most == 3


def test_failures_back_off_and_grow() -> None:
    passes = Passes(*[overload() for _ in range(5)])

    async def scenario() -> None:
        queue = make(passes)
        queue.add(ONE)
        await until(lambda: passes.of(ONE) == 6)
        await queue.stop()

    live(scenario)
    for number, gap in enumerate(passes.gaps()):
        assert gap >= min(2**number, 8) * STEP * 0.8


def test_delay_grows_to_its_bound() -> None:
    entry = work_queue._Entry()
    delays = [WorkQueue._back_off(entry) for _ in range(12)]
    for number, delay in enumerate(delays):
        expected = min(2**number, 8) * STEP
        assert 0.8 * expected <= delay <= 1.2 * expected


def test_wait_that_the_server_asks_for_is_kept() -> None:
    entry = work_queue._Entry()
    assert WorkQueue._back_off(entry, at_least=30.0) == 30.0


def test_success_resets_the_delay() -> None:
    outcomes: list[BaseException | None] = [overload(), overload(), overload(), None, overload()]
    before: list[int] = []

    async def scenario() -> None:
        async def run(key: Key) -> float | None:
            before.append(queue._entries[key].failures)
            outcome = outcomes.pop(0) if outcomes else None
            if outcome is not None:
                raise outcome
            return STEP

        queue = make(run)
        queue.add(ONE)
        await until(lambda: len(before) == 7)
        await queue.stop()

    live(scenario)
    assert before == [0, 1, 2, 3, 0, 1, 0]


def test_wake_up_does_not_shorten_a_back_off_below_its_first_step() -> None:
    """A platform in trouble changes all the time; each change must not mean another attempt."""
    passes = Passes(*[overload() for _ in range(20)])

    async def scenario() -> None:
        queue = make(passes)
        for _ in range(80):
            queue.add(ONE)
            await asyncio.sleep(STEP / 8)
        await queue.stop()

    live(scenario)
    assert passes.of(ONE) > 1
    assert all(gap >= STEP * 0.8 for gap in passes.gaps())


def test_broken_platform_does_not_delay_the_others(caplog: pytest.LogCaptureFixture) -> None:
    passes: dict[Key, int] = {ONE: 0, TWO: 0}

    async def run(key: Key) -> float | None:
        passes[key] += 1
        if key == ONE:
            raise ValueError("a defect")
        return STEP

    async def scenario() -> None:
        queue = make(run)
        queue.add(ONE)
        queue.add(TWO)
        await until(lambda: passes[TWO] >= 5 and passes[ONE] >= 2)
        await queue.stop()

    with caplog.at_level(logging.ERROR):
        live(scenario)
    assert "pass of ns/one failed by a defect of the operator" in caplog.text
    assert "ValueError: a defect" in caplog.text


def test_hanging_platform_does_not_delay_the_others() -> None:
    done: list[Key] = []

    async def run(key: Key) -> float | None:
        if key == ONE:
            await asyncio.Event().wait()
        done.append(key)
        return None

    async def scenario() -> None:
        queue = make(run)
        queue.add(ONE)
        queue.add(TWO)
        await until(lambda: done == [TWO])
        assert queue.longest_pass() > 0
        await queue.stop()

    live(scenario)


@pytest.mark.parametrize(
    ("error", "level", "traced"),
    [
        (overload(), "WARNING", False),
        (RejectedError("patch", "Job", "x", 422, "no"), "ERROR", False),
        (KeyError("x"), "ERROR", True),
    ],
    ids=["temporary", "refused", "defect"],
)
def test_failure_is_logged_as_what_it_is(
    error: BaseException, level: str, traced: bool, caplog: pytest.LogCaptureFixture
) -> None:
    passes = Passes(error)

    async def scenario() -> None:
        queue = make(passes)
        queue.add(ONE)
        await until(lambda: passes.of(ONE) == 2)
        await queue.stop()

    with caplog.at_level(logging.INFO, logger="omero_operator"):
        live(scenario)
    record = caplog.records[0]
    assert record.levelname == level
    assert bool(record.exc_info) == traced


def test_full_pass_happens_without_a_wake_up() -> None:
    passes = Passes()

    async def scenario() -> None:
        queue = make(passes, full_pass=3 * STEP)
        queue.add(ONE)
        await until(lambda: passes.of(ONE) == 4)
        await queue.stop()

    live(scenario)
    assert all(gap >= 3 * STEP * 0.9 for gap in passes.gaps())


def test_pass_may_ask_for_an_earlier_look() -> None:
    passes = Passes(STEP, STEP)

    async def scenario() -> None:
        queue = make(passes)
        queue.add(ONE)
        await until(lambda: passes.of(ONE) == 3)
        await queue.stop()

    live(scenario)


def test_waiting_platform_is_woken_at_once() -> None:
    passes = Passes(LONG)

    async def scenario() -> None:
        queue = make(passes)
        queue.add(ONE)
        await until(lambda: passes.of(ONE) == 1)
        queue.add(ONE)
        await until(lambda: passes.of(ONE) == 2)
        await queue.stop()

    live(scenario)


def test_forgotten_platform_gets_no_pass_any_more() -> None:
    passes = Passes()

    async def scenario() -> None:
        queue = make(passes, full_pass=STEP)
        queue.add(ONE)
        await until(lambda: passes.of(ONE) == 1)
        queue.forget(ONE)
        queue.forget(TWO)
        count = passes.of(ONE)
        await asyncio.sleep(5 * STEP)
        assert passes.of(ONE) == count
        queue.add(ONE)
        await until(lambda: passes.of(ONE) == count + 1)
        await queue.stop()

    live(scenario)


def test_forgetting_ends_a_pass_under_way() -> None:
    passes = Passes()
    passes.duration = LONG

    async def scenario() -> None:
        queue = make(passes)
        queue.add(ONE)
        await until(lambda: passes.running == 1)
        queue.forget(ONE)
        await until(lambda: passes.running == 0)
        assert queue.longest_pass() == 0

    live(scenario)


def test_replica_that_is_not_active_makes_no_pass() -> None:
    passes = Passes()

    async def scenario() -> None:
        active = asyncio.Event()
        queue = make(passes, may_start=active.wait)
        queue.add(ONE)
        await asyncio.sleep(5 * STEP)
        assert passes.of(ONE) == 0
        active.set()
        await until(lambda: passes.of(ONE) == 1)
        await queue.stop()

    live(scenario)


def test_pass_that_may_not_write_any_more_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    passes = Passes(LeadershipLostError("not sent"))
    failures: list[int] = []

    async def scenario() -> None:
        queue = make(passes)
        queue.add(ONE)
        await until(lambda: passes.of(ONE) == 1)
        failures.append(queue._entries[ONE].failures)
        await queue.stop()

    with caplog.at_level(logging.WARNING):
        live(scenario)
    assert failures == [0]
    assert caplog.text == ""


def test_after_the_lease_was_lost_all_passes_end_and_all_platforms_are_due() -> None:
    """Also one that waits a long time after failures, and one in the middle of a pass."""
    passes = Passes()
    active = asyncio.Event()
    active.set()

    async def run(key: Key) -> float | None:
        await passes(key)
        if key == ONE and passes.of(ONE) < 5:
            raise overload(LONG)
        return None

    async def scenario() -> None:
        queue = make(run, may_start=active.wait)
        queue.add(ONE)
        await until(lambda: passes.of(ONE) == 1)
        passes.duration = LONG
        queue.add(TWO)
        await until(lambda: passes.running == 1)
        active.clear()
        await queue.begin_anew()
        assert passes.running == 0
        await asyncio.sleep(5 * STEP)
        assert (passes.of(ONE), passes.of(TWO)) == (1, 1), "a candidate makes no pass"
        passes.duration = 0
        active.set()
        await until(lambda: (passes.of(ONE), passes.of(TWO)) == (2, 2))
        await queue.stop()

    live(scenario)


def test_end_waits_for_passes_to_be_cancelled() -> None:
    """After it the lease is given back: no write may be under way."""
    passes = Passes()
    passes.duration = LONG

    async def scenario() -> None:
        queue = make(passes)
        queue.add(ONE)
        queue.add(TWO)
        await until(lambda: passes.running == 2)
        await queue.stop()
        assert passes.running == 0

    live(scenario)


@pytest.mark.parametrize(
    "error",
    [LeadershipLostError("made up"), TemporaryError("list", "Pod", "", 0, "no answer", 300)],
    ids=lambda error: type(error).__name__,
)
def test_worker_whose_cancellation_is_lost_ends_all_the_same(error: Exception) -> None:
    """As in a group of tasks of which one failed at the same moment: nobody waits for ever."""

    async def scenario() -> None:
        begun, passes = asyncio.Event(), []

        async def run(key: Key) -> None:
            passes.append(key)
            begun.set()
            try:
                await asyncio.sleep(LONG)
            except asyncio.CancelledError:
                raise error from None

        queue = make(run)
        queue.add(ONE)
        await begun.wait()
        await queue.stop()
        queue.add(ONE)
        begun.clear()
        await begun.wait()
        queue.forget(ONE)
        await asyncio.sleep(20 * STEP)
        assert passes == [ONE, ONE]

    live(scenario)


def test_worker_that_is_woken_and_cancelled_at_the_same_moment_ends() -> None:
    async def scenario() -> None:
        passes = Passes()
        queue = make(passes)
        queue.add(ONE)
        await until(lambda: passes.of(ONE) == 1)
        await asyncio.sleep(4 * STEP)
        queue.add(ONE)
        await asyncio.sleep(0)
        await queue.stop()
        assert passes.of(ONE) == 1

    live(scenario)


def test_replica_that_is_active_no_more_tells_nothing_of_platforms() -> None:
    """The active one does; what this one last saw gets older and older."""
    waiting = metrics.NEXT_ATTEMPT
    waiting.clear()

    async def scenario() -> None:
        active = asyncio.Event()
        active.set()
        passes = Passes()
        queue = make(passes, may_start=active.wait)
        queue.add(ONE)
        await until(lambda: bool(waiting.collect()[0].samples))
        active.clear()
        await queue.begin_anew()
        assert waiting.collect()[0].samples == []
        assert ONE in queue
        active.set()
        await until(lambda: bool(waiting.collect()[0].samples))
        await queue.stop()
        assert waiting.collect()[0].samples == []

    live(scenario)


def test_longest_pass_is_measured_while_it_runs() -> None:
    passes = Passes()
    passes.duration = 3 * STEP

    async def scenario() -> None:
        queue = make(passes)
        assert queue.longest_pass() == 0
        queue.add(ONE)
        await until(lambda: passes.running == 1)
        assert 0 <= queue.longest_pass() < LONG
        await until(lambda: passes.running == 0)
        await asyncio.sleep(STEP)
        assert queue.longest_pass() == 0
        await queue.stop()

    live(scenario)


def test_longest_of_several_passes_counts() -> None:
    """One that hangs is not hidden by others that come and go."""
    passes = Passes()
    passes.duration = LONG

    async def scenario() -> None:
        queue = make(passes)
        queue.add(ONE)
        await until(lambda: passes.running == 1)
        await asyncio.sleep(10 * STEP)
        queue.add(TWO)
        await until(lambda: passes.running == 2)
        assert queue.longest_pass() >= 10 * STEP
        await queue.stop()

    live(scenario)


def test_queue_is_empty_while_nobody_waits() -> None:
    passes = Passes()

    async def scenario() -> None:
        queue = make(passes)
        queue.add(ONE)
        queue.add(TWO)
        assert metrics.QUEUE_DEPTH._value.get() == 2
        await until(lambda: passes.of(ONE) + passes.of(TWO) == 2)
        assert metrics.QUEUE_DEPTH._value.get() == 0
        await queue.stop()

    live(scenario)


def test_passes_are_counted_by_result() -> None:
    def count(result: str) -> float:
        value = metrics.PASSES.labels(result=result)._value.get()
        return float(value)

    before = {result: count(result) for result in ("done", "temporary", "error")}
    passes = Passes(overload(), ValueError("x"), None)

    async def scenario() -> None:
        queue = make(passes)
        queue.add(ONE)
        await until(lambda: count("done") == before["done"] + 1)
        await queue.stop()

    live(scenario)
    assert {result: count(result) - before[result] for result in before} == {
        "done": 1,
        "temporary": 1,
        "error": 1,
    }


def test_only_a_complete_pass_is_a_success() -> None:
    passes = Passes(ValueError("x"), None)

    async def scenario() -> None:
        queue = make(passes)
        queue.add(ONE)
        success = metrics.LAST_SUCCESS.labels(namespace=ONE.namespace, platform=ONE.name)._value
        await until(lambda: passes.of(ONE) == 1)
        assert success.get() == 0
        await until(lambda: success.get() > 1e9)
        await queue.stop()

    live(scenario)


def test_child_of_an_unknown_platform_wakes_nobody() -> None:
    passes = Passes()

    async def scenario() -> None:
        queue = make(passes)
        queue.wake(ONE)
        assert ONE not in queue
        queue.add(ONE)
        await until(lambda: passes.of(ONE) == 1)
        queue.wake(ONE)
        await until(lambda: passes.of(ONE) == 2)
        await queue.stop()

    live(scenario)


def test_platform_that_a_pass_finds_gone_is_forgotten() -> None:
    passes = Passes(PlatformGoneError("gone"))

    async def scenario() -> None:
        queue = make(passes)
        queue.add(ONE)
        (worker,) = [entry.task for entry in queue._entries.values()]
        await until(lambda: len(queue) == 0)
        assert worker is not None
        await until(worker.done)
        assert queue.longest_pass() == 0
        await queue.stop()

    live(scenario)
    assert passes.of(ONE) == 1


def test_platform_that_came_again_during_the_pass_is_looked_after() -> None:
    passes = Passes(PlatformGoneError("gone"))
    passes.duration = 3 * STEP

    async def scenario() -> None:
        queue = make(passes)
        queue.add(ONE)
        await until(lambda: passes.running == 1)
        queue.add(ONE)
        await until(lambda: passes.of(ONE) == 2 and passes.running == 0)
        assert ONE in queue
        await queue.stop()

    live(scenario)


def test_refusal_is_an_error_only_when_it_lasts(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a namespace ends the operator's role in it may go before the platform does."""
    monkeypatch.setattr(work_queue, "LONGEST_DELAY", STEP)
    passes = Passes(*[ForbiddenError("get", "OmeroPlatform", "x", 403, "no")] * 6)

    async def scenario() -> None:
        queue = make(passes)
        queue.add(ONE)
        await until(lambda: passes.of(ONE) == 6)
        await queue.stop()

    with caplog.at_level(logging.WARNING):
        live(scenario)
    levels = [record.levelname for record in caplog.records]
    assert levels[:5] == ["WARNING"] * 5
    assert levels[5:] == ["ERROR"]
