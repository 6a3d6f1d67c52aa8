"""The core of every transfer: bytes of a request are appended to a staged file, under a lease.

A protocol says where a chunk begins and how long it is. Here it is written straight to the staged
file, and made durable (fdatasync) before anybody is told the new offset. What has arrived stays
when the line is cut, the client stands still, the volume is full or another request wants to go
on with the file: it is told the offset of the last byte that is stored. Only of a chunk with a
checksum nothing stays unless all of it came and is right.

The lease is renewed each second, also while a slow volume takes its time. Whoever has lost it does
not touch the file any more: it is another request's, perhaps on another machine.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

from omero_plugin_common.errors import ApiError
from omeroweb_upload.transfer.body import Arriving
from omeroweb_upload.transfer.errors import (
    Busy,
    Incomplete,
    LeaseLost,
    WrongChecksum,
    full,
    of_the_volume,
)

RENEW_SECONDS: Final = 1.0
# A line on which nothing comes for so long is dead; nginx before us waits as long.
STILL_SECONDS: Final = 30.0
# What stays free on the volume: the worker makes files beside those that are received.
RESERVE_BYTES: Final = 64 * 2**20
ALGORITHMS: Final = ("sha1", "sha256", "md5")
_BLOCK: Final = 2**20
# The disk stores what came before while more arrives, so that little is left at the end of a chunk.
_SYNC_BYTES: Final = 16 * 2**20
# A volume may take its time to store; meanwhile the thread that receives renews the lease.
_SYNCS: Final = ThreadPoolExecutor(64, "sync")

Renewed = Literal["held", "wanted", "lost"]


class Lease(Protocol):
    """The right to write to one file."""

    @property
    def deadline(self) -> float:
        """On the monotonic clock: when it ends unless it is renewed."""

    def renew(self, received: int) -> Renewed:
        """Renew it, and say how far the file is: bytes that are durable."""


@dataclass(frozen=True, slots=True)
class Checksum:
    """What a chunk must be: the digest of its bytes by one of `ALGORITHMS`."""

    algorithm: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Chunk:
    """What a request brings.

    Attributes:
        offset: where it begins in the file; the file is as long.
        length: bytes that are announced.
        body: where they come from.
        checksum: if it has one.
    """

    offset: int
    length: int
    body: Arriving
    checksum: Checksum | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """How it ended.

    Attributes:
        offset: length of the file now, durable.
        problem: why not all was stored; nothing when it was.
    """

    offset: int
    problem: ApiError | None


def append(fd: int, chunk: Chunk, lease: Lease, room: Callable[[], int]) -> Received:
    """Append a chunk to a staged file.

    Args:
        fd: the file, opened for writing.
        chunk: what is appended.
        lease: of the file.
        room: says how many bytes the volume has left.

    Returns:
        The offset that may be acknowledged, and what went wrong. A `LeaseLost` among it means that
        nothing may be said about the file.
    """
    if chunk.length > room() - RESERVE_BYTES:
        return Received(chunk.offset, full())
    receiving = _Receiving(fd, chunk, lease, room)
    try:
        try:
            receiving.run()
            problem = receiving.wrong_checksum()
        except ApiError as error:
            problem = error
        except OSError as error:
            problem = of_the_volume(error)
        return receiving.finish(problem)
    except LeaseLost as error:
        return Received(receiving.durable, error)


class _Receiving:
    """One chunk that is being received.

    Attributes:
        durable: how far the file is stored for certain.
    """

    def __init__(self, fd: int, chunk: Chunk, lease: Lease, room: Callable[[], int]) -> None:
        self._fd = fd
        self._chunk = chunk
        self._lease = lease
        self._room = room
        self._position = self.durable = chunk.offset
        self._sync: tuple[int, Future[None]] | None = None
        self._next_renewal = time.monotonic() + RENEW_SECONDS
        sum_of = chunk.checksum
        self._digest: Any = hashlib.new(sum_of.algorithm, usedforsecurity=False) if sum_of else None

    def run(self) -> None:
        """Receive and write, to the end of the chunk or to what stops it."""
        body, end = self._chunk.body, self._chunk.offset + self._chunk.length
        buffer = memoryview(bytearray(min(_BLOCK, self._chunk.length)))
        last_byte = time.monotonic()
        while self._position < end:
            count = body.read_into(buffer, RENEW_SECONDS)
            now = time.monotonic()
            if count == 0:
                raise Incomplete("The connection was cut; what arrived is stored")
            if count is not None:
                last_byte = now
                self._write(buffer[:count])
            elif now - last_byte > STILL_SECONDS:
                raise Incomplete("No byte arrived for a while; what arrived before is stored")
            if now >= self._next_renewal:
                self._look_up(now)
            self._sync_meanwhile()

    def wrong_checksum(self) -> ApiError | None:
        """Whether all bytes together are not what their sender says."""
        wanted = self._chunk.checksum
        if wanted is None or self._digest.digest() == wanted.digest:
            return None
        return WrongChecksum(
            "The bytes that arrived do not have the checksum of this chunk; they were not stored. "
            "Send the chunk again"
        )

    def finish(self, problem: ApiError | None) -> Received:
        """Make durable what stays.

        Raises:
            LeaseLost: it is not ours to say.
        """
        if isinstance(problem, LeaseLost):
            raise problem
        self._check_lease()
        if problem is not None and self._chunk.checksum is not None:
            self._position = self._chunk.offset
            os.ftruncate(self._fd, self._position)
        try:
            self._wait_until_durable()
        except OSError as error:
            # What the volume could not store may be lost in the middle of the file.
            self._check_lease()
            os.ftruncate(self._fd, self.durable)
            return Received(self.durable, of_the_volume(error))
        return Received(self._position, problem)

    def _write(self, data: memoryview) -> None:
        if self._digest is not None:
            self._digest.update(data)
        while data:
            self._check_lease()
            written = os.pwrite(self._fd, data, self._position)
            self._position += written
            data = data[written:]

    def _check_lease(self) -> None:
        """This process may have stood still for so long that the file is another's."""
        if time.monotonic() >= self._lease.deadline:
            raise LeaseLost("This request was interrupted for too long; ask for the offset")

    def _look_up(self, now: float) -> None:
        """Each second: what must not wait for the end of the chunk."""
        self._renew(now)
        if self._room() < RESERVE_BYTES:
            raise full()

    def _sync_meanwhile(self) -> None:
        if self._sync is None:
            if self._position - self.durable >= _SYNC_BYTES:
                self._start_sync()
        elif self._sync[1].done() and self._position - self._sync[0] >= _SYNC_BYTES:
            self._start_sync()

    def _renew(self, now: float) -> None:
        self._next_renewal = now + RENEW_SECONDS
        # Of a chunk with a checksum nothing counts before all of it is there.
        told = self._chunk.offset if self._chunk.checksum else self.durable
        match self._lease.renew(told):
            case "lost":
                raise LeaseLost("The upload has ended, or another request receives this file")
            case "wanted":
                raise Busy("Another request continues with this file; ask for the offset")

    def _start_sync(self) -> None:
        if self._sync is not None:
            position, done = self._sync
            done.result()
            self.durable = position
        self._sync = (self._position, _SYNCS.submit(os.fdatasync, self._fd))

    def _wait_until_durable(self) -> None:
        """All that was written; the lease is renewed meanwhile.

        Raises:
            OSError: the volume cannot store it.
            LeaseLost: it cannot be renewed.
        """
        if self._sync is not None:
            self._wait()
        self._start_sync()
        self._wait()
        self.durable = self._position

    def _wait(self) -> None:
        assert self._sync is not None  # noqa: S101 - for the type checker
        _position, done = self._sync
        while True:
            try:
                done.result(max(self._next_renewal - time.monotonic(), 0))
            except TimeoutError:
                if done.done():
                    raise
                self._keep()
            else:
                return

    def _keep(self) -> None:
        """Renew the lease; that somebody wants it changes nothing, since we are about to go."""
        try:
            self._renew(time.monotonic())
        except Busy:
            return
