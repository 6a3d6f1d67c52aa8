"""A TCP forwarder that ends TLS, or whose connections can fall silent or be cut.

With a certificate it is a load balancer that ends TLS and adds no header. Connections fall silent
as those to a pod that is gone do; nobody closes them: a packet to an address that no longer exists
is lost without a word.
"""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import background_loop


class Forwarder:
    """Listens on a loopback port and forwards to another.

    Attributes:
        port: Where it listens.
        target: The loopback port that it forwards to.
    """

    def __init__(self, target: int, certificate: Path | None = None) -> None:
        """Args: certificate: a PEM file with a server's certificate and its key."""
        self.target = target
        self._tls = None
        if certificate:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(certificate)
        self._open: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []
        self._down = False
        self.port = 0

    def __enter__(self) -> Forwarder:
        background_loop.run(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        background_loop.run(self._stop())

    def silence(self) -> int:
        """Nothing passes over the present connections any more; how many these are."""
        return background_loop.run(self._silence())

    def cut(self) -> int:
        """All connections break, and new ones do at once; how many were open."""
        self._down = True
        return background_loop.run(self._cut())

    def mend(self) -> None:
        """New connections are forwarded again."""
        self._down = False

    async def _start(self) -> None:
        self._server = await asyncio.start_server(self._forward, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _silence(self) -> int:
        pumps = list(self._open)
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)
        return len(pumps) // 2

    async def _cut(self) -> int:
        count = await self._silence()
        for writer in self._writers:
            if not writer.is_closing():
                writer.transport.abort()
        self._writers.clear()
        return count

    async def _stop(self) -> None:
        await background_loop.stop_accepting(self._server.sockets[0])
        self._server.close()
        await self._cut()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._down:
            writer.transport.abort()
            return
        there, back = await asyncio.open_connection("127.0.0.1", self.target)
        self._writers += [writer, back]
        for pump in (self._pump(reader, back), self._pump(there, writer)):
            task = asyncio.create_task(pump)
            self._open.add(task)
            task.add_done_callback(self._open.discard)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()
