"""The networks and name servers of this machine, and a network that is free."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable
from pathlib import Path

from tools.common.errors import CommandError


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
    raise CommandError("no free network between 10.1.0.0 and 10.249.0.0 on this machine")


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
