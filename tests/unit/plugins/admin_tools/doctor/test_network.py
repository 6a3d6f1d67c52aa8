"""Names, ports and certificates, with real sockets on the loopback address."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme

from free_ports import free_port
from odd_servers import dropping, hangs_up, says, serving, silent
from omeroweb_admin_tools.addresses import Endpoint
from omeroweb_admin_tools.doctor import network
from omeroweb_admin_tools.doctor.model import Found

SECONDS = 0.4
TODAY = datetime.now(UTC)


def here(port: int) -> Endpoint:
    return Endpoint("127.0.0.1", port)


def certificate(folder: Path, host: str = "127.0.0.1", **given: Any) -> tuple[Path, Path]:
    """The authority's certificate, and a server's with its key."""
    authority = trustme.CA()
    server = authority.issue_cert(host, **given)
    ours, theirs = folder / "authority.pem", folder / "server.pem"
    authority.cert_pem.write_to_path(ours)
    server.private_key_and_cert_chain_pem.write_to_path(theirs)
    return ours, theirs


def said(found: Found) -> str:
    return f"{found.outcome}: {found.words}"


def test_a_name_and_an_address() -> None:
    assert network.name_has_address("localhost").outcome == "ok"
    assert said(network.name_has_address("127.0.0.1")) == "ok: 127.0.0.1 is an address, no name"
    assert network.name_has_address("::1").outcome == "ok"


@pytest.mark.parametrize("name", ["no-such-host.invalid", "a..b", "x" * 64 + ".invalid", "é" * 70])
def test_a_name_that_does_not_exist(name: str) -> None:
    found = network.name_has_address(name)
    assert found.outcome == "failed"
    assert found.words.startswith(f"The name {name} has no address: ")
    assert "CoreDNS" in found.advice


def test_ports() -> None:
    with silent() as port:
        assert said(network.port_answers(here(port), SECONDS)) == (
            f"ok: 127.0.0.1:{port} accepts connections"
        )
    port = free_port()
    found = network.port_answers(here(port), SECONDS)
    assert said(found) == f"failed: 127.0.0.1:{port} refuses connections"
    assert "Nothing listens there" in found.advice
    with dropping() as port:
        found = network.port_answers(here(port), SECONDS)
    assert said(found) == f"failed: 127.0.0.1:{port} did not answer within 0.4 s"
    assert "network policy" in found.advice
    found = network.port_answers(Endpoint("no-such-host.invalid", 1), SECONDS)
    assert said(found) == "failed: The name no-such-host.invalid has no address"


def test_a_certificate_that_is_trusted(tmp_path: Path) -> None:
    end = TODAY + timedelta(days=90, hours=1)
    ours, theirs = certificate(tmp_path, not_after=end)
    with serving(says(b""), theirs) as port:
        found = network.trusted_tls(here(port), "127.0.0.1", SECONDS, ours)
    assert said(found) == (
        f"ok: 127.0.0.1:{port} speaks TLSv1.3; its certificate ends on {end:%Y-%m-%d}, in 90 days"
    )


def test_a_certificate_that_ends_soon(tmp_path: Path) -> None:
    ours, theirs = certificate(tmp_path, not_after=TODAY + timedelta(days=13, hours=1))
    with serving(says(b""), theirs) as port:
        found = network.trusted_tls(here(port), "127.0.0.1", SECONDS, ours)
    assert found.outcome == "warning"
    assert "in 13 days" in found.words
    assert "Renew it" in found.advice


@pytest.mark.parametrize(
    ("given", "name", "words"),
    [
        (
            {"not_before": TODAY - timedelta(days=9), "not_after": TODAY - timedelta(days=1)},
            "127.0.0.1",
            "has expired",
        ),
        ({"not_before": TODAY + timedelta(days=1)}, "127.0.0.1", "is not valid yet"),
        ({}, "127.0.0.2", "is for another name"),
        ({}, "omero.example.org", "is for another name"),
    ],
    ids=["expired", "not yet", "another address", "another name"],
)
def test_certificates_that_browsers_refuse(
    tmp_path: Path, given: dict[str, Any], name: str, words: str
) -> None:
    ours, theirs = certificate(tmp_path, **given)
    with serving(says(b""), theirs) as port:
        found = network.trusted_tls(here(port), name, SECONDS, ours)
        assert said(found).startswith(f"failed: The certificate of 127.0.0.1:{port} {words}")
        assert found.advice
        # Nobody knows the authority.
        found = network.trusted_tls(here(port), name, SECONDS)
        assert "is not trusted" in found.words
        # OMERO's clients do not look.
        assert network.any_tls(here(port), SECONDS).outcome == (
            "warning" if words == "has expired" else "ok"
        )


def test_authorities_that_are_none(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.pem", Path(__file__)):
        found = network.trusted_tls(here(free_port()), "x", SECONDS, path)
        assert said(found).startswith(f"failed: The authorities in {path} cannot be read: ")


def test_what_is_no_tls() -> None:
    with silent() as port:
        for found in (
            network.trusted_tls(here(port), "x", SECONDS),
            network.any_tls(here(port), SECONDS),
        ):
            assert said(found) == (
                f"failed: 127.0.0.1:{port} did not finish a TLS handshake within 0.4 s"
            )
            assert "restart it" in found.advice
    with serving(lambda line: line.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port:
        found = network.any_tls(here(port), SECONDS)
    assert said(found).startswith(f"failed: 127.0.0.1:{port} does not speak TLS")
    with serving(hangs_up) as port:
        found = network.any_tls(here(port), SECONDS)
    assert found.outcome == "failed"
    found = network.any_tls(here(free_port()), SECONDS)
    assert "refuses connections" in found.words


def test_waiting_has_an_end() -> None:
    began = time.monotonic()
    with silent() as port:
        network.any_tls(here(port), SECONDS)
    assert time.monotonic() - began < 30
