"""Bytes of a declared file: how far it is, a chunk more, its end.

Whichever request comes last has the file: one that still receives for a client that has long gone
gives way.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import Final
from uuid import UUID

from omero_plugin_common import metrics
from omeroweb_upload import configuration
from omeroweb_upload.services.transfer_complete import transfer_complete
from omeroweb_upload.store import files, leases
from omeroweb_upload.store.files import StoredFile
from omeroweb_upload.store.leases import Lease
from omeroweb_upload.transfer import receive
from omeroweb_upload.transfer.errors import (
    Busy,
    Gone,
    LeaseLost,
    TooMuch,
    WrongOffset,
    volume_errors,
)
from omeroweb_upload.transfer.receive import Chunk
from omeroweb_upload.transfer.staging import Staging

LOGGER: Final = logging.getLogger(__name__)


def staging() -> Staging:
    """The site's staging volume."""
    return Staging(configuration.staging_folder())


def go_on(job: UUID) -> None:
    """Start what follows if a file was the last one of its upload.

    That it could not be started does not make the bytes of the file come again: it is tried again
    with the next request about the upload.
    """
    try:
        transfer_complete(job)
    except Exception:
        LOGGER.exception("upload %s is complete, and what follows could not be started", job)


def offset_of(file: StoredFile) -> int:
    """How many bytes of a file are stored, durably.

    Raises:
        Gone: it is not expected any more, and was not received.
        Busy: another request does not give way.
    """
    if not file.is_expected:
        return _complete(file)
    with _held(file) as lease:
        place = staging()
        path = PurePosixPath(file.path)
        try:
            with place.open(file.job, path, create=file.size == 0) as fd:
                stored = _trusted(fd, file, lease)
        except FileNotFoundError:
            stored = 0
        _give_back(file, lease, stored)
    return stored


def append(file: StoredFile, chunk: Chunk) -> int:
    """Append a chunk to a file.

    Args:
        file: as it was loaded.
        chunk: what was sent; nothing of its body has been read.

    Returns:
        The new offset, durable.

    Raises:
        WrongOffset: the chunk does not begin where the file ends.
        TooMuch: the chunk goes beyond the declared size.
        Gone: the file is not expected any more.
        Busy: another request does not give way, or took over.
        ApiError: what else went wrong; bytes that arrived may be stored.
    """
    if not file.is_expected:
        _check_offset(chunk, _complete(file))
    if chunk.offset + chunk.length > file.size:
        raise TooMuch(f"The file was declared with {file.size} bytes, and this would be more")
    if not file.is_expected:
        return file.size
    with _held(file) as lease:
        place = staging()
        with place.open(file.job, PurePosixPath(file.path), create=True) as fd:
            stored = _trusted(fd, file, lease)
            if chunk.offset != stored:
                _give_back(file, lease, stored)
                _check_offset(chunk, stored)
            if chunk.checksum is not None:
                lease.mark_unverified(stored)
            done = receive.append(fd, chunk, lease, place.free_bytes)
        if isinstance(done.problem, LeaseLost):
            raise done.problem
        # Not what was cut off again, since its checksum was wrong.
        metrics.UPLOAD_BYTES.inc(max(0, done.offset - stored))
        _give_back(file, lease, done.offset)
    if done.problem is not None:
        raise done.problem
    return done.offset


def remove(file: StoredFile) -> None:
    """Take a file out of its upload, with the bytes that are stored.

    Raises:
        Gone: the upload goes on without more bytes, or has ended.
        Busy: another request does not give way.
    """
    if file.job_state != "uploading" or file.state not in ("pending", "uploaded"):
        raise _gone(file)
    if file.is_expected:
        with _held(file):
            _remove(file)
    else:
        _remove(file)
    go_on(file.job)


def _remove(file: StoredFile) -> None:
    if not files.remove(file.job, file.number):
        raise Gone("This file is not received any more: its upload has changed at this moment")
    staging().remove_file(file.job, PurePosixPath(file.path))


@contextmanager
def _held(file: StoredFile) -> Iterator[Lease]:
    lease = leases.take(file.job, file.number)
    if lease is None:
        raise Busy(
            "Another request receives this file and has not ended yet: try again", retry_after=1
        )
    try:
        yield lease
    finally:
        lease.end()


def _trusted(fd: int, file: StoredFile, lease: Lease) -> int:
    """The bytes of a staged file that count, durable; the others are cut off."""
    with volume_errors():
        return _durable(fd, file, lease)


def _durable(fd: int, file: StoredFile, lease: Lease) -> int:
    size = os.fstat(fd).st_size
    if lease.unverified_from is not None and size > lease.unverified_from:
        size = lease.unverified_from
        os.ftruncate(fd, size)
    if size > file.size:
        LOGGER.warning("upload %s: file %d was longer than declared", file.job, file.number)
        size = 0
        os.ftruncate(fd, size)
    os.fdatasync(fd)
    return size


def _give_back(file: StoredFile, lease: Lease, stored: int) -> None:
    complete = stored == file.size
    if not lease.give_back(stored, complete=complete):
        raise LeaseLost("The upload has ended, or another request receives this file")
    if complete:
        go_on(file.job)


def _complete(file: StoredFile) -> int:
    """The size of a file that was received.

    Raises:
        Gone: it was not, and is not expected any more.
    """
    if file.state in ("pending", "removed", "skipped"):
        raise _gone(file)
    # A process may have been killed before it could say that the last file is there.
    if file.job_state == "uploading":
        go_on(file.job)
    return file.size


def _check_offset(chunk: Chunk, stored: int) -> None:
    if chunk.offset != stored:
        raise WrongOffset(f"The file has {stored} bytes, and the chunk begins at {chunk.offset}")


def _gone(file: StoredFile) -> Gone:
    state = "removed" if file.state == "removed" else file.job_state
    return Gone(f"This file is not received any more: {state}")
