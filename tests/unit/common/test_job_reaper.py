"""When a worker looks after all jobs, what it does then, and what it says about it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from types import SimpleNamespace
from typing import Any, cast

import pytest

from job_examples import QUEUED, STARTED, running
from omero_plugin_common import audit
from omero_plugin_common.jobs import reaper, turns, upkeep
from omero_plugin_common.jobs.lost import Lost
from omero_plugin_common.jobs.reaper import Reaper, look

LOST = Lost(QUEUED.id, "pod:7")
STORE: Any = SimpleNamespace()


class Waiting:
    """A queue that notes for how long it was asked, and gives what it was given, then ends."""

    def __init__(self, *given: Lost | None) -> None:
        self.given = list(given)
        self.seconds: list[float] = []
        self.reaper: Reaper | None = None

    def get(self, timeout: float) -> Lost | None:
        self.seconds.append(timeout)
        if self.given:
            if (found := self.given.pop(0)) is None:
                raise Empty
            return found
        assert self.reaper is not None
        self.reaper._stop.set()
        raise Empty


def looks(
    monkeypatch: pytest.MonkeyPatch, *given: Lost | None, fails: tuple[int, ...] = ()
) -> tuple[list[Any], list[Any], Waiting]:
    """What each look was given (`delete`: old jobs were deleted), what was told, the queue."""
    done: list[Any] = []
    told: list[Any] = []

    def one_look(store: Any, send: Any, lost: list[Lost]) -> None:
        assert (store, send) == (STORE, "send")
        done.append(list(lost))
        if sum(each != "delete" for each in done) in fails:
            raise ConnectionError("away")

    monkeypatch.setattr(reaper, "look", one_look)
    monkeypatch.setattr(upkeep, "delete_old", lambda _: done.append("delete"))
    waiting = Waiting(*given)
    made = Reaper(lambda: STORE, cast(Any, "send"), 10, lost=cast(Any, waiting), tell=told.append)
    waiting.reaper = made
    made.start()
    made._thread.join(20)
    assert not made._thread.is_alive()
    return done, told, waiting


def test_it_looks_after_each_pause_and_when_a_process_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done, told, waiting = looks(monkeypatch, None, LOST, None)
    assert done == [[], "delete", [LOST], []]
    assert told == [None] * 3
    assert len(waiting.seconds) == 4


def test_workers_spread_their_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reaper.random, "uniform", lambda low, high: low + 2 * high)
    assert looks(monkeypatch)[2].seconds == [pytest.approx(10 * (0.8 + 2 * 1.2))]


def test_old_jobs_are_deleted_at_the_first_of_240_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    done, _, _ = looks(monkeypatch, *[None] * 481)
    assert [number for number, each in enumerate(done) if each == "delete"] == [1, 242, 483]


def test_what_is_lost_while_a_server_is_away_is_given_back_at_the_next_look(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    other = Lost(QUEUED.id, "pod:8")
    done, told, _ = looks(monkeypatch, LOST, other, None, fails=(1,))
    assert done == [[LOST], [LOST, other], "delete", []]
    assert [str(each) for each in told] == ["away", "None", "None"]
    [record] = caplog.records
    assert record.levelno == logging.WARNING
    assert record.getMessage() == "jobs could not be checked: away"


def test_a_look_that_waits_for_a_server_does_not_hold_up_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looking, back = threading.Event(), threading.Event()

    def hang(*_: Any) -> None:
        looking.set()
        back.wait(60)

    monkeypatch.setattr(reaper, "look", hang)
    monkeypatch.setattr(upkeep, "delete_old", lambda _: None)
    lost: SimpleQueue[Lost | None] = SimpleQueue()
    made = Reaper(lambda: STORE, lambda *_: None, 3600, lost=lost)
    made.start()
    assert (made._thread.name, made._thread.daemon) == ("job-reaper", True)
    lost.put(LOST)
    assert looking.wait(20)
    made.stop()
    assert made._thread.is_alive()
    back.set()
    made._thread.join(20)
    assert not made._thread.is_alive()


def test_the_end_comes_at_once_between_two_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reaper, "look", lambda *_: pytest.fail("looked"))
    made = Reaper(lambda: STORE, lambda *_: None, 3600, lost=SimpleQueue())
    made.start()
    made.stop()
    made._thread.join(20)
    assert not made._thread.is_alive()


# --- one look ------------------------------------------------------------------------------------


class Base:
    """The database of a store; notes the transactions."""

    open = 0

    @contextmanager
    def transaction(self) -> Iterator[str]:
        self.open += 1
        yield "the cursor"
        self.open -= 1


def test_a_look_gives_back_and_sends(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    base, asked = Base(), []
    store: Any = SimpleNamespace(database=base)
    ended = running(state="failed", kind="omp.read", finished=STARTED)
    monkeypatch.setattr(reaper, "check_writable", lambda given: asked.append(given))
    monkeypatch.setattr(
        upkeep, "give_back", lambda given, lost: [QUEUED] if (given, lost) == (store, LOST) else []
    )
    monkeypatch.setattr(upkeep, "expire", lambda given: [ended] if given is store else [])
    unsent = [(QUEUED.id, "default"), (ended.id, "quick")]
    monkeypatch.setattr(
        upkeep, "take_unsent", lambda *given: unsent if given == (store, "the cursor") else []
    )
    lines: list[Any] = []
    monkeypatch.setattr(audit, "record", lambda *line: lines.append(line))
    sent: list[Any] = []
    called: list[Any] = []
    monkeypatch.setattr(turns, "call", lambda *given: called.append((*given, base.open)))

    def send(*message: Any) -> None:
        # They are marked as sent only when all of them are.
        assert base.open == 1
        sent.append(message)

    look(store, send, [LOST])
    assert (asked, sent) == ([base], unsent)
    assert called == [(store, send, 0)]
    assert lines == [(ended, "omp.read", "failed")]
    assert [(each.levelno, each.getMessage()) for each in caplog.records] == [
        (logging.WARNING, f"job {QUEUED.id} (omp.write) lost its worker: queued"),
        (logging.WARNING, f"job {ended.id} (omp.read) lost its worker: failed"),
    ]


def test_a_database_that_takes_no_changes_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: Any) -> None:
        raise ConnectionError("read-only")

    monkeypatch.setattr(reaper, "check_writable", refused)
    monkeypatch.setattr(upkeep, "expire", lambda _: pytest.fail("asked"))
    with pytest.raises(ConnectionError):
        look(SimpleNamespace(database=None), lambda *_: None)  # type: ignore[arg-type]
