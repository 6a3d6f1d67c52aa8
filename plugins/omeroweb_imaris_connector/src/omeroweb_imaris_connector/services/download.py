"""The file of an export for its user."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, ClassVar
from uuid import UUID

from omero_plugin_common import permissions
from omero_plugin_common.errors import ApiError, BadRequest, Conflict, NotFound
from omeroweb_imaris_connector import configuration
from omeroweb_imaris_connector.services import show
from omeroweb_imaris_connector.store import files
from omeroweb_imaris_connector.store.listing import Listed, ListedPart
from omeroweb_imaris_connector.volume.places import Volume


class Expired(ApiError):
    """The file was there, and is deleted."""

    status: ClassVar[int] = 410
    code = "expired"


@dataclass(frozen=True, slots=True)
class Offered:
    """An open file, which the caller closes.

    Attributes:
        content: at its beginning.
        size: bytes.
        name: under which it is saved.
        tag: of these bytes and no others, with quotation marks.
        made: when.
    """

    content: BinaryIO
    size: int
    name: str
    tag: str
    made: datetime | None


def offered(export_id: UUID, image: int | None, caller: Any) -> Offered:
    """A file of an export, if OMERO lets the caller read the image now.

    Args:
        export_id: the export.
        image: of which image; nothing is enough for an export of one.
        caller: who wants it.

    Raises:
        BadRequest: the export has several images.
        NotFound: no such export or image, somebody else's, or an image that may not be read.
        Conflict: the file is not ready.
        Expired: it was deleted.
    """
    listed = show.one(export_id, caller)
    wanted = _wanted(listed, image)
    permissions.require(caller.conn, "Image", [wanted.part.image_id], "read")
    state, message = show.state_of(listed.export, wanted)
    if state == "expired":
        raise Expired(message)
    if state not in ("done", "attaching"):
        said = f": {message}" if message else ""
        raise Conflict(f"The file is not ready, the export is {state}{said}", code="not_ready")
    file = wanted.file
    content = Volume(configuration.export_folder()).open(file.image_id, file.id)
    if content is None:
        files.expire(file.id)
        raise Expired("The file is no longer on the volume of exports: export the image again")
    files.used(file.id)
    size = os.fstat(content.fileno()).st_size
    return Offered(content, size, show.file_name(wanted), f'"{file.id.hex}"', file.finished)


def _wanted(listed: Listed, image: int | None) -> ListedPart:
    if image is None and len(listed.parts) > 1:
        raise BadRequest("This export has several files: say of which image, `?image=`")
    for each in listed.parts:
        if image in (None, each.part.image_id):
            return each
    raise NotFound(f"This export has no Image {image}")
