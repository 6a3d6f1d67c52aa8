"""Waiting in tests: the longer something has taken, the less often they look.

A look is often a request to a server, or a process. A tenth of the time that something took anyhow
is not missed, and what a hundred waits would ask twenty times a second is much of a ring's work.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, TypeVar

from tools.common.wait import wait_until

Found = TypeVar("Found")

# Seconds between two looks: at the beginning, and at most.
_SHORTEST: Final = 0.05
_LONGEST: Final = 0.5


def wait(
    condition: Callable[[], Found],
    seconds: float,
    message: Callable[[str], str],
    *,
    failed: Callable[[], str | None] = lambda: None,
    shortest: float = _SHORTEST,
    longest: float = _LONGEST,
) -> Found | None:
    """Wait until a condition holds.

    Args:
        condition: returns something true when it holds.
        seconds: the most to wait.
        message: makes the error's text from the reason for giving up.
        failed: returns why it can no longer come true, or None; asked often.
        shortest: seconds between the first looks.
        longest: seconds between two looks, at most.

    Returns:
        What the condition returned.

    Raises:
        CommandError: it took too long, or can no longer come true.
    """
    began = due = time.monotonic()

    def looked() -> Found | None:
        nonlocal due
        now = time.monotonic()
        if now < due and now < began + seconds:
            return None
        found = condition()
        now = time.monotonic()
        due = now + min((now - began) / 10, longest)
        return found

    return wait_until(looked, seconds, message, failed=failed, pause=shortest)
