"""Exports: what would be exported, those of the user, and their changes."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.http import JsonResponse
from django.urls import reverse
from pydantic import Field

from omero_plugin_common.body import Body
from omero_plugin_common.errors import BadRequest
from omero_plugin_common.string_utils import LARGEST_ID, whole_number
from omero_plugin_common.web import Caller, json_view
from omero_plugin_common.web.answers import private
from omero_plugin_common.web.request_body import read_body
from omeroweb_imaris_connector.services import change, look, room, show
from omeroweb_imaris_connector.services.start import start as start_exports

_CREATED: Final = 201
# Files of an export that a list tells; a page asks for the others of the one that it shows.
_LISTED: Final = 20


class Start(Body):
    """What to export.

    Attributes:
        images: ids of images, which become one export.
        dataset: all images of this one, too, as an export for each.
        attach: whether the files go to the images in OMERO, too.
        apart: an export for each of `images`, too.
    """

    images: list[int] = Field(default=[], max_length=look.MOST)
    dataset: int | None = Field(default=None, ge=1, le=LARGEST_ID)
    attach: bool = False
    apart: bool = False


@json_view("GET")
def images(request: Any, caller: Caller) -> dict[str, Any]:
    """What `?image=1&image=2` or `?dataset=1` would export.

    `problem` says why an image cannot be exported; `conversion`, what happens to its values;
    `bytes_estimate`, how large its file can be at most.

    Returns:
        {"images": [{"id", "name", "size_x", "size_y", "size_z", "size_c", "size_t", "pixel_type",
        "conversion", "voxel_um": [x, y, z], "bytes_estimate", "problem"}]}
    """
    ids = [_id(text) for text in request.GET.getlist("image")]
    datasets = [_id(text) for text in request.GET.getlist("dataset")]
    if len(datasets) > 1:
        raise BadRequest("Name one dataset")
    found = look.chosen(caller.conn, ids, datasets[0] if datasets else None)
    return {"images": [look.as_json(image) for image in found]}


@json_view("GET", "POST", action="imaris.start")
def exports(request: Any, caller: Caller) -> Any:
    """The exports of the user, 50 a page, the newest first; `?all=1` for administrators.

    `?before=` is the `next` of the page before. Of an export of many images, 20 files are listed. A
    POST starts exports and answers with them and status 201: `{"images": [ids], "dataset": id,
    "attach": true, "apart": true}`, all optional. Several images are one export; a dataset becomes
    one for each image, and so do images with `apart`. An image whose file is there, or is being
    written, gets this file.

    Returns:
        {"exports": [export], "next", "room": {"used", "limit", "free"}}
    """
    if request.method == "POST":
        return _start(request, caller, read_body(request, Start))
    everybody = request.GET.get("all") == "1"
    found, following = show.newest(caller, request.GET.get("before", ""), everybody=everybody)
    now = room.room()
    return {
        "exports": [as_json(each, _LISTED) for each in found],
        "next": following,
        "room": {"used": now.used, "limit": now.limit, "free": now.free},
    }


def _start(request: Any, caller: Caller, body: Start) -> Any:
    made = start_exports(caller, body.images, body.dataset, attach=body.attach, apart=body.apart)
    request.audit.add("export", [str(each) for each in made])
    answer = {"exports": [as_json(each) for each in show.some(made)]}
    return private(JsonResponse(answer, status=_CREATED))


@json_view("GET")
def one(_request: Any, caller: Caller, export: UUID) -> dict[str, Any]:
    """An export: of one image, or of several.

    States of an export and of each file: queued, waiting_for_processor, running, verifying,
    attaching, done, failed, cancelled, expired. An export goes on as long as one of its files does,
    and has failed when one of them has; the others are there. `position` is the place in the queue,
    1 is next. `images` counts them, `ready` those whose files can be downloaded.

    Returns:
        {"id", "user", "state", "message", "created", "started", "finished",
        "planes": {"done", "total", "per_second", "seconds_left"}, "position", "attach", "images",
        "ready", "files": [{"image": {"id", "name"}, "state", "message", "planes", "position",
        "bytes", "file_name", "file_url", "attached", "expires", "by", "conversion"}]}
    """
    return as_json(show.one(export, caller))


@json_view("POST", action="imaris.cancel")
def cancel(request: Any, caller: Caller, export: UUID) -> dict[str, Any]:
    """End an export; what was written for nobody else is deleted, files that are ready stay.

    Returns:
        export
    """
    request.audit.add("export", [str(export)])
    change.cancel(export, caller)
    return as_json(show.one(export, caller))


@json_view("POST", action="imaris.retry")
def retry(request: Any, caller: Caller, export: UUID) -> dict[str, Any]:
    """Export the images that have no file once more, as they are now.

    Returns:
        export
    """
    request.audit.add("export", [str(export)])
    change.retry(export, caller)
    return as_json(show.one(export, caller))


@json_view("POST", action="imaris.delete")
def delete(request: Any, caller: Caller, export: UUID) -> dict[str, Any]:
    """Forget an export that has ended, and delete its files that nobody else has asked for.

    Returns:
        {"deleted": id}
    """
    request.audit.add("export", [str(export)])
    change.delete(export, caller)
    return {"deleted": str(export)}


def as_json(export: Any, most: int | None = None) -> dict[str, Any]:
    """An export with the addresses of its files."""
    where = reverse("omeroweb_imaris_connector_file", args=[export.export.id])
    return show.as_json(export, where, most)


def _id(text: str) -> int:
    number = whole_number(text)
    if number is None or number == 0:
        raise BadRequest("Ids are numbers")
    return number
