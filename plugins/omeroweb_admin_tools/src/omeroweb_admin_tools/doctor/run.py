"""Runs checks side by side; each has a time-out of its own, and none waits for another."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from omero_plugin_common.env_utils import EnvironmentProblem
from omero_plugin_common.errors import ApiError
from omeroweb_admin_tools.doctor import secrets_of
from omeroweb_admin_tools.doctor.model import Check, Found, Result, failed

LOGGER: Final = logging.getLogger(__name__)
_LONGEST_WORDS: Final = 1000


def run(checks: Sequence[Check]) -> Iterator[Result]:
    """Start all checks at once; their results in the order in which they end.

    A check whose time is over has failed, and is left to itself: its thread ends with its own
    sockets' time-outs, or with the process.

    Args:
        checks: what to look at.
    """
    ended: queue.SimpleQueue[tuple[int, Found, float]] = queue.SimpleQueue()
    hide = secrets_of.hider()
    waiting = dict(enumerate(checks))
    began = time.monotonic()
    for number, check in waiting.items():
        thread = threading.Thread(
            target=_look, args=(number, check, ended), name=f"check {check.name}", daemon=True
        )
        thread.start()
    while waiting:
        first = began + min(each.seconds for each in waiting.values())
        try:
            number, found, seconds = ended.get(timeout=max(first - time.monotonic(), 0))
        except queue.Empty:
            yield from _overdue(waiting, time.monotonic() - began)
            continue
        # None: its result came after its time.
        if (check_ended := waiting.pop(number, None)) is not None:
            yield Result(check_ended, _without(found, hide), seconds)


def _overdue(waiting: dict[int, Check], passed: float) -> Iterator[Result]:
    """Those whose time is over; they wait no longer."""
    for number in [number for number, each in waiting.items() if each.seconds <= passed]:
        check = waiting.pop(number)
        words = f"There was no result within {check.seconds:g} s"
        advice = "What is asked is overloaded, or something on the way drops packets silently"
        yield Result(check, failed(words, advice), passed)


def _look(number: int, check: Check, ended: queue.SimpleQueue[tuple[int, Found, float]]) -> None:
    began = time.monotonic()
    ended.put((number, _found(check), time.monotonic() - began))


def _found(check: Check) -> Found:
    try:
        return check.look()
    except EnvironmentProblem as error:
        return failed(str(error), "Correct this setting; the workload then restarts")
    except ApiError as error:
        return failed(error.message)
    except Exception as error:
        # One check that breaks does not end the others. A library made its text, which may hold
        # what was sent.
        LOGGER.debug("the check %s broke", check.name, exc_info=True)
        return failed(
            f"The check broke: {type(error).__name__}",
            "This is a fault of the check, or an answer that nobody expected",
        )


def _without(found: Found, hide: secrets_of.Hider) -> Found:
    """On one line, not endless, and without secrets."""
    words, advice = (
        " ".join(hide(text).split())[:_LONGEST_WORDS] for text in (found.words, found.advice)
    )
    return replace(found, words=words, advice=advice)
