"""Thumbnails that a browser has already are neither read from OMERO.server nor sent again.

OMERO.web's own views send all of them at each look at a dataset. Here an ETag (RFC 9110, 8.8.3) is
made from what a thumbnail depends on: the versions of its row and of all rendering settings of its
image. One query finds them for a whole page of images; the pictures themselves cost a call each.
"""

from __future__ import annotations

import functools
import hashlib
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

# Rows are the same for everybody who may see the image, whoever's settings are taken.
_QUERY: Final = (
    "select p.image.id, t.id, t.version, r.id, r.version from Thumbnail t "
    "join t.pixels p left outer join p.settings r where p.image.id in (:ids)"
)
# A picture that is wrong although its rows are right is asked for again after this time.
_LONGEST_SECONDS: Final = 600

View = Callable[..., Any]


def repair() -> None:
    """Put our views around OMERO.web's, before their addresses are made."""
    from omeroweb.webgateway import views

    views.render_thumbnail = _tagged(views.render_thumbnail, _of_the_path)
    views.get_thumbnail_json = _tagged(views.get_thumbnail_json, _of_the_path)
    views.get_thumbnails_json = _tagged(views.get_thumbnails_json, _of_the_query)


def _tagged(view: View, ids_of: Callable[[Any, dict[str, Any]], Sequence[int]]) -> View:
    from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
    from omeroweb.decorators import login_required

    @login_required()  # type: ignore[untyped-decorator]
    def answer(request: Any, iid: Any = None, conn: Any = None, **arguments: Any) -> Any:
        if iid is not None:
            # Views of OMERO.web call each other, with the image in the first place.
            arguments["iid"] = iid
        tag = _tag(request, conn, ids_of(request, arguments))
        if tag:
            known = get_conditional_response(request, etag=tag)
            if known is not None:
                return known
        response = view(request, conn=conn, **arguments)
        # Of several thumbnails, `null` stands for one that could not be made.
        if tag and response.status_code == 200 and b":null" not in _compact(response.content):
            response.headers["ETag"] = tag
            patch_cache_control(response, private=True, no_cache=True)
            patch_vary_headers(response, ["Cookie"])
        return response

    return functools.update_wrapper(answer, view)


def _compact(content: bytes) -> bytes:
    return content.replace(b" ", b"")


def _of_the_path(_request: Any, arguments: dict[str, Any]) -> Sequence[int]:
    return [int(arguments["iid"])]


def _of_the_query(request: Any, _arguments: dict[str, Any]) -> Sequence[int]:
    given = request.GET.getlist("id")
    return sorted({int(each) for each in given}) if all(map(str.isdecimal, given)) else []


def _tag(request: Any, conn: Any, ids: Sequence[int]) -> str:
    """The ETag; empty where there is no thumbnail yet of one of the images, or too many."""
    from django.conf import settings
    from omero.rtypes import unwrap
    from omero.sys import ParametersI

    if not 0 < len(ids) <= settings.THUMBNAILS_BATCH:
        return ""
    context = conn.SERVICE_OPTS.copy()
    context.setOmeroGroup("-1")
    found = conn.getQueryService().projection(_QUERY, ParametersI().addIds(ids), context)
    rows = sorted(map(str, map(unwrap, found)))
    if {unwrap(row[0]) for row in found} != set(ids):
        return ""
    while_good = int(time.time() // _LONGEST_SECONDS)
    told = (request.get_full_path(), conn.getUserId(), while_good, rows)
    return f'"{hashlib.sha256(repr(told).encode()).hexdigest()}"'
