"""Starting exports: a user wants images as files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from omero_plugin_common import permissions
from omero_plugin_common.errors import Conflict, Forbidden
from omero_plugin_common.jobs.launch import enqueue
from omero_plugin_common.jobs.store import Owner
from omeroweb_imaris_connector import configuration
from omeroweb_imaris_connector.planning.image import Image
from omeroweb_imaris_connector.services import look, room
from omeroweb_imaris_connector.services.attach_jobs import start_attaching
from omeroweb_imaris_connector.services.names import WRITE, WriteJob
from omeroweb_imaris_connector.services.settle import settle_images
from omeroweb_imaris_connector.store import exports, files
from omeroweb_imaris_connector.store.exports import Export, Made, Part, Wanted
from omeroweb_imaris_connector.volume.places import Volume


def start(
    caller: Any,
    ids: Sequence[int],
    dataset: int | None = None,
    *,
    attach: bool = False,
    apart: bool = False,
) -> list[UUID]:
    """Export images: a file that is there is offered, one that is written is joined.

    Args:
        caller: who wants them; images are read with the session of the request.
        ids: of images, which become one export.
        dataset: all images of this one, too, as an export for each.
        attach: whether the files go to the images in OMERO, too.
        apart: an export for each of `ids`, too.

    Returns:
        The ids of the exports, in the order of the images.

    Raises:
        BadRequest, NotFound: see `look.chosen`.
        Forbidden: the user may not attach anything to one of the images.
        Conflict: one cannot be exported, there is no room, or the user has too many exports.
        Unavailable: this process has no volume of exports.
    """
    images = look.chosen(caller.conn, ids, dataset)
    now = room.room()
    wanted = [_wanted(image, now) for image in images]
    attach = _attach(caller, [image.id for image in images], attach)
    _check_count(caller, len(wanted))
    _forget_lost([image.id for image in images])
    named = set() if apart else set(ids)
    together = [each for each in wanted if each.image_id in named]
    alone = [[each] for each in wanted if each.image_id not in named]
    exports_of = [*([together] if together else []), *alone]
    made = exports.make(caller.user_id, caller.user_name, exports_of, attach=attach)
    for each in made:
        _follow(each, caller.request_id)
    return list(dict.fromkeys(each.export.id for each in made))


def start_again(export: Export, parts: Sequence[Part], caller: Any) -> None:
    """Export images of an export once more, as they are now.

    An image that is gone stays as it is, unless there is no other.

    Raises:
        as `start`.
    """
    ids = [part.image_id for part in parts]
    there = permissions.permitted(caller.conn, "Image", ids, "read")
    chosen = [each for each in ids if each in there]
    images = {image.id: image for image in look.chosen(caller.conn, chosen or ids, None)}
    now = room.room()
    wanted = {each: _wanted(image, now) for each, image in images.items()}
    if export.attach:
        permissions.require(caller.conn, "Image", list(wanted), "annotate")
    _check_count(caller, len(wanted))
    _forget_lost(list(wanted))
    for part in parts:
        if part.image_id not in wanted:
            continue
        made = exports.again(export, part.id, wanted[part.image_id])
        if made is not None:
            _follow(made, caller.request_id)


def _wanted(image: Image, now: room.Room) -> Wanted:
    look.need_possible(image)
    estimate = look.estimate(image)
    room.check(f"image {image.id} ({image.name})", estimate, now)
    return Wanted(image.id, image.name, image.group_id, image.fingerprint, estimate, image.planes)


def _attach(caller: Any, ids: Sequence[int], asked: bool) -> bool:
    """Whether the files are attached: the site decides, or leaves it to the user."""
    policy = configuration.attach()
    if policy == "never":
        if asked:
            raise Forbidden("This site does not attach exported files to images", code="no_attach")
        return False
    if policy == "always" and not asked:
        allowed = permissions.permitted(caller.conn, "Image", ids, "annotate")
        return set(ids) <= allowed
    if asked:
        permissions.require(caller.conn, "Image", ids, "annotate")
    return asked


def _check_count(caller: Any, more: int) -> None:
    most, has = configuration.exports_per_user(), exports.count_open(caller.user_id)
    if has + more > most:
        raise Conflict(
            f"You may have {most} exports that wait or run, and you have {has}: {more} more are "
            "too many. Wait until some are done, or choose fewer images",
            code="too_many_exports",
        )


def _forget_lost(image_ids: Sequence[int]) -> None:
    """Nobody joins a file whose job has ended, or is offered one that is not on the volume."""
    settle_images(image_ids)
    volume = Volume(configuration.export_folder())
    for file in files.ready_of(image_ids):
        if not volume.has(file.image_id, file.id):
            files.expire(file.id)


def _follow(made: Made, request_id: str) -> None:
    """Start what an image needs: its file's job, or the attachment of a file that is there."""
    export, part = made.export, made.part
    if made.is_new:
        owner = Owner(export.user_id, export.user_name, part.group_id, request_id)
        about = f"{part.image_name} (image {part.image_id})"
        job = enqueue(WRITE, owner, WriteJob(file=part.file), about=about)
        files.give(part.file, job.id)
    elif export.attach:
        start_attaching(part.file)
