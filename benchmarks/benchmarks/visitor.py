"""A person in front of a browser: one connection, cookies, a cache, one address after the other."""

from __future__ import annotations

import http.client
import json
import re
import time
import urllib.parse
from collections.abc import Callable
from typing import Any, Final

_TIMEOUT: Final = 120.0
# What a page of OMERO.web loads: its scripts, styles and pictures.
_ASSET: Final = re.compile(
    r"""<(?:script|link|img)\b[^>]*(?:src|href)=["']([^"'<>{}]*/static/[^"'<>{}]+)["']"""
)
_MAX_AGE: Final = re.compile(r"max-age=(\d+)")

Timed = Callable[[str, float], None]


class Visitor:
    """Asks as a browser does: what may be kept is not asked for again, or only for a change.

    Args:
        host: Host of OMERO.web.
        port: Its port.
        took: Told the kind and the seconds of every request.
    """

    def __init__(self, host: str, port: int, took: Timed) -> None:
        self._connection = http.client.HTTPConnection(host, port, timeout=_TIMEOUT)
        self._origin = f"http://{host}:{port}"
        self._took = took
        self._cookies: dict[str, str] = {}
        self._fresh: set[str] = set()
        # address -> (ETag, content)
        self._known: dict[str, tuple[str, bytes]] = {}

    def log_in(self, user: str, password: str) -> None:
        """Fill in the login page.

        Raises:
            RuntimeError: It was not accepted.
        """
        page = "/webclient/login/"
        self.get("login", page)
        fields = {
            "username": user,
            "password": password,
            "server": "1",
            "csrfmiddlewaretoken": self._cookies["csrftoken"],
        }
        body = urllib.parse.urlencode(fields).encode()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Referer": self._origin + page,
        }
        answer, content = self._ask("login", "POST", page, body, headers)
        if answer.status != 302:
            raise RuntimeError(f"{user} could not log in: {answer.status} {content[:300]!r}")

    def page(self, kind: str, address: str) -> None:
        """Open a page, and what it loads."""
        text = self.get(kind, address).decode(errors="replace")
        for asset in dict.fromkeys(_ASSET.findall(text)):
            self.get("static", asset)

    def data(self, kind: str, address: str) -> Any:
        """Ask for JSON."""
        return json.loads(self.get(kind, address))

    def get(self, kind: str, address: str) -> bytes:
        """The content of an address.

        Raises:
            RuntimeError: The answer is no content.
        """
        if address in self._fresh:
            return self._known.get(address, ("", b""))[1]
        etag, kept = self._known.get(address, ("", b""))
        answer, content = self._ask(
            kind, "GET", address, None, {"If-None-Match": etag} if etag else {}
        )
        if answer.status == 304:
            return kept
        if answer.status != 200:
            raise RuntimeError(f"{address} answers {answer.status}: {content[:300]!r}")
        if etag := answer.headers.get("ETag", ""):
            self._known[address] = (etag, content)
        age = _MAX_AGE.search(answer.headers.get("Cache-Control", ""))
        if age and int(age[1]) > 0:
            self._known[address] = (etag, content)
            self._fresh.add(address)
        return content

    def close(self) -> None:
        """Close the browser."""
        self._connection.close()

    def _ask(
        self, kind: str, method: str, address: str, body: bytes | None, headers: dict[str, str]
    ) -> tuple[http.client.HTTPResponse, bytes]:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        began = time.monotonic()
        sent = {"Accept-Encoding": "gzip", "Cookie": cookies, **headers}
        self._connection.request(method, address, body, sent)
        answer = self._connection.getresponse()
        content = answer.read()
        self._took(kind, time.monotonic() - began)
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, rest = cookie.partition("=")
            self._cookies[name.strip()] = rest.partition(";")[0]
        return answer, _plain(answer, content)


def _plain(answer: http.client.HTTPResponse, content: bytes) -> bytes:
    import gzip

    return gzip.decompress(content) if answer.headers.get("Content-Encoding") == "gzip" else content
