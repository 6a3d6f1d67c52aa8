"""The core of a transfer, on a real connection of gunicorn's parser and a lease of the test's."""

from __future__ import annotations

import hashlib
import io
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from gunicorn.http.body import Body, LengthReader
from gunicorn.http.unreader import SocketUnreader

from omero_plugin_common.errors import Unavailable
from omeroweb_upload.transfer import body, receive
from omeroweb_upload.transfer.body import arriving, discard
from omeroweb_upload.transfer.errors import Busy, Incomplete, LeaseLost, NoSpace, WrongChecksum
from omeroweb_upload.transfer.receive import Checksum, Chunk, Received, Renewed, append

DATA = bytes(range(256)) * 8192
ROOM = 2**40


@dataclass
class HeldLease:
    """A lease that is held until the test says otherwise."""

    answer: Renewed = "held"
    deadline: float = field(default_factory=lambda: time.monotonic() + 60)
    told: list[int] = field(default_factory=list)

    def renew(self, received: int) -> Renewed:
        """Say what the test wants."""
        self.told.append(received)
        return self.answer


@pytest.fixture
def file(tmp_path: Path) -> Iterator[int]:
    fd = os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT)
    yield fd
    os.close(fd)


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lease is asked about at each twentieth of a second, and not at each second."""
    monkeypatch.setattr(receive, "RENEW_SECONDS", 0.05)


@pytest.fixture
def line() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def environ(ours: socket.socket, length: int, read_ahead: bytes = b"") -> dict[str, Any]:
    unreader = SocketUnreader(ours)
    unreader.unread(read_ahead)
    body = Body(LengthReader(unreader, length))
    return {"wsgi.input": body, "gunicorn.socket": ours}


def content(fd: int) -> bytes:
    return os.pread(fd, 2**24, 0)


@contextmanager
def sending(theirs: socket.socket, data: bytes, *, close: bool = False) -> Iterator[None]:
    def send() -> None:
        # What is not read is not sent when the test has ended.
        with suppress(OSError):
            theirs.sendall(data)
            if close:
                theirs.close()

    threading.Thread(target=send, daemon=True).start()
    yield


def received(
    fd: int,
    line: tuple[socket.socket, socket.socket],
    data: bytes,
    *,
    announced: int = 0,
    lease: HeldLease | None = None,
    checksum: Checksum | None = None,
    close: bool = False,
    room: int = ROOM,
    read_ahead: bytes = b"",
) -> Received:
    ours, theirs = line
    length = announced or len(read_ahead) + len(data)
    made = environ(ours, length, read_ahead)
    offset = os.fstat(fd).st_size
    with sending(theirs, data, close=close), arriving(made, length) as arrived:
        chunk = Chunk(offset, length, arrived, checksum)
        return append(fd, chunk, lease or HeldLease(), lambda: room)


def test_a_chunk_is_appended(file: int, line: tuple[socket.socket, socket.socket]) -> None:
    os.write(file, b"before")
    done = received(file, line, DATA, read_ahead=b"first")
    assert done == Received(6 + 5 + len(DATA), None)
    assert content(file) == b"before" + b"first" + DATA


def test_what_follows_the_body_stays_for_the_next_request(
    file: int, line: tuple[socket.socket, socket.socket]
) -> None:
    ours, theirs = line
    made = environ(ours, 7, b"abcd")
    theirs.sendall(b"efgPATCH /next")
    with arriving(made, 7) as arrived:
        assert append(file, Chunk(0, 7, arrived), HeldLease(), lambda: ROOM) == Received(7, None)
    reader = made["wsgi.input"].reader
    assert (reader.length, reader.unreader.read(5)) == (0, b"PATCH")
    made = environ(ours, 2, b"xyGET /")
    with arriving(made, 2) as arrived:
        assert append(file, Chunk(7, 2, arrived), HeldLease(), lambda: ROOM).offset == 9
    assert made["wsgi.input"].reader.unreader.take_buffered() == b"GET /"
    # The connection waits for as long as before.
    assert ours.getsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, 16) == bytes(16)


def test_a_line_that_is_cut_leaves_what_arrived(
    file: int, line: tuple[socket.socket, socket.socket]
) -> None:
    done = received(file, line, DATA, announced=2 * len(DATA), close=True)
    assert isinstance(done.problem, Incomplete)
    assert (done.offset, content(file)) == (len(DATA), DATA)


def test_a_line_that_stands_still_leaves_what_arrived(
    file: int, line: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receive, "STILL_SECONDS", 0.1)
    done = received(file, line, DATA[:1000], announced=len(DATA))
    assert isinstance(done.problem, Incomplete)
    assert (done.offset, content(file)) == (1000, DATA[:1000])


def test_somebody_else_gets_the_file_with_what_arrived(
    file: int, line: tuple[socket.socket, socket.socket]
) -> None:
    lease = HeldLease("wanted")
    done = received(file, line, DATA[:1000], announced=len(DATA), lease=lease)
    assert isinstance(done.problem, Busy)
    assert (done.offset, content(file)) == (1000, DATA[:1000])
    assert lease.told


def test_a_lost_lease_ends_it_without_touching_the_file(
    file: int, line: tuple[socket.socket, socket.socket]
) -> None:
    lease = HeldLease("lost")
    done = received(file, line, DATA[:1000], announced=len(DATA), lease=lease)
    assert isinstance(done.problem, LeaseLost)
    # Checked chunks are cut off by the next holder, not by this one.
    lease = HeldLease("lost")
    done = received(
        file, line, DATA[:1000], announced=len(DATA), lease=lease, checksum=Checksum("md5", b"x")
    )
    assert isinstance(done.problem, LeaseLost)
    assert os.fstat(file).st_size == 2000


def test_after_its_deadline_not_a_byte_is_written(
    file: int, line: tuple[socket.socket, socket.socket]
) -> None:
    lease = HeldLease(deadline=time.monotonic())
    done = received(file, line, DATA, lease=lease, close=True)
    assert isinstance(done.problem, LeaseLost)
    assert content(file) == b""


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "md5"])
def test_a_checksum_decides(
    file: int, line: tuple[socket.socket, socket.socket], algorithm: str
) -> None:
    os.write(file, b"before")
    right = Checksum(algorithm, hashlib.new(algorithm, DATA).digest())
    done = received(file, line, DATA[::-1], checksum=right)
    assert isinstance(done.problem, WrongChecksum)
    assert (done.offset, content(file)) == (6, b"before")
    assert received(file, line, DATA, checksum=right) == Received(6 + len(DATA), None)
    assert content(file) == b"before" + DATA


def test_of_a_cut_chunk_with_a_checksum_nothing_stays(
    file: int, line: tuple[socket.socket, socket.socket]
) -> None:
    right = Checksum("sha1", hashlib.sha1(DATA).digest())  # noqa: S324
    lease = HeldLease()
    done = received(
        file, line, DATA[:-1], announced=len(DATA), checksum=right, close=True, lease=lease
    )
    assert isinstance(done.problem, Incomplete)
    assert (done.offset, content(file)) == (0, b"")
    assert set(lease.told) <= {0}


def test_without_room_no_byte_is_read(file: int, line: tuple[socket.socket, socket.socket]) -> None:
    done = received(file, line, DATA, room=receive.RESERVE_BYTES + len(DATA) - 1)
    assert isinstance(done.problem, NoSpace)
    assert (done.offset, content(file)) == (0, b"")
    assert line[0].recv(4) == DATA[:4]


def test_a_volume_that_fills_up_ends_it_with_what_is_stored(
    file: int, line: tuple[socket.socket, socket.socket]
) -> None:
    left = iter([ROOM, 0])
    ours, theirs = line
    made = environ(ours, len(DATA))
    theirs.sendall(DATA[:1000])
    with arriving(made, len(DATA)) as arrived:
        done = append(file, Chunk(0, len(DATA), arrived), HeldLease(), lambda: next(left))
    assert isinstance(done.problem, NoSpace)
    assert (done.offset, content(file)) == (1000, DATA[:1000])


def test_a_disk_that_is_full_stores_nothing_and_says_so(
    line: tuple[socket.socket, socket.socket], file: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = os.open("/dev/full", os.O_RDWR)
    pwrite = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda fd, data, at: pwrite(full, data, at))
    done = received(file, line, DATA)
    os.close(full)
    assert isinstance(done.problem, NoSpace)
    assert (done.offset, os.fstat(file).st_size) == (0, 0)


def test_what_the_disk_could_not_store_is_not_acknowledged(
    file: int, line: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_fd: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fdatasync", fails)
    done = received(file, line, DATA)
    assert isinstance(done.problem, Unavailable)
    assert (done.offset, os.fstat(file).st_size) == (0, 0)


def test_a_disk_that_takes_its_time_does_not_lose_the_lease(
    file: int, line: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = os.fdatasync

    def slow(fd: int) -> None:
        time.sleep(0.5)
        sync(fd)

    monkeypatch.setattr(os, "fdatasync", slow)
    lease = HeldLease("wanted")
    # Nothing is left to receive: that somebody waits changes nothing.
    assert received(file, line, DATA[:100], lease=lease) == Received(100, None)
    assert len(lease.told) >= 3


def test_the_body_of_another_server(file: int) -> None:
    made = {"wsgi.input": io.BytesIO(DATA + b"more")}
    with arriving(made, len(DATA)) as arrived:
        done = append(file, Chunk(0, len(DATA), arrived), HeldLease(), lambda: ROOM)
    assert done == Received(len(DATA), None)
    assert content(file) == DATA


def test_the_rest_of_a_refused_body_is_read_for_a_moment(
    line: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = line
    made = environ(ours, len(DATA), b"abc")
    with sending(theirs, DATA[3:]):
        discard(made)
    assert made["wsgi.input"].reader.length == 0
    # One that does not come is not waited for, and that of another server stays.
    monkeypatch.setattr(body, "_DISCARD_SECONDS", 0.1)
    discard(environ(ours, 10))
    other = {"wsgi.input": io.BytesIO(b"abc")}
    discard(other)
    assert other["wsgi.input"].tell() == 0
