"""Commands: submitted and waited for, with an end."""

from __future__ import annotations

import time
from typing import Any, Final

import omero.clients  # noqa: F401 - before Ice  # isort: skip

ALL_GROUPS: Final = {"omero.group": "-1"}
_POLL_SECONDS: Final = 0.05


class NoAnswer(Exception):
    """A command was not finished in time."""


def response(client: Any, request: Any, seconds: float) -> Any:
    """The response of a command in all groups.

    Raises:
        NoAnswer: there is none after `seconds`.
    """
    handle = client.sf.submit(request, ALL_GROUPS)
    try:
        return response_of(handle, seconds)
    finally:
        handle.close()


def response_of(handle: Any, seconds: float) -> Any:
    """The response of a command that was submitted; the caller closes the handle.

    Raises:
        NoAnswer: there is none after `seconds`.
    """
    until = time.monotonic() + seconds
    while (answer := handle.getResponse()) is None:
        if time.monotonic() > until:
            raise NoAnswer(f"no response after {seconds:g} s")
        time.sleep(_POLL_SECONDS)
    return answer
