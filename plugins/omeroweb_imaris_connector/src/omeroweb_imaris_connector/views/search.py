"""Finding images by name."""

from __future__ import annotations

from typing import Any, Final

from omero_plugin_common.errors import BadRequest
from omero_plugin_common.request_utils import number_from_query
from omero_plugin_common.string_utils import LARGEST_ID
from omero_plugin_common.web import Caller, json_view
from omeroweb_imaris_connector.services.search_images import search_images

_LONGEST: Final = 255


@json_view("GET")
def search(request: Any, caller: Caller) -> dict[str, Any]:
    """A page of images whose name contains `?name=`, the newest first; for the client for Imaris.

    `?before=` is `next` of the page before.

    Returns:
        {"images": [{"id", "name", "sizes": [x, y, z, c, t]}, …], "next": id or null}
    """
    name = request.GET.get("name", "").strip()
    if len(name) > _LONGEST or "\0" in name:
        raise BadRequest("`name` must be a part of the name of an image")
    before = number_from_query(request, "before", default=LARGEST_ID)
    return search_images(caller.conn, name, before)
