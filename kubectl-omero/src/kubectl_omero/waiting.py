"""Waits until a site is what was asked for, and shows what it waits for."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

from kubectl_omero import wording
from kubectl_omero.errors import GOOD, NOT_GOOD, CommandError
from kubectl_omero.kubectl import ForbiddenError, Kubectl, NotFoundError
from kubectl_omero.platforms import Condition, Platform, find

_PAUSE_SECONDS = 2.0
_WAIT_SECONDS = 900.0
_AWAY_SECONDS = 300.0


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
    said = _Said()

    def look() -> int | None:
        platform = find(kubectl, name)
        if platform.seen and done(platform):
            sys.stdout.write("done\n")
            return GOOD
        if platform.seen and (why := failed(platform)):
            sys.stderr.write(f"kubectl-omero: {wording.plain(why)}\n")
            return NOT_GOOD
        now = condition(platform)
        said.line(f"{now.type} {now.status}, {now.reason}: {now.message}")
        return None

    goes_on = f"what was asked for goes on by itself. Look with `kubectl omero status {name}`"
    end = time.monotonic() + seconds
    try:
        while (code := said.answer(look)) is None:
            if time.monotonic() > end:
                sys.stderr.write(f"kubectl-omero: it took longer than {seconds:.0f} s; {goes_on}\n")
                return NOT_GOOD
            time.sleep(_PAUSE_SECONDS)
    except KeyboardInterrupt:
        sys.stderr.write(f"\nkubectl-omero: you do not wait any longer; {goes_on}\n")
        raise
    return code


class _Said:
    """What was printed last, and when the cluster answered last."""

    def __init__(self) -> None:
        self._shown, self._heard = "", time.monotonic()

    def line(self, text: str) -> None:
        """Print a line, unless it is the last one again."""
        line = wording.plain(text)
        if line != self._shown:
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()
            self._shown = line

    def answer(self, look: Callable[[], int | None]) -> int | None:
        """What a look at the cluster gives; None while it is away, which it may be for a while.

        Raises:
            CommandError: It is away for too long, or says that there is nothing to look at.
        """
        try:
            code = look()
        except (NotFoundError, ForbiddenError):
            raise
        except CommandError as error:
            # An API server that is updated, or a laptop in another network, comes back.
            if time.monotonic() - self._heard > _AWAY_SECONDS:
                raise
            self.line(f"the cluster does not answer, trying again: {error}")
            return None
        self._heard = time.monotonic()
        return code
