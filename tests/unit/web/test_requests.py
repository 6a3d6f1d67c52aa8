"""Ids of requests, their log line, and the answers before Django."""

from __future__ import annotations

import json
import logging
import os
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from omero_web_container import access_log, health_server, healthz, server_check, termination
from omero_web_container.json_logs import EXTRA, JsonFormatter, PrintedLines, configuration
from omero_web_container.request_context import CURRENT, RequestContext, request_id

import tls_certificates


@pytest.mark.parametrize("given", ["a", "A-1_b.c", "x" * 64])
def test_a_harmless_id_is_kept(given: str) -> None:
    assert request_id(given) == given


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a\nb", 'a"', "é", "²"])
def test_another_is_replaced(given: str) -> None:
    assert request_id(given) != given
    assert len(request_id(given)) == 32


def test_a_line_has_the_error_and_the_request(caplog: pytest.LogCaptureFixture) -> None:
    token = CURRENT.set(RequestContext("id-1", "anna", 7))
    try:
        try:
            raise ValueError("two\nlines")
        except ValueError:
            logging.getLogger("x").exception("it %s", "failed")
        text = JsonFormatter().format(caplog.records[-1])
    finally:
        CURRENT.reset(token)
    assert "\n" not in text
    line = json.loads(text)
    assert (line["message"], line["level"], line["logger"]) == ("it failed", "ERROR", "x")
    assert (line["requestId"], line["user"], line["userId"]) == ("id-1", "anna", 7)
    assert "ValueError: two\nlines" in line["exception"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\x0b", "\x1c", "\x85", "\u2028", "\u2029"])
def test_nothing_in_a_message_begins_another_line(
    end: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A path of a request that does not exist is in the log as it was sent."""
    message = f'Not Found: /table/users{end}{{"level": "INFO", "message": "forged"}}'
    with caplog.at_level(logging.WARNING):
        logging.getLogger("test").warning("%s", message)
    (line,) = JsonFormatter().format(caplog.records[-1]).splitlines()
    assert json.loads(line)["message"] == message


def test_prints_are_logged_line_by_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    out = PrintedLines(logging.getLogger("print"))
    print("one", "two", file=out)
    print("rest", end="", file=out)
    assert [record.getMessage() for record in caplog.records] == ["one two"]
    print(file=out)
    assert caplog.records[-1].getMessage() == "rest"


def test_an_application_that_fails_is_still_a_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")

    def broken(_environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [])

        def body() -> Any:
            yield b"half"
            raise OSError

        return body()

    answer = access_log.logged(broken)({"PATH_INFO": "/a", "REMOTE_ADDR": "::1"}, lambda *_: None)
    with pytest.raises(OSError):
        list(answer)
    answer.close()  # type: ignore[attr-defined]
    assert caplog.records[-1].fields["bytes"] == 4  # type: ignore[attr-defined]
    assert CURRENT.get() is None


@pytest.mark.parametrize("server", [True, False])
@pytest.mark.parametrize(
    ("states", "status"),
    [
        (["ok"], "200 OK"),
        (["takes no writes"], "200 OK"),
        (["unreachable"], "503 Service Unavailable"),
        (["ok", "unreachable"], "200 OK"),
        (["unreachable", "unreachable"], "503 Service Unavailable"),
    ],
    ids=lambda each: ", then ".join(each) if isinstance(each, list) else each,
)
def test_only_what_is_the_pods_own_decides_about_it(
    monkeypatch: pytest.MonkeyPatch, server: bool, states: list[str], status: str
) -> None:
    monkeypatch.setattr(healthz, "_has_reached_redis", threading.Event())
    monkeypatch.setattr(healthz, "_router", lambda: server)
    monkeypatch.setattr(healthz, "PULSE", health_server.Pulse())
    app = healthz.with_healthz(lambda *_: [b"django"])
    for state in states:
        seen: list[str] = []
        monkeypatch.setattr(healthz, "redis_state", lambda state=state: state)
        body = b"".join(
            app({"PATH_INFO": "/healthz"}, lambda line, _headers, seen=seen: seen.append(line))
        )
    assert seen == [status]
    parts = json.loads(body)
    assert (parts["redis"], parts["server"]) == (states[-1], "ok" if server else "unreachable")
    assert b"".join(app({"PATH_INFO": "/healthzz"}, lambda *_: None)) == b"django"


def test_only_a_web_that_no_longer_runs_is_restarted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither Redis nor OMERO.server comes back by it, and busy threads would be interrupted."""
    monkeypatch.setattr(healthz, "redis_state", lambda: "unreachable")
    monkeypatch.setattr(healthz, "_router", lambda: False)
    # That of the module has been there since it was imported: minutes, on a busy machine.
    monkeypatch.setattr(healthz, "PULSE", health_server.Pulse())
    seen: list[str] = []

    def ask(path: str) -> dict[str, str]:
        app = healthz.with_healthz(lambda *_: [b"django"])
        parts = app({"PATH_INFO": path}, lambda line, _headers: seen.append(line))
        return dict(json.loads(b"".join(parts)))

    assert ask("/healthz/live") == {"web": "ok"}
    monkeypatch.setattr(healthz, "PULSE", health_server.Pulse(longest=-1.0))
    assert ask("/healthz/live") == {"web": "stuck"}
    assert ask("/healthz")["web"] == "stuck"
    assert seen == ["200 OK", "503 Service Unavailable", "503 Service Unavailable"]


def test_the_pulse_is_one_for_all_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    pulse = health_server.Pulse(longest=60)
    # The child gets this clock, too.
    later = time.monotonic() + 61
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert pulse.stuck
    child = os.fork()
    if child == 0:
        pulse.beat()
        os._exit(0)
    os.waitpid(child, 0)
    assert not pulse.stuck


SESSION = "3f2a91bc-6d4e-4a0b-9c1d-0123456789ab"


def test_a_session_cannot_be_joined_from_a_line(caplog: pytest.LogCaptureFixture) -> None:
    token = CURRENT.set(RequestContext(SESSION, "anna", 7))
    try:
        try:
            raise ValueError(f"no session {SESSION}")
        except ValueError:
            extra = {EXTRA: {"path": f"/{SESSION}/", "status": 500}}
            logging.getLogger("x").exception("joined %s", SESSION, extra=extra)
        line = json.loads(JsonFormatter().format(caplog.records[-1]))
    finally:
        CURRENT.reset(token)
    # The request's id is the proxy's, which may be a UUID.
    assert line.pop("requestId") == SESSION
    assert SESSION not in json.dumps(line)
    assert (line["message"], line["path"]) == ("joined 3f2a91bc-…", "/3f2a91bc-…/")


def test_the_gateway_does_not_tell_sessions() -> None:
    levels = {name: each["level"] for name, each in configuration("DEBUG")["loggers"].items()}
    assert levels["omero.gateway"] == "WARNING"


def test_many_who_ask_cost_one_check() -> None:
    asked: list[int] = []
    check = server_check.Remembered(lambda: bool(asked.append(1)) or True, seconds=60)
    assert [check() for _ in range(5)] == [True] * 5
    assert len(asked) == 1
    forgetful = server_check.Remembered(lambda: bool(asked.append(1)), failure_seconds=0)
    assert [forgetful(), forgetful()] == [False, False]
    assert len(asked) == 3


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """Where OMERO.server's router would be; the kernel accepts connections."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        monkeypatch.setenv("OMERO_HOST", "127.0.0.1")
        monkeypatch.setenv("OMERO_PORT", str(listening.getsockname()[1]))
        yield listening


def test_a_router_may_be_slow(port: socket.socket, tmp_path: Any) -> None:
    """As one beside many others that start."""
    _, pem = tls_certificates.make(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)

    def answer_late() -> None:
        plain, _ = port.accept()
        time.sleep(1.3)
        context.wrap_socket(plain, server_side=True).close()

    router = threading.Thread(target=answer_late)
    router.start()
    assert server_check.router_answers()
    router.join()


def test_a_silent_router_costs_less_than_the_kubelet_waits(
    port: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert server_check.ROUTER_SECONDS < 4
    monkeypatch.setattr(server_check, "ROUTER_SECONDS", 0.2)
    assert not server_check.router_answers()


def test_why_a_pod_ended_is_one_line(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "termination-log"
    monkeypatch.setenv("TERMINATION_LOG", str(log))
    termination.explain("web", "two\nlines " + "x" * 5000)
    assert log.read_text().startswith("omero-web-container web: two lines x")
    assert log.read_text().count("\n") == 1
    assert len(log.read_text()) < 4096
    assert capsys.readouterr().err == log.read_text()
