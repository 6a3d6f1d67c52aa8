"""Processes that are killed, lines that are cut, a database that is away: what stays."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import UUID

import httpx
import psutil
import pytest

import local_services
import tus_servers
from people import Person
from plugin_site import read_only, until
from tus_servers import TusServer
from upload_jobs import states
from whole_site import WholeSite

KILLS = 20
SIZE = 24 * 2**20
PIECE = 128 * 1024
DATA = random.Random(1).randbytes(SIZE)


@contextmanager
def beside(whole: WholeSite, folder: Path) -> Iterator[local_services.Site]:
    """Another process that receives files of the same site, as a second replica."""
    folder.mkdir()
    with local_services.web_beside(whole.site, folder, WEB_WORKERS="1") as site:
        yield site


@pytest.fixture
def replicas(
    whole: WholeSite, person: Person, tmp_path: Path
) -> Iterator[tuple[TusServer, TusServer, local_services.Site]]:
    """One user on two processes of a site, and the second of them."""
    with (
        tus_servers.ours(whole, person, whole.site.url) as first,
        beside(whole, tmp_path / "beside") as site,
        tus_servers.ours(whole, person, site.url) as second,
    ):
        yield first, second, site


def _kill_worker(site: local_services.Site, killed: set[int]) -> None:
    """Kill the process that receives, as soon as there is a new one; gunicorn starts the next."""
    first = psutil.Process(site.web.process.pid)
    found: list[int] = []

    def new() -> bool:
        found[:] = [each.pid for each in first.children() if each.pid not in killed]
        return bool(found)

    until(new)
    for each in found:
        os.kill(each, signal.SIGKILL)
    killed.update(found)


class Sender:
    """Sends a file in chunks and counts what it sends; it asks for the offset after a failure."""

    def __init__(self, server: TusServer, address: str) -> None:
        self.server, self.address = server, address
        self.sent = self.acknowledged = 0
        self.lied: list[tuple[int, int]] = []

    def run(self, chunk: int) -> None:
        """To the end of the file."""
        offset = 0
        while offset < SIZE:
            try:
                offset = self._chunk(offset, min(chunk, SIZE - offset))
                self.acknowledged = offset
            except (OSError, httpx.HTTPError):
                offset = self._ask()
                if offset < self.acknowledged:
                    self.lied.append((offset, self.acknowledged))

    def _chunk(self, offset: int, length: int) -> int:
        """In pieces, so that most interruptions are in the middle of a chunk."""
        with self.server.begin(self.address, offset, length, b"") as line:
            for at in range(offset, offset + length, PIECE):
                piece = DATA[at : min(at + PIECE, offset + length)]
                line.sendall(piece)
                self.sent += len(piece)
            answer = line.recv(4096)
        if b" 204 " not in answer[:20]:
            raise ConnectionError(answer)
        fields = dict(line.split(": ", 1) for line in answer.decode().split("\r\n") if ": " in line)
        return int(fields["Upload-Offset"])

    def _ask(self) -> int:
        found: list[int] = []

        def asked() -> bool:
            with suppress(httpx.HTTPError, AssertionError):
                found.append(self.server.offset(self.address))
            return bool(found)

        until(asked, 60)
        return found[-1]


def test_the_receiving_process_is_killed_twenty_times(
    replicas: tuple[TusServer, TusServer, local_services.Site],
) -> None:
    _, server, site = replicas
    address, chance = server.new(SIZE), random.Random(20)
    sender, chunk = Sender(server, address), 512 * 1024
    thread = threading.Thread(target=sender.run, args=(chunk,))
    thread.start()
    killed: set[int] = set()
    for number in range(1, KILLS + 1):
        # A random moment of each twentieth part of the file.
        moment = int((number - 1 + chance.random()) * SIZE / (KILLS + 1))
        until(lambda moment=moment: sender.sent >= moment)  # type: ignore[misc]
        _kill_worker(site, killed)
    thread.join(180)
    assert not thread.is_alive()
    assert len(killed) == KILLS
    assert server.stored(address) == DATA
    assert sender.lied == []
    # At most one chunk again for each kill, and some were in the middle of one.
    assert SIZE < sender.sent <= SIZE + KILLS * chunk


def test_a_line_that_is_cut_goes_on_at_another_replica(
    replicas: tuple[TusServer, TusServer, local_services.Site],
) -> None:
    first, second, _ = replicas
    address = first.new(SIZE)
    second.made[address] = first.made[address]
    half = SIZE // 2
    with first.begin(address, 0, SIZE, DATA[:half]) as line:
        until(lambda: first.has_some(address))
        # The first one does not know yet that nobody sends any more: it gives way at once. A
        # request waits for five seconds at most, else it is refused.
        offset = second.offset(address)
        assert 0 < offset <= half
        assert second.patch(address, offset, DATA[offset : offset + 10]).status_code == 204
        answer = line.recv(4096)
    assert answer.startswith(b"HTTP/1.1 423 "), answer
    assert first.offset(address) == offset + 10
    assert first.patch(address, offset + 10, DATA[offset + 10 :]).status_code == 204
    assert second.stored(address) == DATA


def test_chunks_of_several_files_go_to_two_replicas_in_turn(
    replicas: tuple[TusServer, TusServer, local_services.Site],
) -> None:
    """As behind an Ingress that knows no sticky sessions: one folder, one database."""
    first, second, _ = replicas
    length, chunk = 2**20, 2**17
    addresses = [first.new(length) for _ in range(3)]
    for address in addresses:
        second.made[address] = first.made[address]

    def send(number: int) -> list[int]:
        data, statuses = DATA[number * length :][:length], []
        for turn, offset in enumerate(range(0, length, chunk)):
            here, there = (first, second) if (turn + number) % 2 else (second, first)
            piece = data[offset : offset + chunk]
            statuses.append(here.patch(addresses[number], offset, piece).status_code)
            # Who sends the same again to the other one, as after a lost answer, adds nothing.
            statuses.append(there.patch(addresses[number], offset, piece).status_code)
            assert there.offset(addresses[number]) == offset + len(piece)
        return statuses

    with ThreadPoolExecutor(3) as senders:
        assert list(senders.map(send, range(3))) == [[204, 409] * (length // chunk)] * 3
    for number, address in enumerate(addresses):
        assert second.stored(address) == DATA[number * length :][:length]


def test_of_a_checked_chunk_that_was_cut_nothing_counts(
    replicas: tuple[TusServer, TusServer, local_services.Site],
) -> None:
    first, second, site = replicas
    address = second.new(SIZE)
    first.made[address] = second.made[address]
    assert second.patch(address, 0, DATA[:100]).status_code == 204
    with _begin_checked(second, address, 100):
        until(lambda: second.made[address].stat().st_size > 100)
        _kill_worker(site, set())
        # What the killed process has written was never compared with its checksum.
        assert first.offset(address) == 100
    assert first.stored(address) == DATA[:100]
    assert first.patch(address, 100, DATA[100:]).status_code == 204
    assert first.stored(address) == DATA


@contextmanager
def _begin_checked(server: TusServer, address: str, offset: int) -> Iterator[None]:
    server.client.headers["Upload-Checksum"] = "sha1 2jmj7l5rSw0yVb/vlWAYkK/YBwk="
    try:
        with server.begin(address, offset, SIZE - offset, DATA[offset : SIZE // 2]):
            yield
    finally:
        del server.client.headers["Upload-Checksum"]


def test_a_restart_of_web_loses_nothing_that_was_acknowledged(
    whole: WholeSite, person: Person, tmp_path: Path
) -> None:
    with tus_servers.ours(whole, person, whole.site.url) as other:
        with (
            beside(whole, tmp_path / "one") as site,
            tus_servers.ours(whole, person, site.url) as server,
        ):
            address = server.new(SIZE)
            assert server.patch(address, 0, DATA[: 5 * 2**20]).status_code == 204
            line = server.begin(address, 5 * 2**20, SIZE, b"")
            line.close()
            other.made[address] = server.made[address]
        assert other.offset(address) == 5 * 2**20
        assert other.patch(address, 5 * 2**20, DATA[5 * 2**20 :]).status_code == 204
        assert other.stored(address) == DATA


def test_a_database_that_accepts_nothing_for_a_while_loses_nothing(
    whole: WholeSite, person: Person, tmp_path: Path
) -> None:
    with tus_servers.ours(whole, person, whole.site.url) as server:
        address = server.new(SIZE)
        assert server.patch(address, 0, DATA[:1000]).status_code == 204
        with server.begin(address, 1000, SIZE - 1000, DATA[1000:2_000_000]) as line:
            until(lambda: server.made[address].stat().st_size > 1000)
            # As by a failover: everybody is sent away, and nothing can be written.
            read_only(whole.base.address, on=True)
            try:
                line.sendall(DATA[2_000_000:])
                refused = server.patch(address, 0, b"x")
                answer = line.recv(4096)
            finally:
                read_only(whole.base.address, on=False)
        assert refused.status_code == 503
        assert answer.split()[1] in (b"204", b"503"), answer
        until(lambda: server.client.head(address).status_code == 200)
        offset = server.offset(address)
        assert offset >= 1000
        if offset < SIZE:
            assert server.patch(address, offset, DATA[offset:]).status_code == 204
        assert server.stored(address) == DATA
        job = address.split("/")[-3]
        _, files = states(whole.base, UUID(job))
        assert ("uploaded", SIZE) in files.values()
