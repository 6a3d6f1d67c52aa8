"""`ci/probe` probes this machine alone, and ends."""

from __future__ import annotations

import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest

from http_double import answering
from omero_ci import probe
from tools.common.errors import CommandError


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost", "127.8.9.1"])
def test_this_machine_is_probed(host: str) -> None:
    probe.refuse_others(f"http://{host}:8080/", allow_remote=False)


@pytest.mark.parametrize("host", ["omero.localhost", "A.B.LOCALHOST."])
def test_names_below_localhost_are_this_machine(host: str) -> None:
    """The demo has such a name, which many machines cannot look up."""
    before = socket.getaddrinfo
    with probe.localhost_is_here():
        assert {each[4][0] for each in socket.getaddrinfo(host, 8080)} == {"127.0.0.1"}
    assert socket.getaddrinfo is before


@pytest.mark.parametrize(
    "found", ["192.0.2.1", "10.0.0.1", "::ffff:192.0.2.1", "fe80::1", "0.0.0.0"]
)
def test_others_are_refused_unless_they_are_allowed(
    monkeypatch: pytest.MonkeyPatch, found: str
) -> None:
    addresses = [(0, 0, 0, "", ("127.0.0.1", 0)), (0, 0, 0, "", (found, 0))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: addresses)
    with pytest.raises(CommandError, match="--allow-remote"):
        probe.main(["https://omero.example.org"])
    probe.refuse_others("https://omero.example.org/", allow_remote=True)


@pytest.mark.parametrize("url", ["ftp://localhost/", "localhost:8080", "file:///etc/passwd", ""])
def test_what_is_no_site_is_refused(url: str) -> None:
    with pytest.raises(CommandError, match="not the address of a site"):
        probe.main([url])


class _Careless(BaseHTTPRequestHandler):
    """A site that does everything wrong, and does not mind."""

    protocol_version = "HTTP/1.1"
    posts: ClassVar[list[str]] = []

    def _say(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        if length < 10_000:
            self.posts.append(self.rfile.read(length).decode())
        name = self.headers.get("X-Forwarded-Host") or self.headers["Host"]
        text = f'Traceback (most recent call last) {{"host": "inner"}} {name}'
        text += '<script src="https://cdn.example.org/a.js"></script>'
        body = text.encode()
        self.send_response(200)
        self.send_header("Set-Cookie", "csrftoken=abc")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = _say  # noqa: N815 - names of http.server

    def log_message(self, *_arguments: Any) -> None:
        """Nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # Five, Python's default, is few for the slow connections: the rest tries again after a second.
    request_queue_size = 2 * probe.SLOW_CONNECTIONS


def test_a_careless_site_is_told_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    with answering(_Server(("127.0.0.1", 0), _Careless)) as url:
        assert probe.main([url, "--slow-seconds", "0.1"]) == 1
    said = capsys.readouterr().out
    for complaint in (
        "Content-Security-Policy is missing",
        "csrftoken has no SameSite",
        "loads https://cdn.example.org/a.js",
        "to the Host probe-",
        "shows the name that was given as X-Forwarded-Host",
        "figure/unit_conversion/x/y/z/ answers 200 with a stack trace",
        "api/v0/servers/ names inner",
        "12 wrong passwords were checked",
        "ok    slow connections",
        "1 of 8 in",
    ):
        assert complaint in said
    assert len(_Careless.posts) >= probe.WRONG_LOGINS
