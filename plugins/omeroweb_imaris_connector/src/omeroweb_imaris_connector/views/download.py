"""The files of an export, whole or in parts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any, BinaryIO, Final
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import http_date

from omero_plugin_common.errors import BadRequest
from omero_plugin_common.string_utils import whole_number
from omero_plugin_common.web import Caller, json_view
from omero_plugin_common.web.answers import private
from omeroweb_imaris_connector.planning import names, ranges
from omeroweb_imaris_connector.services import download
from omeroweb_imaris_connector.services.download import Offered

_BLOCK_BYTES: Final = 1024 * 1024
_TYPE: Final = "application/octet-stream"


@json_view("GET")
def file(request: Any, caller: Caller, export: UUID) -> HttpResponseBase:
    """A file of an export, whole or a part of it (Range, with If-Range).

    `?image=` says of which image; an export of one image needs none.

    The ETag stands for these bytes and no others: with it, a download that was cut goes on where it
    stopped, or begins again where the image has another file now. 404 when the image may no longer
    be read, 409 while the file is not ready, 410 when it was deleted.

    Returns:
        the file, with the headers ETag, Accept-Ranges and Content-Disposition
    """
    return answer(request, download.offered(export, image_of(request.GET.get("image")), caller))


def image_of(text: str | None) -> int | None:
    """The id of an image, where a request names one.

    Raises:
        BadRequest: it is none.
    """
    if not text:
        return None
    number = whole_number(text)
    if not number:
        raise BadRequest("`image` is the id of an image")
    return number


def answer(request: Any, offered: Offered) -> HttpResponseBase:
    """The answer with an offered file; it closes the file in any case."""
    sent = request.headers
    unchanged = "If-None-Match" in sent and ranges.names(sent["If-None-Match"], offered.tag)
    other = "If-Match" in sent and not ranges.names(sent["If-Match"], offered.tag)
    if unchanged or other:
        offered.content.close()
        return _with_headers(HttpResponse(status=412 if other else 304), offered)
    try:
        part = ranges.wanted(sent.get("Range"), sent.get("If-Range"), offered.size, offered.tag)
    except ranges.NotSatisfiable:
        offered.content.close()
        refused = _with_headers(HttpResponse(status=416), offered)
        refused["Content-Range"] = f"bytes */{offered.size}"
        return refused
    status = 200 if part.whole else 206
    if request.method == "HEAD":
        offered.content.close()
        response: HttpResponseBase = HttpResponse(status=status, content_type=_TYPE)
    else:
        blocks = _blocks(offered.content, part.first, part.length)
        response = StreamingHttpResponse(blocks, status=status, content_type=_TYPE)
        # Also where nobody reads a byte of it.
        response._resource_closers.append(offered.content.close)
    response["Content-Length"] = str(part.length)
    # nginx would store a part of it on its disk for a slow reader; the file is on ours already.
    response["X-Accel-Buffering"] = "no"
    if not part.whole:
        last = part.first + part.length - 1
        response["Content-Range"] = f"bytes {part.first}-{last}/{offered.size}"
    response["Content-Disposition"] = names.content_disposition(offered.name)
    return _with_headers(response, offered)


def _with_headers(response: HttpResponseBase, offered: Offered) -> HttpResponseBase:
    private(response)
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = offered.tag
    if offered.made is not None:
        response["Last-Modified"] = http_date(offered.made.timestamp())
    return response


def _blocks(content: BinaryIO, first: int, length: int) -> Iterator[bytes]:
    with closing(content):
        content.seek(first)
        while length > 0 and (block := content.read(min(_BLOCK_BYTES, length))):
            length -= len(block)
            yield block
