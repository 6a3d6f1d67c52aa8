"""UsedFilesRequest, OriginalMetadataRequest, ManageImageBinaries: the files behind an image."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import omero.cmd
from omero.constants.namespaces import NSCOMPANIONFILE
from omero.rtypes import rbool, rdouble, rfloat, rint, rlong, rstring

from omero_standin.bio_formats.installed import NeedsJava
from omero_standin.bio_formats.process import CannotRead
from omero_standin.model.store import Ref, Row
from omero_standin.services.access import readable
from omero_standin.services.commands.work import Failure, Work

# The Ice type of a value by its type in Java.
_WRAP: Final[dict[str, Callable[[Any], Any]]] = {
    "Boolean": rbool,
    "Short": rint,
    "Integer": rint,
    "Long": rlong,
    "Float": rfloat,
    "Double": rdouble,
    "String": rstring,
}


def used_files(work: Work, request: Any) -> Any:
    """The original files that an image was imported from."""
    image = readable(work, "Image", request.imageId)
    files = [row.id for row in _files(work, image)]
    if image.values.get("fileset") is None:
        return omero.cmd.UsedFilesResponsePreFs(files, [], [])
    return omero.cmd.UsedFilesResponse(files, [], [], [])


def original_metadata(work: Work, request: Any) -> Any:
    """What the format of an image's file notes, read by Bio-Formats as at the import.

    Of images that were made with data, whose files have no content, it is the files' names.
    """
    image = readable(work, "Image", request.imageId)
    fileset = image.values.get("fileset")
    if fileset is None:
        _need_no_companion(work, image)
        return omero.cmd.OriginalMetadataResponse(None, None, {}, {})
    pixels = work.store.referring("Pixels", "image", image.ref)
    source = work.kernel.data.source(pixels[0].id) if pixels else None
    if source is None:
        names = {row.values["name"]: rstring(row.values.get("path")) for row in _files(work, image)}
        return omero.cmd.OriginalMetadataResponse(rlong(fileset.id), None, names, {})
    try:
        whole, series = work.kernel.data.bio_formats.metadata(source.file, source.series)
    except (CannotRead, NeedsJava) as error:
        raise Failure("bf-reader-failure", str(error)) from error
    return omero.cmd.OriginalMetadataResponse(
        rlong(fileset.id), None, _wrapped(whole), _wrapped(series)
    )


def _wrapped(values: dict[str, Any]) -> dict[str, Any]:
    return {key: _WRAP[kind](value) for key, (kind, value) in values.items()}


def _need_no_companion(work: Work, image: Row) -> None:
    """The text file that servers before OMERO 5 kept: not read here."""
    for link in work.store.referring("ImageAnnotationLink", "parent", image.ref):
        note = work.store.get(*link.values["child"])
        if note.values.get("ns") == NSCOMPANIONFILE:
            raise Failure("omero-standin", "metadata from a companion file are not supported")


def image_binaries(work: Work, request: Any) -> Any:
    """What an image takes on disk; deleting pixels, pyramids or thumbnails alone is refused."""
    if request.togglePixels or request.deletePyramid or request.deleteThumbnails:
        raise Failure("omero-standin", "ManageImageBinaries that changes something")
    image = readable(work, "Image", request.imageId)
    ref = image.values.get("fileset")
    pixels = work.store.referring("Pixels", "image", image.ref)
    size = sum(work.kernel.data.size_of_pixels(row) for row in pixels)
    files = _files(work, image)
    return omero.cmd.ManageImageBinariesResponse(
        filesetId=rlong(ref.id) if ref is not None else None,
        archivedFiles=[row.id for row in files] if ref is None else [],
        pixelsPresent=size > 0,
        pixelSize=size,
    )


def _files(work: Work, image: Row) -> list[Row]:
    fileset = image.values.get("fileset")
    if fileset is not None:
        entries = work.store.referring("FilesetEntry", "fileset", fileset)
        refs = [entry.values["originalFile"] for entry in entries]
    else:
        refs = _archived(work, image)
    return [work.store.get(*ref) for ref in refs]


def _archived(work: Work, image: Row) -> list[Ref]:
    return [
        link.values["parent"]
        for pixels in work.store.referring("Pixels", "image", image.ref)
        for link in work.store.referring("PixelsOriginalFileMap", "child", pixels.ref)
    ]
