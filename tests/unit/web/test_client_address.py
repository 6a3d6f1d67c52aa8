"""Whose address counts."""

from __future__ import annotations

from typing import Any

import pytest
from omero_web_container.client_address import network_of, with_client_address


def seen(peer: str, forwarded: str | None = None) -> str:
    environ: dict[str, Any] = {"REMOTE_ADDR": peer}
    if forwarded is not None:
        environ["HTTP_X_FORWARDED_FOR"] = forwarded
    found: list[dict[str, Any]] = []

    def application(given: dict[str, Any], _start: Any) -> list[bytes]:
        found.append(given)
        return []

    with_client_address(application)(environ, lambda *_: None)
    assert "HTTP_X_FORWARDED_FOR" not in found[0]
    return str(found[0]["REMOTE_ADDR"])


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.1", None, "192.0.2.1"),
        ("::ffff:192.0.2.1", None, "192.0.2.1"),
        ("::1", "", "::1"),
        # A Unix socket has no address.
        ("", "203.0.113.9", "203.0.113.9"),
        ("10.1.1.1", "1.2.3.4, 203.0.113.9", "203.0.113.9"),
        ("10.1.1.1", "203.0.113.9:4711", "203.0.113.9"),
        ("10.1.1.1", "[2001:DB8::1]:443", "2001:db8::1"),
        ("10.1.1.1", "fe80::1%eth0", "fe80::1"),
        ("10.1.1.1", "<script>", "unknown"),
        ("", None, "unknown"),
    ],
)
def test_the_address(peer: str, forwarded: str | None, client: str) -> None:
    assert seen(peer, forwarded) == client


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("unknown", "unknown"),
    ],
)
def test_what_one_client_has(address: str, network: str) -> None:
    assert network_of(address) == network
