"""The operator's two ports answer on both families of addresses."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from typing import Any

import httpx
import kopf
import prometheus_client
import pytest

from free_ports import free_port
from omero_operator.commands import run as command
from omero_operator.handlers import healthz

FAMILIES = ("127.0.0.1", "[::1]")


async def healthy() -> str:
    return "alive"


async def unhealthy() -> str:
    raise kopf.PermanentError("the watch of Pod no longer reports events")


async def asked(host: str, check: Any, *addresses: str) -> list[httpx.Response]:
    port = free_port()
    runner = await healthz.serve(host, port, check)
    try:
        async with httpx.AsyncClient(trust_env=False) as client:
            urls = [f"http://{address}:{port}/healthz" for address in addresses]
            return [await client.get(url) for url in urls]
    finally:
        await runner.cleanup()


def test_health_is_told_on_both_families() -> None:
    answers = asyncio.run(asked("::", healthy, *FAMILIES))
    assert [(answer.status_code, answer.text) for answer in answers] == [(200, "alive")] * 2


def test_what_is_wrong_is_told_with_an_error() -> None:
    (answer,) = asyncio.run(asked("127.0.0.1", unhealthy, "127.0.0.1"))
    assert (answer.status_code, answer.text) == (500, "the watch of Pod no longer reports events")


def test_one_address_is_one_address() -> None:
    with pytest.raises(httpx.ConnectError):
        asyncio.run(asked("127.0.0.1", healthy, "[::1]"))


def test_a_machine_without_ipv6_listens_on_all_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "has_dualstack_ipv6", lambda: False)
    (answer,) = asyncio.run(asked("::", healthy, "127.0.0.1"))
    assert answer.status_code == 200
    with pytest.raises(httpx.ConnectError):
        asyncio.run(asked("::", healthy, "[::1]"))


@pytest.mark.parametrize("ipv6", [True, False])
def test_metrics_are_told_on_every_family_there_is(
    monkeypatch: pytest.MonkeyPatch, ipv6: bool
) -> None:
    port = free_port()
    monkeypatch.setenv("OPERATOR_NAMESPACE", "omero-system")
    monkeypatch.setenv("METRICS_PORT", str(port))
    monkeypatch.setattr(command.logs, "configure", lambda *_: None)
    monkeypatch.setattr(command.running, "run", lambda *_: None)
    servers: list[tuple[Any, threading.Thread]] = []
    start: Callable[..., Any] = prometheus_client.start_http_server
    monkeypatch.setattr(command, "start_http_server", lambda *a: servers.append(start(*a)))
    if not ipv6:
        monkeypatch.setattr(socket, "has_dualstack_ipv6", lambda: False)
    command.run()
    ((server, thread),) = servers
    try:
        for address in FAMILIES if ipv6 else FAMILIES[:1]:
            page = httpx.get(f"http://{address}:{port}/metrics", trust_env=False)
            assert "omero_operator_leader" in page.text
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
