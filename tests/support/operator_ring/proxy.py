"""A proxy between operator and API server: counts writes, kills at the n-th, injects faults.

It runs in the background and passes every byte on, watches included.
"""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
from collections.abc import Callable
from typing import Literal

import aiohttp
from aiohttp import web

import background_loop

WRITES = ("POST", "PUT", "PATCH", "DELETE")

Fault = tuple[int, dict[str, str]]


class Proxy:
    """Forwards to the API server.

    Attributes:
        url: Address to put into a kubeconfig.
        requests: How many arrived.
        writes: Method and path of every write that the API server carried out, without Leases.
        after_write: Called with the number of writes so far, before the answer goes back.
        fault: Asked before each request; an answer (status, headers) is given instead of the
            server's.
        muted: Plural of a kind whose watch events are swallowed while bookmarks pass.
        broken: Plural of a kind whose watch has an error of the server in place of its next event.
        attempts: Method and path of every write that arrived, without Leases, whatever came of it.
    """

    def __init__(self, server: str, ca: str) -> None:
        self._server = server
        self._ca = ca
        self.url = ""
        self.writes: list[str] = []
        self.attempts: list[str] = []
        self.requests = 0
        self.after_write: Callable[[int], None] = lambda count: None
        self.fault: Callable[[str, str], Fault | None] = lambda method, path: None
        self.muted = ""
        self.broken = ""
        self._port = 0
        self._silent = False

    def __enter__(self) -> Proxy:
        background_loop.run(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        background_loop.run(self._stop())

    def reset(self) -> None:
        """Forget all counts and faults."""
        self.writes.clear()
        self.attempts.clear()
        self.requests = 0
        self.after_write = lambda count: None
        self.fault = lambda method, path: None
        self.muted = ""

    def go_away(self, how: Literal["refused", "failing", "silent"]) -> None:
        """Break all connections; new ones are refused, answered with 503, or not answered."""
        background_loop.run(self._close())
        self._silent = how == "silent"
        if how == "failing":
            self.fault = lambda method, path: (503, {})
        if how != "refused":
            background_loop.run(self._listen())

    def come_back(self) -> None:
        """Be as before."""
        background_loop.run(self._close())
        self._silent = False
        self.fault = lambda method, path: None
        background_loop.run(self._listen())

    async def _start(self) -> None:
        context = ssl.create_default_context(cadata=self._ca)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=context, limit=0),
            timeout=aiohttp.ClientTimeout(total=None),
            auto_decompress=False,
        )
        await self._listen()

    async def _listen(self) -> None:
        app = web.Application(client_max_size=32 * 1024**2)
        app.router.add_route("*", "/{path:.*}", self._forward)
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.5)
        await self._runner.setup()
        self._listener = socket.create_server(("127.0.0.1", self._port), backlog=128)
        await web.SockSite(self._runner, self._listener).start()
        self._port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"

    async def _stop(self) -> None:
        await self._close()
        await self._session.close()

    async def _close(self) -> None:
        await background_loop.stop_accepting(self._listener)
        await self._runner.cleanup()

    async def _forward(self, request: web.Request) -> web.StreamResponse:
        self.requests += 1
        if request.method in WRITES and "/leases" not in request.path:
            self.attempts.append(f"{request.method} {request.path}")
        if self._silent:
            await asyncio.Event().wait()
        if fault := self.fault(request.method, request.path):
            status, headers = fault
            answer = {"kind": "Status", "status": "Failure", "code": status, "message": "injected"}
            return web.json_response(answer, status=status, headers=headers)
        headers = {k: v for k, v in request.headers.items() if k.lower() not in ("host",)}
        headers.pop("Accept-Encoding", None)
        async with await self._answered(request, headers) as upstream:
            if "watch=true" in request.query_string:
                return await self._stream(request, upstream)
            body = await upstream.read()
            if request.method in WRITES and upstream.status < 300:
                self._count(request)
            return web.Response(
                body=body, status=upstream.status, headers=_without_length(upstream)
            )

    async def _answered(
        self, request: web.Request, headers: dict[str, str]
    ) -> aiohttp.ClientResponse:
        """The server's answer. A client that goes away does not break off a connection that is
        being opened: its transport would be left open."""
        asked = asyncio.ensure_future(
            self._session.request(
                request.method,
                self._server + request.raw_path,
                data=await request.read() or None,
                headers=headers,
                skip_auto_headers=("Content-Type", "User-Agent"),
            )
        )
        try:
            return await asyncio.shield(asked)
        except asyncio.CancelledError:
            asked.add_done_callback(_close_answer)
            raise

    def _count(self, request: web.Request) -> None:
        if "/leases" in request.path:
            return
        self.writes.append(f"{request.method} {request.path}")
        self.after_write(len(self.writes))

    async def _stream(
        self, request: web.Request, upstream: aiohttp.ClientResponse
    ) -> web.StreamResponse:
        response = web.StreamResponse(status=upstream.status, headers=_without_length(upstream))
        await response.prepare(request)
        async for line in upstream.content:
            if self.broken and request.path.endswith(f"/{self.broken}"):
                self.broken = ""
                status = {"kind": "Status", "status": "Failure", "code": 500, "message": "injected"}
                line = json.dumps({"type": "ERROR", "object": status}).encode() + b"\n"
            muted = self.muted and request.path.endswith(f"/{self.muted}")
            if muted and json.loads(line).get("type") != "BOOKMARK":
                continue
            await response.write(line)
        return response


def _close_answer(asked: asyncio.Future[aiohttp.ClientResponse]) -> None:
    """Nobody wants the answer any more."""
    if not asked.cancelled() and asked.exception() is None:
        asked.result().close()


def _without_length(upstream: aiohttp.ClientResponse) -> dict[str, str]:
    drop = ("content-length", "transfer-encoding", "connection")
    return {k: v for k, v in upstream.headers.items() if k.lower() not in drop}
