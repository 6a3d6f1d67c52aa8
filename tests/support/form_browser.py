"""A browser without scripts, for tests of pages and forms."""

from __future__ import annotations

import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar


class Browser:
    """Cookies, forms and pages."""

    def __init__(self, url: str) -> None:
        """Nobody is logged in."""
        self.url = url
        self.cookies = CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def get(self, path: str) -> tuple[int, str, str]:
        """Status, text and final address."""
        return self.open(urllib.request.Request(self.url + path))  # noqa: S310 - loopback

    def post(self, path: str, **fields: str) -> tuple[int, str, str]:
        """Send a form with its CSRF token."""
        token = next(cookie.value for cookie in self.cookies if cookie.name == "csrftoken")
        body = urllib.parse.urlencode(fields | {"csrfmiddlewaretoken": token or ""}).encode()
        headers = {"Referer": self.url}
        return self.open(urllib.request.Request(self.url + path, body, headers))  # noqa: S310 - loopback

    def log_in(self, user: str, password: str) -> tuple[int, str, str]:
        """Fill in the login page."""
        self.get("/webclient/login/")
        return self.post("/webclient/login/", username=user, password=password, server="1")

    def open(self, request: urllib.request.Request) -> tuple[int, str, str]:
        """Send a request of one's own."""
        try:
            with self._opener.open(request, timeout=60) as answer:
                return answer.status, answer.read().decode(errors="replace"), answer.url
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(errors="replace"), error.url
