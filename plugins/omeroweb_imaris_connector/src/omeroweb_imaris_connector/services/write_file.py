"""Writing the file of an image: written, checked, and only then offered."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import omero_ims
from omero_plugin_common.jobs import JobContext, JobFailed
from omeroweb_imaris_connector import configuration
from omeroweb_imaris_connector.omero_api import images as omero_images
from omeroweb_imaris_connector.omero_api import pixels
from omeroweb_imaris_connector.planning import description
from omeroweb_imaris_connector.planning.image import Image
from omeroweb_imaris_connector.services import by_script, look, room
from omeroweb_imaris_connector.services.room_watch import RoomWatch
from omeroweb_imaris_connector.store import files
from omeroweb_imaris_connector.store.files import By, File
from omeroweb_imaris_connector.volume.places import Volume

_MIB = 2**20
# Of what the check found, in a message.
_NAMED = 3


def write_file(context: JobContext, file_id: UUID) -> dict[str, Any]:
    """Write a file, unless that was done or is not wanted any more.

    Args:
        context: of the job.
        file_id: which.

    Returns:
        The job's result.

    Raises:
        JobFailed: the image is gone, changed while it was read, or cannot be exported; the file
            does not pass the check; there is no room.
        Conflict: there is no room before anything was written.
    """
    file = files.begin(file_id, context.job.id)
    if file is None:
        return {}
    volume = Volume(configuration.export_folder())
    volume.delete_parts(file.image_id, file.id)
    with context.omero() as conn:
        image = _image(conn, file)
        file = _following(file, image)
        look.need_possible(image)
        room.check(f"image {image.id} ({image.name})", look.estimate(image), room.room())
        files.comes(file.id, context.job.id)
        by, size = _made(context, conn, volume, file, image)
    if not files.ready(
        file.id, context.job.id, size, by, omero_ims.conversion_of(image.pixel_type)
    ):
        # Cancelled in the last moment; the clean-up deletes it.
        context.check()
        return {}
    return {"bytes": size, "by": by}


def _made(
    context: JobContext, conn: Any, volume: Volume, file: File, image: Image
) -> tuple[By, int]:
    """Write, check and publish; who wrote it, and its bytes."""
    part = volume.part(file.image_id, file.id, context.job.token)
    context.progress(0, image.planes, "")
    try:
        by: By = "script" if by_script.write(context, conn, file, image, part) else "writer"
        if by == "writer":
            _write(context, conn, image, part)
        files.step(file.id, context.job.id, "verifying")
        context.progress(image.planes, image.planes, "Checking the file")
        if by == "writer":
            # The script's was checked as it came.
            _check_file(part)
        if _image(conn, file).fingerprint != image.fingerprint:
            raise JobFailed(
                f"Image {image.id} changed in OMERO while it was exported: try again",
                code="image_changed",
            )
        context.check()
        return by, volume.publish(part, file.image_id, file.id)
    finally:
        part.unlink(missing_ok=True)


def _write(context: JobContext, conn: Any, image: Image, part: Path) -> None:
    watch = RoomWatch(part.parent, image)

    def stop() -> bool:
        # Raises when the user has cancelled, or another worker has the job.
        context.check()
        watch.check()
        return False

    def progress(done: int, total: int) -> None:
        context.progress(done, total, "")

    with pixels.opened(conn, image) as read:
        try:
            omero_ims.write(
                part, description.described(image), read, progress=progress, stop=stop,
                max_memory=configuration.memory() * _MIB,
            )  # fmt: skip
        except omero_ims.WriteFailed as error:
            watch.explain(error)
            raise JobFailed(
                f"The file of image {image.id} could not be written: {error}", code="not_written"
            ) from error


def _check_file(part: Path) -> None:
    """Nothing is offered that Imaris or Bio-Formats would not read."""
    problems = omero_ims.verify(part)
    if problems:
        named = "; ".join(str(each) for each in problems[:_NAMED])
        more = f" and {len(problems) - _NAMED} more" if len(problems) > _NAMED else ""
        raise JobFailed(f"The file that was written is not correct: {named}{more}", code="bad_file")


def _image(conn: Any, file: File) -> Image:
    found = omero_images.read(conn, [file.image_id]).get(file.image_id)
    if found is None:
        raise JobFailed(
            f"Image {file.image_id} was deleted in OMERO, or you may no longer read it",
            code="image_gone",
        )
    return found


def _following(file: File, image: Image) -> File:
    """The image may have changed while the file waited: it is exported as it is now."""
    if image.fingerprint == file.fingerprint:
        return file
    if not files.renew(file.id, image.group_id, image.fingerprint, look.estimate(image)):
        raise JobFailed(
            f"Image {image.id} changed in OMERO while this export waited, and is exported as it is "
            "now by another one: try again, and you get that file",
            code="image_changed",
        )
    return replace(file, group_id=image.group_id, fingerprint=image.fingerprint)
