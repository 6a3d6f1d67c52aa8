"""One line per step, with the time it took; a failure is one message, never a trace."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from tools.common.errors import CommandError

_STARTED: Final = time.monotonic()


def say(text: str = "") -> None:
    """Print one line now, also when the output is a file."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def duration(seconds: float) -> str:
    """`0.4 s`, `12 s` or `3 min 05 s`."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    return f"{whole} s" if whole < 120 else f"{whole // 60} min {whole % 60:02d} s"


def since_start() -> str:
    """Minutes and seconds since the script started, as `mm:ss`."""
    whole = int(time.monotonic() - _STARTED)
    return f"{whole // 60:02d}:{whole % 60:02d}"


@contextmanager
def step(title: str) -> Iterator[None]:
    """Announce a step and print how it went and how long it took."""
    began = time.monotonic()
    say(f"[{since_start()}] {title} ...")
    try:
        yield
    except BaseException:
        say(f"[{since_start()}] {title}: FAILED after {duration(time.monotonic() - began)}")
        raise
    say(f"[{since_start()}] {title}: done in {duration(time.monotonic() - began)}")


def run_main(main: Callable[[list[str]], int]) -> None:
    """Run a script; an error or an interrupt becomes one message and an exit code."""
    try:
        sys.exit(main(sys.argv[1:]))
    except CommandError as error:
        sys.stderr.write(f"\n{error}\n")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.stderr.write("\nstopped before its end\n")
        sys.exit(130)
