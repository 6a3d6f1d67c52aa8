"""The circuit breaker: one waits, the others do not, and it closes by itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from omero_web_container.circuit import Circuit

from omero_plugin_common.omero_client import ServerAway

PATIENCE_SECONDS = 60


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


class Server:
    """Answers when it is told to."""

    def __init__(self, *, well: bool) -> None:
        self.well = well
        self.asked = 0

    def answers(self) -> bool:
        self.asked += 1
        return self.well


def test_nobody_waits_until_the_server_answers_again() -> None:
    server = Server(well=False)
    circuit = Circuit("a:1", server.answers, ask_seconds=0.01)
    circuit.check()
    assert server.asked == 0
    circuit.failed("ConnectTimeoutException")
    for _ in range(100):
        with pytest.raises(ServerAway):
            circuit.check()
    until(lambda: server.asked >= 3)
    assert circuit.is_open
    server.well = True
    until(lambda: not circuit.is_open)
    circuit.check()


def test_many_failures_are_one_question_at_a_time() -> None:
    server = Server(well=False)
    circuit = Circuit("a:1", server.answers, ask_seconds=60)
    threads = [threading.Thread(target=circuit.failed, args=("x",)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    until(lambda: server.asked == 1)
    assert [each.name for each in threading.enumerate()].count("circuit") == 1


def test_what_is_under_way_is_given_up_once() -> None:
    server = Server(well=False)
    given_up: list[float] = []
    circuit = Circuit(
        "a:1", server.answers, given_up.append, ask_seconds=0.01, give_up_seconds=0.05
    )
    before = time.monotonic()
    circuit.failed("x")
    until(lambda: server.asked >= 20)
    server.well = True
    until(lambda: not circuit.is_open)
    assert len(given_up) == 1
    assert given_up[0] >= before


def test_a_short_silence_gives_up_nothing() -> None:
    server = Server(well=False)
    given_up: list[float] = []
    circuit = Circuit("a:1", server.answers, given_up.append, ask_seconds=0.01, give_up_seconds=60)
    circuit.failed("x")
    until(lambda: server.asked >= 5)
    server.well = True
    until(lambda: not circuit.is_open)
    assert given_up == []


def test_a_question_that_fails_is_no_answer_and_is_asked_again() -> None:
    asked: list[bool] = []

    def answers() -> bool:
        asked.append(True)
        if len(asked) < 3:
            raise OSError("a certificate that cannot be read")
        return True

    circuit = Circuit("Redis", answers, ask_seconds=0.01)
    circuit.failed("x")
    until(lambda: not circuit.is_open)
    assert len(asked) == 3


def test_log_lines_name_the_server(caplog: pytest.LogCaptureFixture) -> None:
    server = Server(well=True)
    # A name that no other test has: the last line of a circuit comes after it has closed.
    circuit = Circuit("Redis b:6379", server.answers, ask_seconds=0.01)

    def said() -> list[str]:
        return [each for each in caplog.messages if "b:6379" in each]

    circuit.failed("ConnectionError")
    until(lambda: len(said()) == 2)
    assert said() == [
        "Redis b:6379 does not answer: ConnectionError", "Redis b:6379 answers again, after 0 s"
    ]  # fmt: skip


def test_asking_opens_it_where_nobody_answers() -> None:
    server = Server(well=True)
    circuit = Circuit("a:1", server.answers, ask_seconds=0.01)
    circuit.ask()
    assert (server.asked, circuit.is_open) == (1, False)
    server.well = False
    circuit.ask()
    assert circuit.is_open
    server.well = True
    until(lambda: not circuit.is_open)
