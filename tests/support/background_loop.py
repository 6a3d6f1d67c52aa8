"""An event loop in a thread of its own, for servers that tests start from plain functions.

It is one for the process and stays: TLS connections end later than the server that opened them,
and what a closed loop leaves open fails the test in which the garbage collector finds it.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Coroutine
from functools import cache
from typing import TypeVar

Answer = TypeVar("Answer")

_SECONDS = 10


def run(work: Coroutine[None, None, Answer]) -> Answer:
    """Run something on the loop and wait for it."""
    return asyncio.run_coroutine_threadsafe(work, _loop()).result(_SECONDS)


async def stop_accepting(listener: socket.socket) -> None:
    """Take no new connection, and wait until those just taken belong to their server.

    To be called before a server is closed. asyncio gives a connection to its server some turns of
    the loop after it was accepted; if the server is closed by then, nobody closes the connection.
    A listener that is closed already is left as it is.
    """
    if listener.fileno() == -1:
        return
    asyncio.get_running_loop().remove_reader(listener.fileno())
    await asyncio.sleep(0.05)


@cache
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    return loop
