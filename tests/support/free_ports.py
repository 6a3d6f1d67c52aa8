"""Ports for servers of tests, which nobody else is given meanwhile."""

from __future__ import annotations

import socket
from typing import Final

# They stay open to the end of the process. A few hundred of them cost nothing.
_held: Final[list[socket.socket]] = []


def free_port() -> int:
    """A port of the loopback address for a server that sets SO_REUSEADDR, as all of ours do.

    It stays taken for everybody who lets the kernel choose, also while the server is away: a
    server that a test starts again finds it free.
    """
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind(("127.0.0.1", 0))
    _held.append(holder)
    return int(holder.getsockname()[1])
