"""Servers of tus with one way to use them: tusd, and OMERO.web with or without its nginx."""

from __future__ import annotations

import itertools
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

import httpx

import local_services
from free_ports import free_port
from local_site.answers import listens
from people import Person
from tools.common.errors import CommandError
from tools.common.paths import bin_folder
from transfer_clients import CHUNK, VERSION, log_in
from upload_jobs import declare
from whole_site import WholeSite

CREATED: Final = 201


@dataclass(frozen=True)
class TusServer:
    """A running server.

    Attributes:
        name: for messages.
        client: of a user who may send files.
        create: makes a file of this size; its address and where its bytes are stored.
        made: where the bytes of each file are, by its address.
    """

    name: str
    client: httpx.Client
    create: Callable[[int], tuple[str, Path]]
    made: dict[str, Path] = field(default_factory=dict)

    def new(self, size: int) -> str:
        """The address of a new file."""
        address, path = self.create(size)
        self.made[address] = path
        return address

    def stored(self, address: str) -> bytes:
        """The bytes of a file as they are on the disk."""
        return self.made[address].read_bytes()

    def has_some(self, address: str) -> bool:
        """Whether a byte of a file is on the disk."""
        path = self.made[address]
        return path.exists() and path.stat().st_size > 0

    def offset(self, address: str) -> int:
        """Of a file, as the server says."""
        answer = self.client.head(address)
        assert answer.status_code == 200, answer
        return int(answer.headers["Upload-Offset"])

    def patch(self, address: str, offset: int, data: bytes, **more: str) -> httpx.Response:
        """Send a chunk."""
        headers = {"Upload-Offset": str(offset), "Content-Type": CHUNK, **more}
        return self.client.patch(address, content=data, headers=headers)

    def begin(self, address: str, offset: int, length: int, data: bytes) -> socket.socket:
        """Send the beginning of a chunk; the connection stays open."""
        url = httpx.URL(self.client.base_url).join(address)
        headers = {
            **self.client.headers,
            "Host": f"{url.host}:{url.port}",
            "Cookie": "; ".join(f"{each.name}={each.value}" for each in self.client.cookies.jar),
            "Upload-Offset": str(offset),
            "Content-Type": CHUNK,
            "Content-Length": str(length),
            "Connection": "close",
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        line = socket.create_connection((url.host, url.port or 80), timeout=60)
        line.sendall(f"PATCH {url.raw_path.decode()} HTTP/1.1\r\n{lines}\r\n".encode() + data)
        return line


@contextmanager
def tusd(folder: Path) -> Iterator[TusServer]:
    """The reference, with files below this folder."""
    command, port = bin_folder() / "tusd", free_port()
    if not command.exists():
        raise CommandError("tusd is not installed: run `ci/tools/install`")
    uploads, log = folder / "tusd", folder / "tusd.log"
    uploads.mkdir()
    words = [str(command), "-upload-dir", str(uploads), "-listen", f"127.0.0.1:{port}"]
    start = partial(local_services.launch, words, log)
    base = f"http://127.0.0.1:{port}"
    client = httpx.Client(base_url=base, headers=VERSION, timeout=60)

    def create(size: int) -> tuple[str, Path]:
        answer = client.post("/files/", headers={"Upload-Length": str(size)})
        assert answer.status_code == CREATED, answer.text
        address = httpx.URL(answer.headers["Location"]).path
        return address, uploads / address.rpartition("/")[2]

    with local_services.running(start, log, lambda: listens(port)), client:
        yield TusServer("tusd", client, create)


@contextmanager
def ours(whole: WholeSite, person: Person, url: str, name: str = "ours") -> Iterator[TusServer]:
    """OMERO.web at this address; each file is an upload of its own."""
    staging = Path(whole.variables["OMERO_WEB_UPLOAD_DIR"])
    client, numbers = log_in(url, person), itertools.count()

    def create(size: int) -> tuple[str, Path]:
        path = f"folder/file {next(numbers)}.tif"
        # A second file, so that the upload is never complete.
        files = {path: size, "other": 1}
        job = declare(whole.base, staging, person.id, person.name, files)
        return job.file(path), staging / job.id.hex / "files" / path

    try:
        yield TusServer(name, client, create)
    finally:
        client.close()


@contextmanager
def ours_behind_front(whole: WholeSite, person: Person) -> Iterator[TusServer]:
    """OMERO.web behind the nginx of its image."""
    with (
        tempfile.TemporaryDirectory(prefix="front-site-") as folder,
        local_services.front_of(whole.site, Path(folder)) as site,
        ours(whole, person, site.url, "front") as server,
    ):
        yield server
