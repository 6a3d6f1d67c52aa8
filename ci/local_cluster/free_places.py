"""Finding ports and networks that nobody on this machine uses yet."""

from __future__ import annotations

import ipaddress
import random
import re
import socket
from collections.abc import Iterable
from pathlib import Path

from tools.common.errors import Refusal

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
        raise Refusal(f"fewer than {count} free ports between 21000 and 29000 on this machine")
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


def free_network(in_use: Iterable[str], reserved: set[int]) -> int:
    """Return an ``x`` for which no address in ``10.x.0.0/16`` is in use.

    Args:
        in_use: Networks that this machine has routes to.
        reserved: Values that other clusters have.
    """
    networks = [ipaddress.IPv4Network(text, strict=False) for text in in_use]
    choices: list[int] = [*range(77, 250), *range(1, 77)]
    for second in choices:
        candidate = ipaddress.IPv4Network(f"10.{second}.0.0/16")
        if second not in reserved and not any(candidate.overlaps(other) for other in networks):
            return second
    raise Refusal("no free network between 10.1.0.0 and 10.249.0.0 on this machine")


def networks_in_use() -> list[str]:
    """Return the IPv4 networks this machine has routes to, and its name servers."""
    found = []
    for row in Path("/proc/net/route").read_text(encoding="ascii").splitlines()[1:]:
        fields = row.split()
        # The kernel prints addresses in the machine's byte order.
        address, mask = (int(fields[index], 16).to_bytes(4, "little") for index in (1, 7))
        if any(mask):  # All others but the default route.
            found.append(f"{socket.inet_ntoa(address)}/{socket.inet_ntoa(mask)}")
    return found + [f"{address}/32" for address in name_servers() if "." in address]


def name_servers() -> list[str]:
    """Return the name servers of this machine that a pod could ask, too."""
    try:
        text = Path("/etc/resolv.conf").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    found = re.findall(r"^nameserver\s+([0-9a-fA-F.:]+)\s*$", text, re.MULTILINE)
    return [address for address in found if not ipaddress.ip_address(address).is_loopback]
