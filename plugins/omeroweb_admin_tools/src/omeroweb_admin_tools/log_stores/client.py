"""One request to a log store: bounded in time and size, without redirects and without cookies."""

from __future__ import annotations

import time
from typing import Final

import httpx

from omeroweb_admin_tools.planning.logs.model import Call

MOST_BYTES: Final = 64_000_000
_COMPLAINT_LENGTH: Final = 300


class StoreFailure(Exception):
    """There is no answer that can be used; the message says why."""


class Deadline:
    """One end for all questions of a request.

    Args:
        seconds: from now.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds that are left, at least none."""
        return max(0.0, self._end - time.monotonic())

    def check(self) -> float:
        """Seconds that are left.

        Raises:
            StoreFailure: none.
        """
        left = self.left()
        if not left:
            raise StoreFailure(self.passed())
        return left

    def passed(self) -> str:
        """What to say when it has passed."""
        return f"no complete answer within {self.seconds:g} seconds"


def send(base: str, call: Call, deadline: Deadline) -> bytes:
    """The body of the answer.

    Args:
        base: address of the store, with a slash at its end.
        call: the request; its form is the body, since questions can be longer than an address may.
        deadline: for all of the answer, however slowly it drips in.

    Raises:
        StoreFailure: the store is away, slow, or does not accept the request.
    """
    timeout = httpx.Timeout(deadline.check())
    try:
        with (
            # `trust_env`: neither a proxy nor a password from the surroundings.
            httpx.Client(timeout=timeout, follow_redirects=False, trust_env=False) as client,
            # A compressed answer could grow a thousandfold while it is unpacked.
            client.stream(
                "POST",
                f"{base}{call.path}",
                data=call.form,
                headers={"Accept-Encoding": "identity"},
            ) as response,
        ):
            body = _read(response, deadline)
    except httpx.TimeoutException:
        raise StoreFailure(deadline.passed()) from None
    except httpx.TransportError as error:
        raise StoreFailure(f"it cannot be reached ({type(error).__name__})") from None
    if response.status_code != httpx.codes.OK:
        said = body[:_COMPLAINT_LENGTH].decode(errors="replace").strip()
        raise StoreFailure(f"it answered {response.status_code}" + (f": {said}" if said else ""))
    return body


def _read(response: httpx.Response, deadline: Deadline) -> bytes:
    body = bytearray()
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > MOST_BYTES:
            raise StoreFailure(
                f"its answer is larger than {MOST_BYTES // 1_000_000} MB: choose a shorter time"
            )
        deadline.check()
    return bytes(body)
