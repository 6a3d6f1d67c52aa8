"""Whether a server of this machine answers yet."""

from __future__ import annotations

import socket
import urllib.request


def listens(port: int) -> bool:
    """Whether something accepts connections on a loopback port."""
    with socket.socket() as trial:
        trial.settimeout(1)
        return trial.connect_ex(("127.0.0.1", port)) == 0


def answers(url: str) -> bool:
    """Whether a page is there."""
    try:
        with urllib.request.urlopen(url, timeout=10) as response:  # noqa: S310 - a loopback address
            return bool(response.status == 200)
    except OSError:
        return False
