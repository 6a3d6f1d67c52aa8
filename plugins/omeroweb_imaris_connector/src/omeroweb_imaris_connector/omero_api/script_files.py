"""The file that a script has left in OMERO, until it is on the volume."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

# First: imported after Glacier2 it would define Glacier2's exceptions a second time.
import omero.clients  # isort: skip
import Ice
import omero
import omero.cmd

from omero_plugin_common.errors import Unavailable
from omero_plugin_common.omero_api import commands, hql

_BLOCK_BYTES: Final = 4 * 2**20


class NotDeleted(Exception):
    """OMERO does not delete the file."""


@dataclass(frozen=True, slots=True)
class Made:
    """A file in OMERO.

    Attributes:
        id: of the original file.
        group_id: its group.
        size: bytes.
        sha1: of its content; empty where OMERO has another checksum.
    """

    id: int
    group_id: int
    size: int
    sha1: str


def made(conn: Any, file: int) -> Made | None:
    """What OMERO knows of a file that the user may read; None where there is none."""
    query = (
        "select f.id, f.details.group.id, f.size, f.hash, h.value from OriginalFile f "
        "left outer join f.hasher h where f.id = :id"
    )
    rows = hql.rows(conn, query, id=file)
    if not rows:
        return None
    number, group, size, checksum, algorithm = rows[0]
    sha1 = str(checksum or "") if algorithm == "SHA1-160" else ""
    return Made(int(number), int(group), int(size or 0), sha1)


def blocks(conn: Any, file: Made) -> Iterator[bytes]:
    """The content of a file.

    Raises:
        Unavailable: what came is not what OMERO has stored.
    """
    options = hql.context(conn, file.group_id)
    digest, at = hashlib.sha1(usedforsecurity=False), 0
    store = conn.c.sf.createRawFileStore(options)
    try:
        store.setFileId(file.id, options)
        while at < file.size:
            block = store.read(at, min(_BLOCK_BYTES, file.size - at), options)
            if not block:
                break
            digest.update(block)
            at += len(block)
            yield block
    finally:
        with suppress(Ice.Exception, omero.ServerError):
            store.close(options)
    if at != file.size or (file.sha1 and digest.hexdigest() != file.sha1.lower()):
        raise Unavailable("The script's file did not arrive whole from OMERO.server")


def delete(conn: Any, file: Made) -> None:
    """Delete the file in OMERO.

    Raises:
        NotDeleted: OMERO does not, or does not answer.
    """
    try:
        command = omero.cmd.Delete2(targetObjects={"OriginalFile": [file.id]})
        commands.run(conn, command, file.group_id)
    except (commands.CommandFailed, Unavailable, omero.ServerError, Ice.Exception) as error:
        raise NotDeleted(f"{type(error).__name__}: {error}") from error
