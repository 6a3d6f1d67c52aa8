"""`/healthz` tells the web's trouble from OMERO.server's, and Redis away is no error page."""

from __future__ import annotations

import contextlib
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

import local_services

WELL = {"web": "ok", "redis": "ok", "server": "ok"}


@pytest.mark.parametrize("path", ["/healthz", "/healthz/", "/healthz?deep"])
def test_all_is_well(stranger: Any, path: str) -> None:
    # A server beside others that start may be too slow for one answer.
    answer = _until(stranger, path, lambda seen: seen == WELL)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"


def test_it_does_not_mind_the_host_name(stranger: Any) -> None:
    answer = stranger.get("/healthz", headers={"Host": "10.1.2.3:4080"})
    assert answer.status_code == 200


def test_connections_that_wait_for_nothing_do_not_keep_others_out(stranger: Any) -> None:
    """Browsers and proxies open connections that they may need."""
    address = (stranger.base_url.host, stranger.base_url.port)
    with contextlib.ExitStack() as idle:
        for _ in range(20):
            idle.enter_context(socket.create_connection(address))
        assert stranger.get("/healthz/live", timeout=60).status_code == 200


def test_server_and_redis_away_and_back(
    tmp_path: Path, own_site: Callable[..., Any], new_visitor: Callable[[str], Any]
) -> None:
    # Without a front, each of gunicorn's workers answers for itself: one of two may never have been
    # asked before Redis goes.
    site = own_site(WEB_WORKERS="1")
    visitor = new_visitor(site.url)
    visitor.log_in(site.standin.password)
    assert visitor.is_logged_in

    # OMERO.server's port is open, but nobody answers behind it.
    site.standin.process.send_signal(signal.SIGSTOP)
    answer = _until(visitor, "/healthz?deep", lambda seen: seen["server"] == "unreachable")
    assert (answer.status_code, answer.json()["redis"]) == (200, "ok")
    site.standin.process.send_signal(signal.SIGCONT)
    _until(visitor, "/healthz?deep", lambda seen: seen == WELL)

    site.standin.process.terminate()
    site.standin.process.wait(20)
    answer = _until(visitor, "/healthz", lambda seen: seen["server"] == "unreachable")
    assert answer.status_code == 200

    site.redis.process.terminate()
    site.redis.process.wait(20)
    began = time.monotonic()
    answer = visitor.get("/healthz")
    assert time.monotonic() - began < 5, "the kubelet waits five seconds"
    assert (answer.status_code, answer.json()["redis"]) == (200, "unreachable")
    assert visitor.get("/healthz/live").status_code == 200
    with local_services.web_beside(site, tmp_path, ready="/healthz/live") as late:
        answer = new_visitor(late.url).get("/healthz")
        assert answer.status_code == 503, "nobody knows whether it will ever reach Redis"

    with local_services.redis(tmp_path, again=site.redis):
        answer = _until(visitor, "/healthz", lambda seen: seen["redis"] == "ok")
        assert answer.status_code == 200
        page = visitor.get("/webclient/")
        assert (page.status_code, page.url.path) == (200, "/webclient/login/")


def _until(visitor: Any, path: str, wanted: Callable[[dict[str, str]], bool]) -> httpx.Response:
    """The first answer that is as wanted; that a server answers is remembered for five seconds."""
    until = time.monotonic() + 180
    while True:
        answer: httpx.Response = visitor.get(path)
        if wanted(answer.json()):
            return answer
        assert time.monotonic() < until, answer.text
        time.sleep(0.2)
