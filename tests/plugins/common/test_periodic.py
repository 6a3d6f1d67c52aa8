"""Work that comes back: when it is due, and by one worker at a time, with a real PostgreSQL."""

from __future__ import annotations

import threading

import pytest

from omero_plugin_common.database import Database
from omero_plugin_common.jobs import periodic
from omero_plugin_common.jobs.periodic import Periodic, Periodicals, run_if_due


def counted(name: str = "tests.count", seconds: float | None = 3600) -> tuple[Periodic, list[int]]:
    done: list[int] = []
    return Periodic(name, lambda: seconds, lambda: done.append(1)), done


def test_it_is_done_once_until_its_time_has_passed(database: Database) -> None:
    each, done = counted()
    assert run_if_due(database, each)
    assert not run_if_due(database, each)
    assert done == [1]
    again, done = counted(seconds=0)
    assert run_if_due(database, again)
    other, other_done = counted("tests.other")
    assert run_if_due(database, other)
    assert (done, other_done) == ([1], [1])


def test_a_process_that_cannot_do_it_leaves_it_to_others(database: Database) -> None:
    each, done = counted(seconds=None)
    assert not run_if_due(database, each)
    able, able_done = counted()
    assert run_if_due(database, able)
    assert (done, able_done) == ([], [1])


def test_one_worker_at_a_time(database: Database) -> None:
    begun, end = threading.Event(), threading.Event()

    def slow() -> None:
        begun.set()
        assert end.wait(30)

    first = Periodic("tests.slow", lambda: 0, slow)
    thread = threading.Thread(target=run_if_due, args=(database, first))
    thread.start()
    try:
        assert begun.wait(30)
        second, done = counted("tests.slow", seconds=0)
        assert not run_if_due(database, second)
        assert done == []
    finally:
        end.set()
        thread.join()
    assert run_if_due(database, second)


def test_what_failed_is_due_again_at_once(database: Database) -> None:
    def fail() -> None:
        raise ValueError("the disk is full")

    with pytest.raises(ValueError, match="the disk is full"):
        run_if_due(database, Periodic("tests.count", lambda: 3600, fail))
    each, done = counted()
    assert run_if_due(database, each)
    assert done == [1]


def test_a_worker_looks_again_and_again_and_survives_a_failure(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    thrice = threading.Event()
    done: list[int] = []

    def work() -> None:
        done.append(1)
        if len(done) == 3:
            thrice.set()
        if len(done) == 2:
            raise ValueError("once")

    monkeypatch.setattr(periodic, "_known", {})
    periodic.periodic("tests.look", lambda: 0)(work)
    looking = Periodicals(lambda: database, 0.01)
    looking.start()
    assert thrice.wait(30)
    looking.stop()
