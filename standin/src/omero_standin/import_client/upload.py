"""One import: a fileset, the uploads, their checksums, and the answer.

The calls and their order are those of `ImportLibrary` in ome/omero-blitz.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import omero
import omero.clients
import omero.grid
import omero.model
from omero.callbacks import CmdCallbackI
from omero.rtypes import rbool, rstring

from omero_standin.binary import checksums, repository_paths
from omero_standin.import_client.candidates import Group

_BLOCK: Final = 1024 * 1024
_POLLS, _POLL_MILLISECONDS = 1200, 500


class ImportFailed(Exception):
    """What the server said."""


@dataclass(frozen=True)
class Wishes:
    """What the user asks for with an import.

    Attributes:
        target: A Dataset or Screen without content, or None.
        algorithm: The name of a checksum algorithm.
        annotations: (namespace, text) of new comments.
        linked: Ids of annotations that exist.
    """

    name: str | None = None
    description: str | None = None
    target: Any = None
    algorithm: str = checksums.DEFAULT
    thumbnails: bool = True
    statistics: bool = True
    annotations: tuple[tuple[str, str], ...] = ()
    linked: tuple[int, ...] = ()


@contextmanager
def joined(host: str, port: int, key: str) -> Iterator[Any]:
    """A client in a session that is there; it goes on afterwards."""
    client = omero.client(host, port)
    try:
        client.joinSession(key).detachOnDestroy()
        yield client
    finally:
        client.closeSession()


def upload(client: Any, group: Group, wishes: Wishes) -> tuple[Any, int]:
    """Import a group of files.

    Returns:
        The server's ImportResponse, and the id of the fileset.

    Raises:
        ImportFailed: The server's error.
    """
    repository = client.getManagedRepository()
    process = repository.importFileset(_fileset(group), _settings(repository, wishes))
    try:
        hashes = [
            _send(process.getUploader(number), file, wishes.algorithm)
            for number, file in enumerate(group.files)
        ]
        handle = process.verifyUpload(hashes)
        callback = CmdCallbackI(client, handle)
        try:
            answer = callback.loop(_POLLS, _POLL_MILLISECONDS)
            fileset = handle.getRequest().activity.parent.id.val
        finally:
            callback.close(True)
    finally:
        process.close()
    if not isinstance(answer, omero.grid.ImportResponse):
        raise ImportFailed(f"{answer.name}: {answer.parameters.get('message', '')}")
    return answer, fileset


def _fileset(group: Group) -> Any:
    made, job = omero.model.FilesetI(), omero.model.UploadJobI()
    for file in group.files:
        entry = omero.model.FilesetEntryI()
        entry.clientPath = rstring(repository_paths.safe(file.lstrip("/")))
        made.addFilesetEntry(entry)
    info = {
        "bioformats.reader": group.reader,
        "os.name": platform.system(),
        "language.version": platform.python_version(),
        "client": "omero-standin-import",
        "locale": time.strftime("%Z"),
    }
    job.setVersionInfo([omero.model.NamedValue(*each) for each in info.items()])
    made.linkJob(job)
    return made


def _settings(repository: Any, wishes: Wishes) -> Any:
    wanted = omero.model.ChecksumAlgorithmI()
    wanted.value = rstring(wishes.algorithm)
    chosen = repository.suggestChecksumAlgorithm([wanted])
    if chosen is None:
        raise ImportFailed(f"the server does not know the checksum algorithm {wishes.algorithm}")
    settings = omero.grid.ImportSettings(
        doThumbnails=rbool(wishes.thumbnails), noStatsInfo=rbool(not wishes.statistics)
    )
    settings.checksumAlgorithm = chosen
    settings.userSpecifiedTarget = wishes.target
    settings.userSpecifiedName = None if wishes.name is None else rstring(wishes.name)
    if wishes.description is not None:
        settings.userSpecifiedDescription = rstring(wishes.description)
    annotations: list[Any] = []
    for namespace, text in wishes.annotations:
        comment = omero.model.CommentAnnotationI()
        comment.ns, comment.textValue = rstring(namespace), rstring(text)
        annotations.append(comment)
    annotations += [omero.model.CommentAnnotationI(each, False) for each in wishes.linked]
    settings.userSpecifiedAnnotationList = annotations
    return settings


def _send(store: Any, file: str, algorithm: str) -> str:
    """Write a file block by block; its checksum."""
    hasher = checksums.ALGORITHMS[algorithm]()
    position = 0
    try:
        with open(file, "rb") as content:  # noqa: PTH123 - "./" stays
            while block := content.read(_BLOCK):
                store.write(block, position, len(block))
                hasher.update(block)
                position += len(block)
        if position == 0:
            store.write(b"", 0, 0)
    finally:
        store.close()
    return hasher.hexdigest()
