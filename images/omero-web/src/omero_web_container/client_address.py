"""Who asks: the address in `REMOTE_ADDR`, where Django, OMERO.web and the log look for it.

In a pod gunicorn hears of it from the nginx before it, which knows whose word about a client counts
and sends one address in `X-Forwarded-For`. Where no nginx is, in `make dev`, it is the last one.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable
from typing import Any, Final

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
UNKNOWN: Final = "unknown"
# A provider gives a customer at least this much of IPv6 (RFC 6177); who has it has all of it.
_IPV6_NETWORK_BITS: Final = 64


def with_client_address(application: Application) -> Application:
    """Put the client's address into `REMOTE_ADDR`.

    The header is taken away: what stands further left in it came with the request, and anybody can
    write it.
    """

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        forwarded = str(environ.pop("HTTP_X_FORWARDED_FOR", ""))
        peer = str(environ.get("REMOTE_ADDR", ""))
        environ["REMOTE_ADDR"] = _plain(forwarded.rpartition(",")[2].strip() or peer)
        return application(environ, start_response)

    return answer


def network_of(address: str) -> str:
    """What one client has: an IPv4 address, the network of an IPv6 address."""
    if ":" not in address:
        return address
    return str(ipaddress.ip_network((address, _IPV6_NETWORK_BITS), strict=False))


def _plain(text: str) -> str:
    """An address without port and brackets, which some proxies add; `unknown` for anything else."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return UNKNOWN
    # A socket of both families shows IPv4 addresses in the form of IPv6.
    return str(getattr(address, "ipv4_mapped", None) or address)
