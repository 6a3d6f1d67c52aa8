"""The site's public address, asked from inside; the site itself is in tests/plugins/admin_tools."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

import tls_certificates
from free_ports import free_port
from odd_servers import answers, dropping, read_header, serving
from omeroweb_admin_tools.addresses import Address, Endpoint
from omeroweb_admin_tools.doctor import ingress
from omeroweb_admin_tools.doctor.ingress import Ingress
from omeroweb_admin_tools.doctor.model import Found
from omeroweb_admin_tools.doctor.settings import Account

ACCOUNT = Account("probe", "NO_SUCH_FILE")


def way(port: int, url: str = "http://omero.example.org/lab/", ca: Path | None = None) -> Ingress:
    secure = url.startswith("https")
    site = Address(url, Endpoint("omero.example.org", 443 if secure else 80), secure)
    return Ingress(site, Endpoint("127.0.0.1", port), ca, 0.5)


def page(there: Ingress) -> Found:
    found: Found = ingress.answered(ingress.login_page_answers)(there)
    return found


def test_the_request_is_that_of_a_browser() -> None:
    """The public name is in it, though another address is asked."""
    asked: list[str] = []

    def handler(line: socket.socket) -> None:
        asked.append(read_header(line).decode())
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nSet-Cookie: csrftoken=x\r\n\r\n")

    with serving(handler) as port:
        found = page(way(port))
    assert (found.outcome, found.words) == (
        "ok",
        "http://omero.example.org/lab/webclient/login/ answers",
    )
    first, _, rest = asked[0].partition("\r\n")
    assert first == "GET /lab/webclient/login/ HTTP/1.1"
    assert "host: omero.example.org\r\n" in rest.lower()


def test_the_certificate_must_be_for_the_public_name(tmp_path: Path) -> None:
    cookie = answers("200 OK", b"", "Set-Cookie: csrftoken=x")
    url = "https://omero.example.org/"
    ours, theirs = tls_certificates.make(tmp_path, "omero.example.org")
    with serving(cookie, theirs) as port:
        assert page(way(port, url, ours)).outcome == "ok"
        assert ingress.certificate_is_trusted(way(port, url, ours)).outcome in ("ok", "warning")
        found = page(way(port, url))
        assert (found.outcome, "no TLS connection" in found.words) == ("failed", True)
    ours, theirs = tls_certificates.make(tmp_path, "127.0.0.1")
    with serving(cookie, theirs) as port:
        assert "no TLS connection" in page(way(port, url, ours)).words
        assert "another name" in ingress.certificate_is_trusted(way(port, url, ours)).words


@pytest.mark.parametrize(
    ("status", "words", "outcome"),
    [
        ("200 OK", "is no page of OMERO.web", "failed"),
        ("503 Service Unavailable", "answers 503", "failed"),
        ("404 Not Found", "answers 404", "failed"),
        ("429 Too Many Requests", "answers 429", "warning"),
    ],
)
def test_what_is_before_the_site_answers(status: str, words: str, outcome: str) -> None:
    with serving(answers(status)) as port:
        found = page(way(port))
    assert words in found.words
    assert found.outcome == outcome


def test_a_pod_that_cannot_reach_it_proves_nothing() -> None:
    with dropping() as dropped:
        for port in (free_port(), dropped):
            for found in (ingress.port_answers(way(port)), page(way(port))):
                assert found.outcome == "warning"
                assert found.words.endswith("from inside the cluster")
                assert "ADMIN_TOOLS_INGRESS_ADDRESS" in found.advice
            there = way(port, "https://omero.example.org/")
            assert ingress.certificate_is_trusted(there).outcome == "skipped"


def test_a_site_without_tls() -> None:
    assert "without TLS" in ingress.certificate_is_trusted(way(1)).words
