"""Servers of one test on the loopback address that answer as broken ones do."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

Handler = Callable[[socket.socket], None]
_SECONDS: Final = 20


@contextmanager
def serving(handler: Handler, certificate: Path | None = None) -> Iterator[int]:
    """A server to the end of the block.

    Args:
        handler: what it does with each connection, which is closed afterwards.
        certificate: a PEM file with a certificate and its key; the server then speaks TLS.

    Yields:
        Its port.
    """
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threads = [threading.Thread(target=_serve, args=(listener, handler, context))]
        threads[0].start()
        try:
            yield listener.getsockname()[1]
        finally:
            # Wakes the thread that waits for a connection.
            listener.shutdown(socket.SHUT_RDWR)
            threads[0].join(_SECONDS)


def _serve(listener: socket.socket, handler: Handler, context: ssl.SSLContext | None) -> None:
    while True:
        try:
            plain, _ = listener.accept()
        except OSError:
            return
        plain.settimeout(_SECONDS)
        # A client that refuses the certificate, or has enough, ends the connection.
        with plain, suppress(OSError):
            if context is None:
                handler(plain)
                continue
            with context.wrap_socket(plain, server_side=True) as line:
                handler(line)


def says(text: bytes) -> Handler:
    """Reads the header of a request, and says this."""

    def handler(line: socket.socket) -> None:
        read_header(line)
        line.sendall(text)

    return handler


def answers(status: str, body: bytes = b"", *headers: str) -> Handler:
    """An answer over HTTP."""
    lines = "".join(f"{each}\r\n" for each in (f"Content-Length: {len(body)}", *headers))
    return says(f"HTTP/1.1 {status}\r\n{lines}Connection: close\r\n\r\n".encode() + body)


def endless(line: socket.socket) -> None:
    """An answer whose body does not end."""
    read_header(line)
    line.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    while True:
        line.sendall(b"x" * 65536)


def hangs_up(line: socket.socket) -> None:
    """The connection is reset at once."""
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def read_header(line: socket.socket) -> bytes:
    """What came up to the end of the header, or of the connection."""
    read = b""
    while b"\r\n\r\n" not in read and (piece := line.recv(65536)):
        read += piece
    return read


@contextmanager
def silent() -> Iterator[int]:
    """The port of a server that accepts connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@contextmanager
def dropping() -> Iterator[int]:
    """The port of a server whose queue is full: the kernel drops what comes."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        waiting = []
        try:
            # It has a place for one more than was asked for, and some of the handshake.
            for _ in range(4):
                line = socket.socket()
                line.setblocking(False)
                line.connect_ex(address)
                waiting.append(line)
            yield address[1]
        finally:
            for line in waiting:
                line.close()
