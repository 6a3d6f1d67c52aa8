"""Waits until a site is what was asked for, and shows what it waits for."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

from kubectl_omero import wording
from kubectl_omero.errors import GOOD, NOT_GOOD
from kubectl_omero.kubectl import Kubectl
from kubectl_omero.platforms import Condition, Platform, find

_PAUSE_SECONDS = 2.0
_WAIT_SECONDS = 900.0


def add_to(parser: argparse.ArgumentParser, seconds: float = _WAIT_SECONDS) -> None:
    """`--wait` and `--timeout`.

    Args:
        parser: Of the command.
        seconds: How long it waits where the person says nothing.
    """
    parser.add_argument("--wait", action="store_true", help="wait until it is carried out")
    parser.add_argument(
        "--timeout", type=float, default=seconds, metavar="SECONDS",
        help="how long --wait waits (default: %(default).0f)",
    )  # fmt: skip


def until(
    kubectl: Kubectl,
    name: str,
    condition: Callable[[Platform], Condition],
    done: Callable[[Platform], bool],
    seconds: float,
    failed: Callable[[Platform], str] = lambda _: "",
) -> int:
    """Wait, with a line for each change.

    Args:
        kubectl: Of the person.
        name: The platform.
        condition: What is shown while waiting.
        done: Whether it is over; asked only of a status of the present specification.
        seconds: How long at most.
        failed: Why it will not come to that; empty while it may. Asked as `done` is.

    Returns:
        The exit code: not good where it failed or the time is over.
    """
    end = time.monotonic() + seconds
    shown = ""
    while True:
        platform = find(kubectl, name)
        if platform.seen and done(platform):
            sys.stdout.write("done\n")
            return GOOD
        if platform.seen and (why := failed(platform)):
            sys.stderr.write(f"kubectl-omero: {wording.plain(why)}\n")
            return NOT_GOOD
        now = condition(platform)
        line = wording.plain(f"{now.type} {now.status}, {now.reason}: {now.message}")
        if line != shown:
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()
            shown = line
        if time.monotonic() > end:
            sys.stderr.write(
                f"kubectl-omero: it took longer than {seconds:.0f} s; it goes on by itself. Look "
                f"with `kubectl omero status {name}`\n"
            )
            return NOT_GOOD
        time.sleep(_PAUSE_SECONDS)
