"""UsedFilesRequest, OriginalMetadataRequest, ManageImageBinaries: the files behind an image."""

from __future__ import annotations

from typing import Any

import omero.cmd
from omero.rtypes import rlong, rstring

from omero_standin.model.store import Ref, Row
from omero_standin.services.access import readable
from omero_standin.services.commands.work import Failure, Work


def used_files(work: Work, request: Any) -> Any:
    """The original files that an image was imported from."""
    image = readable(work, "Image", request.imageId)
    files = [row.id for row in _files(work, image)]
    if image.values.get("fileset") is None:
        return omero.cmd.UsedFilesResponsePreFs(files, [], [])
    return omero.cmd.UsedFilesResponse(files, [], [], [])


def original_metadata(work: Work, request: Any) -> Any:
    """The metadata of the files: of a format the stand-in does not read, so only their names."""
    image = readable(work, "Image", request.imageId)
    ref = image.values.get("fileset")
    names = {row.values["name"]: rstring(row.values.get("path")) for row in _files(work, image)}
    fileset = rlong(ref.id) if ref is not None else None
    return omero.cmd.OriginalMetadataResponse(fileset, None, names, {})


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
