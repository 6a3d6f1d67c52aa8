"""Files of a script: the multipart form of the Docker edition, streamed to the staging volume."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.core.exceptions import TooManyFilesSent
from django.core.files.uploadhandler import FileUploadHandler, StopFutureHandlers
from django.http import HttpResponseBase, JsonResponse
from django.http.multipartparser import MultiPartParserError

from omero_plugin_common.errors import BadRequest, UnsupportedMediaType
from omero_plugin_common.web import Caller, json_view
from omero_plugin_common.web.answers import private
from omeroweb_upload.services import receive_form
from omeroweb_upload.transfer.tus.headers import content_length
from omeroweb_upload.views import tus

_FILES: Final = "files"
_PATHS: Final = "relative_paths"


class _Kept:
    """What Django lists of a file that is elsewhere already."""

    def close(self) -> None:
        """Nothing is open here."""


class _ToStaging(FileUploadHandler):  # type: ignore[misc]
    """Writes files as they arrive, instead of keeping them in memory or below /tmp first."""

    chunk_size = 512 * 1024

    def __init__(self, form: receive_form.Form) -> None:
        super().__init__()
        self._form = form

    def new_file(self, *args: Any, **more: Any) -> None:
        """A file begins; no handler after this one gets it."""
        super().new_file(*args, **more)
        if self.field_name != _FILES:
            raise BadRequest(f"Send files as `{_FILES}` of the form, not as `{self.field_name}`")
        self._form.begin(self.file_name)
        raise StopFutureHandlers

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """A piece of it."""
        del start
        self._form.write(raw_data)

    def file_complete(self, file_size: int) -> _Kept:
        """It has ended."""
        del file_size
        self._form.end()
        return _Kept()


@tus.speaks_tus
@json_view("POST", streams=True)
def to_upload(request: Any, caller: Caller, job: UUID) -> HttpResponseBase:
    """Files of an upload, in one of two ways.

    With the header Tus-Resumable it is a creation of tus: Upload-Length is the declared size, and
    Upload-Metadata has the declared path as `relativePath`; Location names the file's address. It
    is for clients that do not know the addresses from `files/`. OPTIONS says what of tus the site
    knows.

    Otherwise it is a form (multipart/form-data) with up to 100 files, each as `files`, and as many
    `relative_paths`, the declared paths in the same order; without any, names are paths. A file is
    stored when all of it has arrived and has the declared size. The status is 400 when one was not.

    Returns:
        {"ok", "saved": [paths], "errors", "error", "uploaded_bytes", "total_bytes", "ready"}
    """
    if "Tus-Resumable" in request.headers:
        return tus.create(request, caller, job)
    if request.content_type != "multipart/form-data":
        raise UnsupportedMediaType(
            "Send a form (multipart/form-data), or speak tus with the header Tus-Resumable"
        )
    length = content_length(request.META.get("CONTENT_LENGTH"))
    with receive_form.form(job, caller.user_id, length) as form:
        request.upload_handlers = [_ToStaging(form)]
        try:
            given = request.POST.getlist(_PATHS)
        except TooManyFilesSent:
            raise BadRequest("The form has more than 100 files: send several forms") from None
        except MultiPartParserError as error:
            raise BadRequest(f"The form cannot be read: {error}") from None
        answer = form.store(given)
    if answer["ok"]:
        return private(JsonResponse(answer))
    return private(JsonResponse(answer | {"code": "files_rejected"}, status=400))
