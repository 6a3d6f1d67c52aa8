"""Waiting until something is so: the one loop for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from .errors import CommandError

Found = TypeVar("Found")


def wait_until(
    condition: Callable[[], Found],
    seconds: float,
    message: Callable[[str], str],
    *,
    failed: Callable[[], str | None] = lambda: None,
    pause: float = 0.1,
) -> Found:
    """Wait until a condition holds.

    Args:
        condition: Returns something true when it holds.
        seconds: The most to wait.
        message: Makes the error's text from the reason for giving up.
        failed: Returns why it can no longer come true, or None.
        pause: Seconds between two looks.

    Returns:
        What the condition returned.

    Raises:
        CommandError: It took too long, or can no longer come true.
    """
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        reason = failed()
        if reason is None and time.monotonic() > deadline:
            reason = f"not within {seconds:.0f} s"
        if reason is not None:
            raise CommandError(message(reason))
        time.sleep(pause)
    return found
