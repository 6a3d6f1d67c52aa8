"""Thumbnails that did not change are neither read from OMERO.server nor sent again.

OMERO.web's own views read and send all of them at each look at a dataset. Here an ETag (RFC 9110,
8.8.3) is made from what a thumbnail depends on: the versions of its row and of all rendering
settings of its image. One query finds them for a whole page of images; the pictures themselves cost
a call each. A browser that has the answer is told so. For all others the answer is in the cache,
under its ETag, once somebody has asked.

The query runs as the user who asks: images that the user may not see have no rows, and the answer
has no ETag.
"""

from __future__ import annotations

import functools
import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

# Rows are the same for everybody who may see the image, whoever's settings are taken.
_QUERY: Final = (
    "select i.id, p.details.owner.id, t.id, t.version, r.id, r.version, r.details.owner.id "
    "from Thumbnail t join t.pixels p join p.image i left outer join p.settings r "
    "where i.id in (:ids)"
)
# A picture that is wrong although its rows are right is asked for again after this time.
_LONGEST_SECONDS: Final = 600
_PREFIX: Final = "thumbnails:"
# What the views read of an address. Anything else, such as the `_` that some scripts add, would
# have the same answer stored again and again.
_PARAMETERS: Final = ("callback", "id", "rdefId", "t", "z")

View = Callable[..., Any]


def repair() -> None:
    """Put our views around OMERO.web's, before their addresses are made."""
    from omeroweb.webgateway import views

    views.render_thumbnail = _tagged(views.render_thumbnail, _of_the_path)
    views.get_thumbnail_json = _tagged(views.get_thumbnail_json, _of_the_path)
    views.get_thumbnails_json = _tagged(views.get_thumbnails_json, _of_the_query)


def _tagged(view: View, ids_of: Callable[[Any, dict[str, Any]], Sequence[int]]) -> View:
    from django.core.cache import cache
    from django.http import HttpResponse
    from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
    from omeroweb.decorators import login_required

    @login_required()  # type: ignore[untyped-decorator]
    def answer(request: Any, iid: Any = None, conn: Any = None, **arguments: Any) -> Any:
        if iid is not None:
            # Views of OMERO.web call each other, with the image in the first place.
            arguments["iid"] = iid
        tag = _tag(request, conn, ids_of(request, arguments))
        if tag is None:
            return view(request, conn=conn, **arguments)
        known = get_conditional_response(request, etag=tag.text)
        if known is not None:
            return known
        if stored := cache.get(_PREFIX + tag.text):
            response = HttpResponse(*stored)
        else:
            response = view(request, conn=conn, **arguments)
            # Of several thumbnails, `null` stands for one that could not be made.
            if response.status_code != 200 or b":null" in response.content.replace(b" ", b""):
                return response
            if tag.right:
                what = (response.content, response.headers["Content-Type"])
                cache.set(_PREFIX + tag.text, what, _LONGEST_SECONDS)
        response.headers["ETag"] = tag.text
        patch_cache_control(response, private=True, no_cache=True)
        patch_vary_headers(response, ["Cookie"])
        return response

    return functools.update_wrapper(answer, view)


def _of_the_path(_request: Any, arguments: dict[str, Any]) -> Sequence[int]:
    return [int(arguments["iid"])]


def _of_the_query(request: Any, _arguments: dict[str, Any]) -> Sequence[int]:
    given = request.GET.getlist("id")
    return sorted({int(each) for each in given}) if all(map(str.isdecimal, given)) else []


@dataclass(frozen=True)
class _Tag:
    """The ETag of an answer.

    Attributes:
        text: as in the header.
        right: whether what this user gets is right for all who have the same ETag. OMERO.server
            draws the image owner's thumbnail anew for nobody else: the others may get an old one.
    """

    text: str
    right: bool


def _tag(request: Any, conn: Any, ids: Sequence[int]) -> _Tag | None:
    """The ETag; none where there is no thumbnail yet of one of the images, or too many."""
    from django.conf import settings
    from omero.rtypes import unwrap
    from omero.sys import ParametersI

    if not 0 < len(ids) <= settings.THUMBNAILS_BATCH:
        return None
    context = conn.SERVICE_OPTS.copy()
    context.setOmeroGroup("-1")
    found = conn.getQueryService().projection(_QUERY, ParametersI().addIds(ids), context)
    rows = sorted(([unwrap(value) for value in row] for row in found), key=repr)
    if {row[0] for row in rows} != set(ids):
        return None
    user, while_good = conn.getUserId(), int(time.time() // _LONGEST_SECONDS)
    shared = _same_for_all(rows)
    asked = [(name, request.GET.getlist(name)) for name in _PARAMETERS]
    told = (request.path, asked, None if shared else user, while_good, rows)
    text = f'"{hashlib.sha256(repr(told).encode()).hexdigest()}"'
    return _Tag(text, right=not shared or all(owner == user for _, owner, *_ in rows))


def _same_for_all(rows: Sequence[Sequence[Any]]) -> bool:
    """Whether everybody sees the same: each image has its owner's settings or none.

    With settings of one's own, one sees those; without, the owner's; where there are none, the
    defaults (`ThumbnailCtx` of OMERO.server 5.6).
    """
    settings: dict[int, set[int | None]] = {}
    for image, owner, _, _, rendering, _, whose in rows:
        if whose not in {None, owner}:
            return False
        settings.setdefault(image, set()).add(rendering)
    return all(len(each) == 1 for each in settings.values())
