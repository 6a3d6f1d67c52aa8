"""Progress lines that look alike wherever they come from."""

from __future__ import annotations

import threading
import time

_ONE_LINE_AT_A_TIME = threading.Lock()


class Stopwatch:
    """Counts seconds from the moment it was made."""

    def __init__(self) -> None:
        """Start counting."""
        self._start = time.monotonic()

    @property
    def seconds(self) -> float:
        """Return the seconds since the start."""
        return time.monotonic() - self._start

    def __str__(self) -> str:
        """Return the time in words short enough for a progress line."""
        elapsed = self.seconds
        return f"{elapsed:.1f} s" if elapsed < 10 else f"{elapsed:.0f} s"


def line(subject: str, detail: str, what: str) -> None:
    """Print one progress line at once, whole even when several threads report."""
    with _ONE_LINE_AT_A_TIME:
        print(f"{subject:<24} {detail:<12} {what}".rstrip(), flush=True)
