"""Images by import, as every image of OMERO comes: files of Bio-Formats' own test format.

Such a file says in its name how many images of which size it has, and OMERO makes up the pixels.
"""

from __future__ import annotations

import hashlib
import re
import time
from typing import Any, Final

import omero
import omero.grid
from omero.model import (
    ChecksumAlgorithmI,
    DatasetI,
    FilesetEntryI,
    FilesetI,
    UploadJobI,
)
from omero.rtypes import rbool, rstring

from omero_standin.data.described import Series
from omero_standin.through_api.connection import Connection

# Stands before the paths of all files, so that what an import without an end left can be found.
FOLDER: Final = "omero-demo/"
_CONTENT: Final = b"\n"
_SHA1: Final = "SHA1-160"
_UNSAFE: Final = re.compile(r"[^\w .,()-]+")
_SECONDS: Final = 120


class ImportFailed(Exception):
    """Which file, and what the server said."""


def import_images(me: Connection, series: Series, dataset: int | None) -> list[int]:
    """Import the images of a series; they have the names of their files yet.

    Args:
        me: their owner.
        series: what they are like.
        dataset: where they are put; None for nowhere.

    Returns:
        Their ids, in the order of `series.names`.
    """
    if series.files in ("", "each"):
        names, count = series.names, 1
    else:
        names, count = [series.files], len(series.names)
    found = []
    for name in names:
        found += _import(me, FOLDER + _file_name(name, series, count), dataset)
    return found


def _file_name(name: str, series: Series, count: int) -> str:
    """`name&sizeX=512&…&series=3.fake`, see Bio-Formats' FakeReader."""
    words = [f"size{axis}={size}" for axis, size in zip("XYZCT", series.size, strict=True)]
    words.append(f"pixelType={series.kind}")
    if count > 1:
        words.append(f"series={count}")
    return "&".join([_UNSAFE.sub("_", name), *words]) + ".fake"


def _import(me: Connection, path: str, dataset: int | None) -> list[int]:
    process = me.gateway.c.getManagedRepository().importFileset(_fileset(path), _settings(dataset))
    try:
        uploader = process.getUploader(0)
        uploader.write(_CONTENT, 0, len(_CONTENT))
        uploader.close()
        checksum = hashlib.sha1(_CONTENT, usedforsecurity=False).hexdigest()
        answer = _answer(process.verifyUpload([checksum]))
    finally:
        process.close()
    if not isinstance(answer, omero.grid.ImportResponse):
        raise ImportFailed(f"{path} was not imported: {getattr(answer, 'name', answer)}")
    return [image.id.val for image in answer.objects]


def _fileset(path: str) -> Any:
    fileset, entry, upload = FilesetI(), FilesetEntryI(), UploadJobI()
    entry.setClientPath(rstring(path))
    fileset.addFilesetEntry(entry)
    upload.setVersionInfo([omero.model.NamedValue("client", "omero_standin.through_api")])
    fileset.linkJob(upload)
    return fileset


def _settings(dataset: int | None) -> Any:
    # Pictures are made when they are looked at: by then the channels have their colours.
    settings = omero.grid.ImportSettings(doThumbnails=rbool(False), noStatsInfo=rbool(False))
    settings.checksumAlgorithm = ChecksumAlgorithmI()
    settings.checksumAlgorithm.value = rstring(_SHA1)
    if dataset is not None:
        settings.userSpecifiedTarget = DatasetI(dataset, False)
    return settings


def _answer(handle: Any) -> Any:
    until = time.monotonic() + _SECONDS
    try:
        while (answer := handle.getResponse()) is None:
            if time.monotonic() > until:
                raise ImportFailed(f"an import has not ended after {_SECONDS} s")
            time.sleep(0.01)
        return answer
    finally:
        handle.close()
