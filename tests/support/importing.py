"""Imports as OMERO's own clients do them: a fileset, uploads, checksums, the answer."""

from __future__ import annotations

import hashlib
from typing import Any

import omero
import omero.grid
import omero.model
from omero.callbacks import CmdCallbackI
from omero.rtypes import rbool, rstring


def begun(gateway: Any, *paths: str, **settings: Any) -> Any:
    """An import process for files."""
    fileset = omero.model.FilesetI()
    for path in paths:
        entry = omero.model.FilesetEntryI()
        entry.setClientPath(rstring(path))
        fileset.addFilesetEntry(entry)
    upload = omero.model.UploadJobI()
    info = {"os.name": "Linux", "bioformats.reader": settings.pop("reader", "")}
    upload.setVersionInfo([omero.model.NamedValue(*each) for each in info.items()])
    fileset.linkJob(upload)
    chosen = omero.grid.ImportSettings(doThumbnails=rbool(True), noStatsInfo=rbool(False))
    chosen.checksumAlgorithm = omero.model.ChecksumAlgorithmI()
    chosen.checksumAlgorithm.value = rstring(settings.pop("algorithm", "SHA1-160"))
    for name, value in settings.items():
        setattr(chosen, name, value)
    return gateway.c.getManagedRepository().importFileset(fileset, chosen)


def uploaded(process: Any, *contents: bytes) -> list[str]:
    """Write the files; their checksums."""
    for number, content in enumerate(contents):
        store = process.getUploader(number)
        store.write(content, 0, len(content))
        store.close()
    return [hashlib.sha1(each).hexdigest() for each in contents]  # noqa: S324 - OMERO's own choice


def imported(gateway: Any, files: dict[str, bytes], **settings: Any) -> Any:
    """The response to a whole import."""
    process = begun(gateway, *files, **settings)
    handle = process.verifyUpload(uploaded(process, *files.values()))
    answer = CmdCallbackI(gateway.c, handle).loop(600, 100)
    assert isinstance(answer, omero.grid.ImportResponse), answer
    process.close()
    return answer
