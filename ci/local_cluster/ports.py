"""Ports that no program on this machine listens on yet."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterable

from tools.common.errors import CommandError

# Below the ports that the kernel hands out and below Kubernetes' node ports (30000-32767).
_PORT_RANGE = range(21000, 29000)


def free_ports(count: int, reserved: Iterable[int]) -> list[int]:
    """Return ports that nothing on this machine listens on.

    Args:
        count: How many.
        reserved: Ports to leave alone although they are free now.
    """
    candidates = [port for port in _PORT_RANGE if port not in set(reserved)]
    # From anywhere in the range: two clusters that start together should not meet.
    random.shuffle(candidates)
    found = [port for port in candidates[: count * 20] if port_is_free(port)][:count]
    if len(found) < count:
        raise CommandError(f"fewer than {count} free ports between 21000 and 29000 on this machine")
    return found


def port_is_free(port: int) -> bool:
    """Tell whether a TCP port can be listened on, on every address of this machine."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("", port))
        except PermissionError:
            return True  # A port below 1024 and no root: another check says so.
        except OSError:
            return False
    return True
