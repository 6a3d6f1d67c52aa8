"""The body of a request as it arrives.

gunicorn's `wsgi.input` waits until all bytes that were asked for are there. A line that is cut or
stands still would take with it what has arrived. So this reads from the connection itself, and
waits no longer than it is told to. It knows gunicorn's `Body` with its `LengthReader`; bytes that
gunicorn has read ahead with the header come first. Any other server's body is read in small blocks.
"""

from __future__ import annotations

import math
import socket
import struct
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, Protocol

# Of a server whose connection is not known.
_BLOCK: Final = 64 * 1024
_DISCARD_SECONDS: Final = 1.0
_NO_LIMIT: Final = struct.pack("ll", 0, 0)


class Arriving(Protocol):
    """The bytes of a body."""

    @property
    def left(self) -> int:
        """Bytes that were announced and have not arrived."""

    def read_into(self, buffer: memoryview, seconds: float) -> int | None:
        """Read what arrives.

        Args:
            buffer: is filled from its beginning.
            seconds: how long to wait until it is full, or the body ends.

        Returns:
            The number of bytes, 0 at the end of the body or of the connection; nothing when no byte
            arrived within this time.
        """


class _Connection:
    """The body on a connection of gunicorn."""

    def __init__(self, connection: socket.socket, reader: Any) -> None:
        self._connection = connection
        self._reader = reader

    @property
    def left(self) -> int:
        return int(self._reader.length)

    def read_into(self, buffer: memoryview, seconds: float) -> int | None:
        wanted = min(len(buffer), self.left)
        if wanted == 0:
            return 0
        count = self._read_ahead(buffer[:wanted])
        if count is None:
            self._wait_at_most(seconds)
            try:
                # One call fills the buffer; with less at the end of the time, or of the connection.
                count = self._connection.recv_into(buffer, wanted, socket.MSG_WAITALL)
            except (BlockingIOError, TimeoutError):
                return None
            except ConnectionError:
                return 0
        # gunicorn learns what of the body is left on the connection.
        self._reader.length -= count
        return count

    def _read_ahead(self, buffer: memoryview) -> int | None:
        unreader = self._reader.unreader
        data = unreader.take_buffered()
        if not data:
            return None
        count = min(len(data), len(buffer))
        buffer[:count] = data[:count]
        if data[count:]:
            unreader.unread(data[count:])
        return count

    def _wait_at_most(self, seconds: float) -> None:
        part, whole = math.modf(seconds)
        self.set_limit(struct.pack("ll", int(whole), max(int(part * 1e6), 1)))

    def set_limit(self, limit: bytes) -> None:
        """How long the kernel waits for bytes (socket(7), SO_RCVTIMEO)."""
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)


class _Stream:
    """The body of another server: it is waited for without a limit."""

    def __init__(self, stream: Any, length: int) -> None:
        self._stream = stream
        self.left = length

    def read_into(self, buffer: memoryview, seconds: float) -> int | None:
        del seconds
        data = self._stream.read(min(_BLOCK, len(buffer), self.left))
        buffer[: len(data)] = data
        self.left -= len(data)
        return len(data)


def discard(environ: Mapping[str, Any]) -> None:
    """Read on for a moment what of a body was not read, before the request is refused.

    A proxy that still writes to a connection that is closed reports that, instead of the answer
    that it could have read.

    Args:
        environ: of WSGI.
    """
    with arriving(environ, 0) as body:
        buffer = memoryview(bytearray(min(_BLOCK, body.left)))
        until = time.monotonic() + _DISCARD_SECONDS
        while body.left and (left := until - time.monotonic()) > 0:
            if not body.read_into(buffer, left):
                return


@contextmanager
def arriving(environ: Mapping[str, Any], length: int) -> Iterator[Arriving]:
    """The body of a request.

    Args:
        environ: of WSGI; nothing has read its `wsgi.input`.
        length: of the body, as the header says.
    """
    stream = environ["wsgi.input"]
    connection = environ.get("gunicorn.socket")
    reader = getattr(stream, "reader", None)
    # Neither TLS, which keeps bytes of its own, nor a body of another form.
    known = hasattr(reader, "length") and hasattr(reader, "unreader")
    if connection is None or type(connection) is not socket.socket or not known:
        yield _Stream(stream, length)
        return
    made = _Connection(connection, reader)
    try:
        yield made
    finally:
        made.set_limit(_NO_LIMIT)
