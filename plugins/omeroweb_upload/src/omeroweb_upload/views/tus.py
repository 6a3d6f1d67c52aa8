"""Files by tus 1.0.0: capabilities, creation, offset, chunks, termination."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse

from omero_plugin_common.web import Caller, json_view
from omero_plugin_common.web.answers import private
from omeroweb_upload import configuration
from omeroweb_upload.services import receive_bytes
from omeroweb_upload.services.declared_file import StoredFile, declared, file_of
from omeroweb_upload.transfer.body import arriving, discard
from omeroweb_upload.transfer.receive import Chunk
from omeroweb_upload.transfer.tus import answers, headers

View = Callable[..., HttpResponseBase]
_REFUSED: Final = 400


def speaks_tus(view: View) -> View:
    """A view whose answers, refusals among them, have the headers of tus.

    OPTIONS is answered without a login: it says what the site can do, and nothing of anybody's.
    """

    @functools.wraps(view)
    def answer(request: Any, **url: Any) -> HttpResponseBase:
        if method := request.headers.get("X-HTTP-Method-Override"):
            request.method = method.upper()
        if request.method == "OPTIONS":
            response: HttpResponseBase = _answer(
                204, answers.capabilities(configuration.largest_job())
            )
        else:
            response = view(request, **url)
        if response.status_code >= _REFUSED:
            discard(request.META)
        for name, value in answers.ALWAYS.items():
            response[name] = value
        if reason := answers.REASONS.get(response.status_code):
            response.reason_phrase = reason
        return response

    return answer


@speaks_tus
@json_view("HEAD", "PATCH", "DELETE", streams=True)
def one_file(request: Any, caller: Caller, job: UUID, number: int) -> HttpResponse:
    """A file of an upload by tus 1.0.0: its offset, a chunk, its removal.

    Extensions: creation, termination, checksum (sha1, sha256, md5), expiration. HEAD and PATCH take
    the file over from a request that still receives it. A chunk with a wrong checksum is refused
    with 460, and nothing of it is stored.

    Returns:
        the headers Upload-Offset, Upload-Length and Upload-Expires, without a body
    """
    headers.check_version(request.headers)
    file = file_of(job, number, caller.user_id)
    if request.method == "HEAD":
        offset = receive_bytes.offset_of(file)
        return _answer(200, answers.position(offset, file.size, file.path, _expires(file)))
    if request.method == "PATCH":
        return _answer(204, answers.advanced(_append(request, file), file.size, _expires(file)))
    receive_bytes.remove(file)
    return _answer(204, {})


def create(request: Any, caller: Caller, job: UUID) -> HttpResponse:
    """The address of a declared file, for clients that begin with a creation.

    Args:
        request: with Upload-Length, and Upload-Metadata that names the file as `relativePath`.
        caller: whose upload it is.
        job: the upload.
    """
    headers.check_version(request.headers)
    size = headers.number(request.headers, "Upload-Length")
    about = headers.metadata(request.headers.get("Upload-Metadata", ""))
    file = declared(job, caller.user_id, about, size)
    if file.size == 0:
        receive_bytes.offset_of(file)
    where = reverse("omeroweb_upload_upload_file", args=[job, file.number])
    return _answer(201, answers.created(where, _expires(file)))


def _append(request: Any, file: StoredFile) -> int:
    headers.check_type(request.META.get("CONTENT_TYPE", ""))
    length = headers.content_length(request.META.get("CONTENT_LENGTH"))
    offset = headers.number(request.headers, "Upload-Offset")
    checksum = headers.checksum(request.headers.get("Upload-Checksum"))
    with arriving(request.META, length) as body:
        return receive_bytes.append(file, Chunk(offset, length, body, checksum))


def _expires(file: StoredFile) -> datetime:
    age = timedelta(seconds=configuration.cleanup_stale_age())
    return file.touched.astimezone(UTC) + age


def _answer(status: int, named: Mapping[str, str]) -> HttpResponse:
    response = HttpResponse(status=status, headers=dict(named))
    # A body of no bytes has no type.
    del response["Content-Type"]
    return private(response)
