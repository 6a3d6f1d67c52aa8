"""Receiving files: the upload plugin as its pods run it, beside tusd, on the same disk.

Four clients send a file each, at the same time, in chunks, to each server in turn. The clients send
from the page cache (sendfile), so that most of the two cores are the servers'. tusd answers when
the kernel has the bytes, ours when the disk has them.
"""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import psutil

import local_services
import tus_servers
from free_ports import free_port
from local_site.answers import answers
from omero_ci.console import step
from tus_servers import TusServer
from whole_site import WholeSite, whole_site

CLIENTS: Final = 4
MEGABYTES: Final = 2048
# A line of 100 Mbit/s takes ten seconds for as much.
_CHUNK: Final = 128 * 2**20
_MB: Final = 1_000_000
_RATIO: Final = 0.60
_MORE_MEMORY: Final = 64.0
VERSIONS: Final = ("omero-web", "Django", "gunicorn", "psycopg2-binary")
HEADER: Final = f"{'four clients':<34} {'tusd':>8} {'ours':>8} {'figure':>8} {'goal':>8}  met"


@dataclass(frozen=True)
class Row:
    """A figure of both.

    Attributes:
        name: what it is.
        tusd: of tusd.
        ours: of ours.
        figure: what the goal is about.
        goal: for the figure.
        met: whether it is met.
    """

    name: str
    tusd: float
    ours: float
    figure: float
    goal: str
    met: bool

    def line(self) -> str:
        """One line of the table."""
        both = f"{self.tusd:>8.1f} {self.ours:>8.1f} {self.figure:>8.2f}"
        return f"{self.name:<34} {both} {self.goal:>8}  {'yes' if self.met else 'NO'}"

    def plain(self) -> dict[str, Any]:
        """The row as JSON data."""
        return asdict(self)


@dataclass(frozen=True)
class _Round:
    """What one server did: MB a second, and MB of memory more than before."""

    rate: float
    memory: float


def measure(samples: int, megabytes: int = MEGABYTES) -> list[Row]:
    """Send files to both.

    Args:
        samples: How often, in turn.
        megabytes: Size of each of the four files.
    """
    rounds: dict[str, list[_Round]] = {"tusd": [], "ours": []}
    size = megabytes * 2**20
    with tempfile.TemporaryDirectory() as scratch, _source(Path(scratch)) as source:
        for number in range(samples):
            for name, start in (("tusd", _tusd), ("ours", _ours)):
                folder = Path(scratch) / f"{name}-{number}"
                folder.mkdir()
                with (
                    step(f"{CLIENTS} files of {megabytes} MiB, {name}, {number + 1} of {samples}"),
                    start(folder) as (server, process),
                ):
                    rounds[name].append(_sent(server, process, source, size))
                shutil.rmtree(folder)
    return _rows(rounds)


def _rows(rounds: dict[str, list[_Round]]) -> list[Row]:
    rates = {name: max(each.rate for each in found) for name, found in rounds.items()}
    memory = {name: max(each.memory for each in found) for name, found in rounds.items()}
    ratio = rates["ours"] / rates["tusd"]
    pairs = zip(rounds["tusd"], rounds["ours"], strict=True)
    rows = [
        Row(
            f"MB a second, run {number}",
            tusd.rate,
            ours.rate,
            ours.rate / tusd.rate,
            f">= {_RATIO}",
            ours.rate / tusd.rate >= _RATIO,
        )
        for number, (tusd, ours) in enumerate(pairs, 1)
    ]
    rows.append(
        Row(
            "MB a second, best",
            rates["tusd"],
            rates["ours"],
            ratio,
            f">= {_RATIO}",
            ratio >= _RATIO,
        )
    )
    more = memory["ours"]
    goal = f"<= {_MORE_MEMORY:.0f}"
    rows.append(
        Row(
            "memory while receiving (MB more)",
            memory["tusd"],
            more,
            more,
            goal,
            more <= _MORE_MEMORY,
        )
    )
    return rows


@contextmanager
def _source(folder: Path) -> Iterator[int]:
    """A chunk of random bytes, in the page cache."""
    path = folder / "chunk"
    path.write_bytes(os.urandom(2**20) * (_CHUNK // 2**20))
    fd = os.open(path, os.O_RDONLY)
    try:
        yield fd
    finally:
        os.close(fd)


_Started = tuple[TusServer, int]


@contextmanager
def _tusd(folder: Path) -> Iterator[_Started]:
    with tus_servers.tusd(folder) as server:
        (process,) = (
            each.pid
            for each in psutil.process_iter(["cmdline"])
            if str(folder / "tusd") in (each.info["cmdline"] or [])
        )
        yield server, process


@contextmanager
def _ours(folder: Path) -> Iterator[_Started]:
    """The container that receives files, beside a whole site."""
    with ExitStack() as stack:
        whole = stack.enter_context(whole_site(folder))
        url, process = stack.enter_context(_uploads(whole, folder))
        person = whole.people.person()
        server = stack.enter_context(tus_servers.ours(whole, person, url))
        # The process that receives is the child of the one that was started.
        (worker,) = psutil.Process(process).children()
        yield server, worker.pid


@contextmanager
def _uploads(whole: WholeSite, folder: Path) -> Iterator[tuple[str, int]]:
    port, log, own = free_port(), folder / "uploads.log", folder / "uploads"
    own.mkdir()
    variables = whole.site.environment | {
        "OMERO_WEB_LISTEN_PORT": str(port),
        "OMERODIR": str(own),
    }
    url = f"http://127.0.0.1:{port}"
    start: Callable[[], local_services.Process] = partial(
        local_services.of_the_image, "uploads", log, local_services.python_environment(**variables)
    )
    with local_services.running(start, log, lambda: answers(f"{url}/api/")) as process:
        yield url, process.pid


def _sent(server: TusServer, process: int, source: int, size: int) -> _Round:
    addresses = [server.new(size) for _ in range(CLIENTS)]
    # A first byte, so that nothing is loaded while memory is measured.
    for address in addresses:
        _send(server, address, source, 0, 1)
    # What the server before has left in the page cache is none of this one's time.
    os.sync()
    with _peak(process) as peak, ThreadPoolExecutor(CLIENTS) as clients:
        before = peak[0]
        began = time.monotonic()
        for each in [
            clients.submit(_send_all, server, address, source, size) for address in addresses
        ]:
            each.result()
        seconds = time.monotonic() - began
    for address in addresses:
        if server.made[address].stat().st_size != size:
            raise RuntimeError(f"{server.name} has not stored all of {address}")
    return _Round(CLIENTS * (size - 1) / _MB / seconds, peak[0] - before)


def _send_all(server: TusServer, address: str, source: int, size: int) -> None:
    offset = 1
    while offset < size:
        length = min(_CHUNK, size - offset)
        _send(server, address, source, offset, length)
        offset += length


def _send(server: TusServer, address: str, source: int, offset: int, length: int) -> None:
    with server.begin(address, offset, length, b"") as line:
        line.setblocking(True)
        sent = 0
        while sent < length:
            sent += os.sendfile(line.fileno(), source, sent, length - sent)
        answer = _answer(line)
    if b" 204 " not in answer[:20]:
        raise RuntimeError(f"{server.name} refused a chunk: {answer[:500]!r}")


def _answer(line: socket.socket) -> bytes:
    answer = b""
    while piece := line.recv(65536):
        answer += piece
        if b"\r\n\r\n" in answer:
            break
    return answer


@contextmanager
def _peak(process: int) -> Iterator[list[float]]:
    """The largest memory of a process until the block ends, in MB: the first and only entry."""
    seen, watched, ended = [_memory(process)], psutil.Process(process), threading.Event()

    def watch() -> None:
        while not ended.wait(0.1):
            seen[0] = max(seen[0], watched.memory_info().rss / _MB)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        ended.set()
        thread.join()


def _memory(process: int) -> float:
    return float(psutil.Process(process).memory_info().rss) / _MB
