"""A user of a site who sends files by tus, as tests use one."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from people import Person
from plugin_site import Browser
from upload_jobs import Declared, declare
from whole_site import WholeSite

VERSION: Final = {"Tus-Resumable": "1.0.0"}
CHUNK: Final = "application/offset+octet-stream"


@dataclass(frozen=True)
class Sender:
    """A user with a client that sends.

    Attributes:
        whole: the site.
        person: who it is.
        client: with session and CSRF token; speaks tus.
        staging: the folder of the staging volume.
    """

    whole: WholeSite
    person: Person
    client: httpx.Client
    staging: Path

    def declare(self, files: dict[str, int]) -> Declared:
        """An upload of this user."""
        person = self.person
        return declare(self.whole.base, self.staging, person.id, person.name, files)

    def staged(self, job: uuid.UUID, path: str) -> Path:
        """Where the bytes of a file are."""
        return self.staging / job.hex / "files" / path

    def head(self, address: str) -> httpx.Response:
        """Ask for the offset."""
        return self.client.head(address)

    def patch(self, address: str, offset: int, data: bytes, **headers: str) -> httpx.Response:
        """Send a chunk."""
        headers = {"Upload-Offset": str(offset), "Content-Type": CHUNK, **headers}
        return self.client.patch(address, content=data, headers=headers)


def log_in(url: str, person: Person) -> httpx.Client:
    """A client with the user's session that speaks tus."""
    client = Browser(url).log_in(person.name, person.password).client
    client.headers.update({**VERSION, "X-CSRFToken": client.cookies["csrftoken"]})
    return client
