"""Files that a script sends in one form (multipart/form-data).

Each is written once, to the staging volume under a name of its own, and gets its place by a rename
when all of it is there and is what was declared. So nothing of a form that is cut stays, and the
paths may come before or after the files.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from omero_plugin_common.errors import ApiError, BadRequest
from omeroweb_upload.services.receive_bytes import go_on, staging
from omeroweb_upload.store import files, leases, uploads
from omeroweb_upload.store.files import StoredFile
from omeroweb_upload.transfer import paths
from omeroweb_upload.transfer.errors import Busy, NoSpace, TooMuch, volume_errors
from omeroweb_upload.transfer.receive import RESERVE_BYTES


@dataclass(slots=True)
class _Incoming:
    fd: int
    name: str
    given: str
    size: int = 0


class Form:
    """The files of one form, as they arrive.

    Args:
        job: the upload.
        user_id: whose it is.
        length: announced bytes of the whole form.

    Raises:
        NotFound: there is no such upload of this user.
        NoSpace: the volume has no room for it.
    """

    def __init__(self, job: UUID, user_id: int, length: int) -> None:
        self._job = job
        self._user_id = user_id
        self._left = files.accepted_bytes(job, user_id)
        self._place = staging()
        self._files: list[_Incoming] = []
        if length > self._place.free_bytes() - RESERVE_BYTES:
            raise NoSpace("The staging volume of this site has no room for this form")

    def begin(self, name: str) -> None:
        """A file begins.

        Args:
            name: that the form has for it.
        """
        self._files.append(_Incoming(*self._place.new_incoming(self._job), name))

    def write(self, data: bytes) -> None:
        """A piece of the file that began last.

        Raises:
            TooMuch: more than all files of the upload.
            NoSpace, Unavailable: the volume does not take it.
        """
        self._left -= len(data)
        if self._left < 0:
            raise TooMuch("The form has more bytes than the files of this upload")
        file = self._files[-1]
        view = memoryview(data)
        while view:
            with volume_errors():
                written = os.write(file.fd, view)
            file.size += written
            view = view[written:]

    def end(self) -> None:
        """The file that began last is complete, and durable."""
        with volume_errors():
            os.fdatasync(self._files[-1].fd)

    def store(self, relative_paths: Sequence[str]) -> dict[str, Any]:
        """Give each file its place.

        Args:
            relative_paths: of the files, in their order; none for files without folders.

        Returns:
            The answer of the route.
        """
        if relative_paths and len(relative_paths) != len(self._files):
            raise BadRequest(
                f"The form has {len(self._files)} files and {len(relative_paths)} relative_paths"
            )
        given = list(relative_paths) or [each.given for each in self._files]
        known = files.with_paths(self._job, self._user_id, given)
        saved, errors = [], []
        for file, path in zip(self._files, given, strict=True):
            try:
                self._store(file, path, known.get(path))
                saved.append(path)
            except ApiError as error:
                errors.append(f"{paths.shown(path)}: {error.message}")
        go_on(self._job)
        return self._answer(saved, errors)

    def close(self) -> None:
        """Close the files; those that got no place are deleted."""
        for each in self._files:
            os.close(each.fd)
            self._place.drop(self._job, each.name)
        self._files.clear()

    def _store(self, incoming: _Incoming, path: str, file: StoredFile | None) -> None:
        checked = paths.checked(path)
        if file is None:
            raise BadRequest("it was not declared for this upload")
        if file.size != incoming.size:
            raise BadRequest(f"it has {incoming.size} bytes, and was declared with {file.size}")
        if not file.is_expected:
            if file.state == "uploaded":
                return
            raise BadRequest("it is not received any more")
        lease = leases.take(self._job, file.number)
        if lease is None:
            raise Busy("another request receives it")
        try:
            self._place.place(self._job, incoming.name, checked)
            if not lease.give_back(file.size, complete=True):
                raise Busy("another request receives it")
        finally:
            lease.end()

    def _answer(self, saved: list[str], errors: list[str]) -> dict[str, Any]:
        upload = uploads.load(self._job, self._user_id)
        return {
            "ok": not errors,
            "saved": saved,
            "errors": errors,
            "error": errors[0] if errors else "",
            "uploaded_bytes": uploads.totals(self._job).received,
            "total_bytes": upload.total_bytes,
            "ready": upload.state != "uploading",
        }


@contextmanager
def form(job: UUID, user_id: int, length: int) -> Iterator[Form]:
    """A form, to the end of the block."""
    made = Form(job, user_id, length)
    try:
        yield made
    finally:
        made.close()
