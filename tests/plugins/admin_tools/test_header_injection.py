"""No line break of a request becomes one of the answer's head."""

from __future__ import annotations

import re
import socket
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from admin_tools_routes import PLUGIN, routes
from plugin_site import Browser
from whole_site import WholeSite

NAME: Final = "x-injected"
# As a line break is written in an address, also twice and as another alphabet has it.
BREAKS: Final = ("%0d%0a", "%0a", "%0d", "%250d%250a", "%E5%98%8D%E5%98%8A", "%00", "%e2%80%a8")
PARAMETERS: Final = (
    *("source", "level", "query", "file", "pod", "container", "internal_file", "start", "end"),
    *("lookback", "limit", "moment", "service", "fresh", "counted", "before", "seconds", "url"),
)
# Each of them ends up in a header of an answer: a file's name, or the way to the login.
IN_ADDRESSES: Final = (
    "storage/table/users{}.csv",
    f"server-database-testing/runs/{UUID(int=7)}/report.txt{{}}",
    f"server-database-testing/runs/{UUID(int=7)}{{}}/report.txt",
    "logs/table.csv{}",
    "storage/quota/{}template/",
)


def head(whole: WholeSite, address: str, *lines: str) -> list[str]:
    """The head of an answer as it is sent, asked for in bytes that no library has looked at."""
    there = urlsplit(whole.site.url)
    asked = [f"GET {address} HTTP/1.1", f"Host: {there.netloc}", "Connection: close", *lines]
    with socket.create_connection((there.hostname or "", there.port or 0), 60) as line:
        line.sendall("\r\n".join([*asked, "", ""]).encode("latin-1"))
        answer = b""
        while b"\r\n\r\n" not in answer and (more := line.recv(65536)):
            answer += more
    return answer.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")


def check(lines: list[str], what: str) -> None:
    assert re.match(r"HTTP/1\.1 [1-4]\d\d|HTTP/1\.1 503", lines[0]), (what, lines[0])
    for line in lines[1:]:
        assert re.fullmatch(r"[A-Za-z0-9-]+: [\x20-\x7e]*", line), (what, line)
        assert not line.lower().startswith(NAME), (what, line)


@pytest.fixture(params=["an administrator", "nobody"])
def cookie(request: pytest.FixtureRequest, root: Browser) -> str:
    """The header of a browser; nobody is sent to the login with what was asked for."""
    if request.param == "nobody":
        return "Accept: text/html"
    return "Cookie: " + "; ".join(f"{each.name}={each.value}" for each in root.client.cookies.jar)


def test_from_an_address(whole: WholeSite, cookie: str) -> None:
    for line_break in BREAKS:
        bad = f"{line_break}{NAME}:%20yes{line_break}{line_break}<b>"
        for form in IN_ADDRESSES:
            address = PLUGIN + form.format(bad)
            check(head(whole, address, cookie), address)


def test_from_parameters_of_every_route(whole: WholeSite, cookie: str) -> None:
    asked = [address for method, address in routes() if method == "GET"]
    for line_break in BREAKS:
        bad = f"x{line_break}{NAME}:%20yes"
        query = "&".join(f"{name}={bad}" for name in PARAMETERS)
        for address in asked:
            check(head(whole, f"{address}?{query}", cookie), f"{address} {line_break}")


@pytest.mark.parametrize("header", ["X-Grafana-Asked", "X-Request-ID", "Referer", "Origin"])
def test_from_headers(whole: WholeSite, cookie: str, header: str) -> None:
    """Also with a lone line break, which some servers take for one."""
    for value in (
        *(f"/grafana/{each}{NAME}: yes" for each in BREAKS),
        f"/grafana/\x0b{NAME}: yes",
        f"/grafana/\x85{NAME}: yes",
        "/grafana/\xe9",
    ):
        for address in ("grafana/token/", "storage/data/", "storage/"):
            lines = head(whole, PLUGIN + address, cookie, f"{header}: {value}")
            check(lines, f"{header}: {value!r} {address}")
