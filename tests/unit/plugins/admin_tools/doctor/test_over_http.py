"""Answers of servers over HTTP, also those that no server should give."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import trustme

from free_ports import free_port
from odd_servers import answers, dropping, endless, hangs_up, says, serving, silent
from omeroweb_admin_tools.addresses import Address, Endpoint
from omeroweb_admin_tools.doctor import over_http
from omeroweb_admin_tools.doctor.model import Found

SECONDS = 0.4


def at(port: int, scheme: str = "http") -> Address:
    url = f"{scheme}://127.0.0.1:{port}/"
    return Address(url, Endpoint("127.0.0.1", port), scheme == "https")


def asked(port: int) -> Found:
    return over_http.page_answers(at(port), "webclient/", SECONDS)


def test_a_page_that_answers() -> None:
    with serving(answers("200 OK", b"<html>")) as port:
        found = asked(port)
    assert (found.outcome, found.words) == (
        "ok",
        f"http://127.0.0.1:{port}/webclient/ answers 200",
    )


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        ("500 Internal Server Error", "log of its pod"),
        ("503 Service Unavailable", "log of its pod"),
        ("403 Forbidden", "wants a login"),
        ("404 Not Found", "the path is right"),
        ("204 No Content", "the path is right"),
    ],
)
def test_other_answers(status: str, advice: str) -> None:
    with serving(answers(status)) as port:
        found = asked(port)
    assert found.outcome == "failed"
    assert found.words.endswith(f"answers {status[:3]}")
    assert advice in found.advice


def test_a_redirect_is_not_followed() -> None:
    elsewhere = "Location: http://192.0.2.1/login?token=secret"
    with serving(answers("302 Found", b"", elsewhere)) as port:
        found = asked(port)
    assert found.words.endswith("answers 302 and leads to http://192.0.2.1/login")


def test_no_answer() -> None:
    assert "cannot be reached" in asked(free_port()).words
    with silent() as port:
        assert asked(port).words.endswith(
            "accepted the connection, and did not answer within 0.4 s"
        )
    with dropping() as port:
        assert asked(port).words.endswith("accepted no connection within 0.4 s")


@pytest.mark.parametrize(
    "handler",
    [says(b"SSH-2.0-OpenSSH_9.2\r\n"), says(b""), hangs_up, says(b"HTTP/1.1 200 OK\r\nX"), endless],
    ids=["another protocol", "nothing", "reset", "half a header", "endless"],
)
def test_answers_that_are_none(handler: Any) -> None:
    with serving(handler) as port:
        found = asked(port)
    assert found.outcome == "failed"
    assert found.words.startswith(f"http://127.0.0.1:{port}/webclient/ ")


def test_an_authority_that_nobody_knows(tmp_path: Path) -> None:
    server = trustme.CA().issue_cert("127.0.0.1")
    server.private_key_and_cert_chain_pem.write_to_path(tmp_path / "server.pem")
    with serving(answers("200 OK"), tmp_path / "server.pem") as port:
        found = over_http.page_answers(at(port, "https"), "", SECONDS)
    assert found.words == f"There is no TLS connection to https://127.0.0.1:{port}/"


def test_the_store_of_logs() -> None:
    with serving(answers("200 OK", b"OK")) as port:
        found = over_http.log_store_is_ready(at(port), "victorialogs", SECONDS)
        assert found.words == f"VictoriaLogs is ready at http://127.0.0.1:{port}/"
    with serving(answers("503 Service Unavailable", b"Ingester not ready")) as port:
        found = over_http.log_store_is_ready(at(port), "loki", SECONDS)
        assert (found.outcome, "says that it is not ready" in found.words) == ("failed", True)


def vector(*value: object) -> bytes:
    return json.dumps({"status": "success", "data": {"result": [{"value": [1, *value]}]}}).encode()


@pytest.mark.parametrize(
    ("body", "outcome", "words"),
    [
        (vector("12"), "ok", "has 12 targets that are up"),
        (vector("0"), "warning", "has no target that is up"),
        (vector("NaN"), "failed", "does not answer as Prometheus does"),
        (vector("+Inf"), "failed", "does not answer as Prometheus does"),
        (vector(), "failed", "does not answer as Prometheus does"),
        (b'{"data": {"result": []}}', "failed", "does not answer as Prometheus does"),
        (b"[]", "failed", "does not answer as Prometheus does"),
        (b"<html>", "failed", "does not answer as Prometheus does"),
        (b"\xff", "failed", "does not answer as Prometheus does"),
    ],
)
def test_prometheus(body: bytes, outcome: str, words: str) -> None:
    with serving(answers("200 OK", body)) as port:
        found = over_http.prometheus_has_targets(at(port), SECONDS)
    assert found.outcome == outcome
    assert words in found.words
