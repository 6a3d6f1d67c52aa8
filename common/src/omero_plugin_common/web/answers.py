"""Files as answers: CSV, and any other content for the browser to save."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Final, TypeVar

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

# It tells spreadsheets that the text is UTF-8.
_BYTE_ORDER_MARK: Final = "\ufeff"
Response = TypeVar("Response", bound=HttpResponseBase)


def csv_answer(lines: Iterable[str], name: str) -> HttpResponse:
    """A CSV file.

    Args:
        lines: its lines, as `spreadsheet.lines` gives them. They are read before this returns: the
            connection to OMERO is closed after the view.
        name: of the file; ASCII without quotation marks.
    """
    return file_answer(_BYTE_ORDER_MARK + "".join(lines), name, "text/csv; charset=utf-8")


def csv_stream(lines: Iterable[str], name: str) -> StreamingHttpResponse:
    """A CSV file that is sent while it is made, so that it may be larger than the memory.

    Args:
        lines: its lines, or several in one; they are read after the view, without its connection to
            OMERO.
        name: of the file; ASCII without quotation marks.
    """
    content = (each.encode() for each in chain([_BYTE_ORDER_MARK], lines))
    response = StreamingHttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return private(response)


def file_answer(content: str | bytes, name: str, content_type: str) -> HttpResponse:
    """A file for the browser to save, which no cache may store.

    Args:
        content: of the file.
        name: under which it is saved; ASCII without quotation marks.
        content_type: such as `text/csv; charset=utf-8`.
    """
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return private(response)


def private(response: Response) -> Response:
    """The response, which no cache may store and whose type no browser may guess."""
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
