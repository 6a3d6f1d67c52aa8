"""One request to a provider: bounded in time and size, no redirects, can be given up at any moment.

The key goes to the address that was meant, and nowhere else: a redirect is an error.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Final

import httpx

from omeroweb_omp_plugin.ai.errors import Away, Malformed, TimedOut, TooLarge
from omeroweb_omp_plugin.ai.models import Call

MOST_BYTES: Final = 2_000_000
_CONNECT_SECONDS: Final = 10.0
_LOOK_SECONDS: Final = 0.25


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; names of headers in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def nobody_watches() -> None:
    """The caller waits to the end."""


def send(
    base: str,
    call: Call,
    *,
    name: str,
    seconds: float,
    watch: Callable[[], None] = nobody_watches,
) -> Reply:
    """Send a request and read the whole answer.

    Args:
        base: the provider's address.
        call: the request.
        name: what users call the provider.
        seconds: for everything together, however slowly the answer drips in.
        watch: called four times a second; what it raises ends the request at once.

    Raises:
        TimedOut, Away, TooLarge, Malformed: there is no answer that can be read.
    """
    return asyncio.run(_watched(base, call, name, seconds, watch))


async def _watched(
    base: str, call: Call, name: str, seconds: float, watch: Callable[[], None]
) -> Reply:
    clock = asyncio.get_running_loop().time
    end = clock() + seconds
    task = asyncio.create_task(_exchange(base, call, name))
    try:
        while not task.done():
            await asyncio.wait({task}, timeout=_LOOK_SECONDS)
            watch()
            if not task.done() and clock() >= end:
                raise TimedOut(
                    f"{name} gave no complete answer within {seconds:.0f} seconds. Try again, or "
                    "choose a faster model"
                )
        return task.result()
    finally:
        task.cancel()
        # Its outcome was taken above, or nobody wants it any more.
        with suppress(asyncio.CancelledError, Exception):
            await task


@cache
def _authorities() -> ssl.SSLContext:
    """Whose certificates are trusted. Reading them takes 30 ms, so once a process is enough."""
    return httpx.create_ssl_context()


async def _exchange(base: str, call: Call, name: str) -> Reply:
    # A compressed answer could grow a thousandfold while it is unpacked.
    headers = {"Accept": "application/json", "Accept-Encoding": "identity", **call.headers}
    method, content = "GET", None
    if call.body is not None:
        method, content = "POST", json.dumps(call.body, ensure_ascii=False).encode()
        headers["Content-Type"] = "application/json"
    timeout = httpx.Timeout(None, connect=_CONNECT_SECONDS)
    try:
        async with (
            httpx.AsyncClient(
                timeout=timeout, follow_redirects=False, verify=_authorities()
            ) as client,
            client.stream(
                method, f"{base.rstrip('/')}/{call.path}", content=content, headers=headers
            ) as response,
        ):
            if response.headers.get("content-encoding", "identity") != "identity":
                raise Malformed(f"{name} sent a compressed answer, which was not requested")
            body = bytearray()
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise TooLarge(
                        f"The answer of {name} is larger than {MOST_BYTES // 1_000_000} MB and "
                        "was not read: choose another model"
                    )
            return Reply(response.status_code, dict(response.headers), bytes(body))
    except httpx.ConnectTimeout:
        raise Away(f"{name} cannot be reached: no connection in time") from None
    except httpx.TransportError as error:
        raise Away(
            f"{name} cannot be reached ({type(error).__name__}): try again later, or tell your "
            "administrator"
        ) from None
