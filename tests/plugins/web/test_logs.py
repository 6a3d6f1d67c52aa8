"""Logs: JSON, with the request's id and who made it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
import redis

Lines = Callable[[Any], list[dict[str, Any]]]


def _line(read: Lines, site: Any, request_id: str) -> dict[str, Any]:
    """The access log's line; it is written when the answer has been sent."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        for line in read(site):
            # Lines of the audit log have no logger.
            if line.get("logger") == "access" and line["requestId"] == request_id:
                return line
        time.sleep(0.05)
    raise AssertionError(f"no line for {request_id}")


def test_a_request_says_who_what_and_how_long(site: Any, visitor: Any, log_lines: Lines) -> None:
    answer = visitor.get("/webclient/api/groups/?page=1", headers={"X-Request-ID": "proxy-7.a_b"})
    assert answer.headers["x-request-id"] == "proxy-7.a_b"
    line = _line(log_lines, site, "proxy-7.a_b")
    assert (line["user"], line["userId"]) == ("root", 0)
    assert (line["method"], line["path"], line["status"]) == ("GET", "/webclient/api/groups/", 200)
    assert line["ms"] >= 0
    assert line["bytes"] == len(answer.content)


def test_a_stranger_has_no_name(site: Any, stranger: Any, log_lines: Lines) -> None:
    answer = stranger.get("/webclient/login/")
    line = _line(log_lines, site, answer.headers["x-request-id"])
    assert "user" not in line


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, 'a"b', "ä", "<script>"])
def test_a_strange_id_is_replaced(stranger: Any, given: str) -> None:
    answer = stranger.get("/healthz", headers={"X-Request-ID": given.encode()})
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["x-request-id"])


def test_the_client_is_whom_the_nearest_proxy_saw(
    site: Any, stranger: Any, log_lines: Lines
) -> None:
    forged = {"X-Forwarded-For": "1.2.3.4, 203.0.113.9", "X-Request-ID": "client-1"}
    stranger.get("/api/", headers=forged)
    assert _line(log_lines, site, "client-1")["client"] == "203.0.113.9"


def test_neither_query_nor_password_nor_session_is_logged(
    site: Any, visitor: Any, log_lines: Lines
) -> None:
    visitor.get("/api/v0/m/projects/?bsession=secret-session", headers={"X-Request-ID": "query-1"})
    assert _line(log_lines, site, "query-1")["path"] == "/api/v0/m/projects/"
    text = site.web.log.read_text()
    secrets = [site.standin.password, site.redis.password, "secret-session"]
    secrets += [visitor.cookies["sessionid"], visitor.cookies["csrftoken"]]
    assert [secret for secret in secrets if secret in text] == []


def test_no_session_of_omero_can_be_joined_from_the_log(
    site: Any, visitor: Any, log_lines: Lines
) -> None:
    answer = visitor.get("/webclient/", headers={"X-Request-ID": "session-1"})
    assert answer.status_code == 200
    _line(log_lines, site, "session-1")
    cache = redis.Redis("127.0.0.1", site.redis.port, 1, site.redis.password)
    stored = b"\n".join(cache.get(key) or b"" for key in cache.scan_iter(_type="string"))
    sessions = set(re.findall(rb"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", stored))
    assert sessions
    text = site.web.log.read_bytes()
    assert [each for each in sessions if each in text] == []


def test_probes_and_files_are_quiet_while_they_succeed(
    site: Any, stranger: Any, log_lines: Lines
) -> None:
    stranger.get("/healthz", headers={"X-Request-ID": "quiet-1"})
    stranger.get("/static/webgateway/css/reset.css", headers={"X-Request-ID": "quiet-2"})
    stranger.get("/static/nowhere.css", headers={"X-Request-ID": "loud-1"})
    assert _line(log_lines, site, "loud-1")["status"] == 404
    seen = {line.get("requestId") for line in log_lines(site)}
    assert not {"quiet-1", "quiet-2"} & seen
