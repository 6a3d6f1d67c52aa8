"""The file of an export at its image in OMERO, for everybody who may see the image."""

from __future__ import annotations

import hashlib
from typing import Any, BinaryIO, Final
from uuid import UUID

from omero_plugin_common.jobs import JobContext, JobFailed
from omero_plugin_common.omero_api import files as omero_files
from omeroweb_imaris_connector import configuration
from omeroweb_imaris_connector.omero_api import images as omero_images
from omeroweb_imaris_connector.planning import names
from omeroweb_imaris_connector.services.names import NAMESPACE
from omeroweb_imaris_connector.store import attachments, listing
from omeroweb_imaris_connector.volume.places import Volume

_BLOCK_BYTES: Final = 4 * 2**20
_MIMETYPE: Final = "application/octet-stream"


def attach_file(context: JobContext, part_id: UUID) -> dict[str, Any]:
    """Attach a file, unless the image has the same already.

    Args:
        context: of the job.
        part_id: the part of an export whose file it is.

    Returns:
        The job's result.

    Raises:
        JobFailed: the file or the image is gone.
    """
    listed = listing.part(part_id)
    if listed is None or listed.part.cancelled or listed.file.state != "ready":
        return {}
    part, file = listed.part, listed.file
    content = Volume(configuration.export_folder()).open(file.image_id, file.id)
    if content is None:
        raise JobFailed("The file is no longer on the volume of exports", code="expired")
    with content, context.omero() as conn:
        sha1 = _sha1(context, content, file.bytes or 0)
        group = _group(conn, part.image_id)
        annotation = _there(conn, group, part.image_id, sha1)
        if annotation is None:
            name = names.file_name(part.image_id, part.image_name)
            annotation = _attach(context, conn, group, part.image_id, name, content, sha1)
    attachments.done(part_id, annotation)
    return {"annotation": annotation}


def _group(conn: Any, image: int) -> int:
    """The group of an image now: it may have moved since it was asked for."""
    found = omero_images.read(conn, [image]).get(image)
    if found is None:
        raise JobFailed(
            f"Image {image} was deleted in OMERO, or you may no longer read it", code="image_gone"
        )
    return found.group_id


def _there(conn: Any, group: int, image: int, sha1: str) -> int | None:
    """The annotation that has the file already; what a killed attempt has left is deleted."""
    found = omero_files.attachments(conn, "Image", [image], NAMESPACE).get(image, [])
    for each in found:
        if each.sha1 == sha1:
            return each.annotation
    for each in found:
        if not each.sha1 and each.deletable:
            omero_files.delete(conn, group, [each.annotation])
    return None


def _attach(
    context: JobContext, conn: Any, group: int, image: int, name: str, content: BinaryIO, sha1: str
) -> int:
    done = 0

    def sent(count: int) -> None:
        nonlocal done
        done += count
        context.progress(done, message="Attaching the file to the image")

    context.check()
    made = omero_files.attach(
        conn, group, "Image", image,
        omero_files.NewFile(name, NAMESPACE, _MIMETYPE), content, sent=sent,
    )  # fmt: skip
    if made.sha1 and made.sha1 != sha1:
        omero_files.delete(conn, group, [made.annotation])
        raise JobFailed("OMERO stored other bytes than were sent: try again", code="other_bytes")
    return made.annotation


def _sha1(context: JobContext, content: BinaryIO, size: int) -> str:
    """As OMERO computes it."""
    digest = hashlib.sha1(usedforsecurity=False)
    context.progress(0, size, "Reading the file")
    while block := content.read(_BLOCK_BYTES):
        digest.update(block)
        context.check()
    content.seek(0)
    return digest.hexdigest()
