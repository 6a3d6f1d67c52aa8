"""Values for images from a CSV file, and the preview as one."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.http import StreamingHttpResponse

from omero_plugin_common.request_utils import number_from_query
from omero_plugin_common.web import Caller, json_view
from omero_plugin_common.web.answers import csv_stream
from omeroweb_omp_plugin.planning.values_file import MOST_COLUMNS
from omeroweb_omp_plugin.services import preview as previewing
from omeroweb_omp_plugin.services import values_from_file

_LARGEST_FILE_BYTES: Final = 50_000_000


@json_view("POST", file="values", limit=_LARGEST_FILE_BYTES)
def check(request: Any, caller: Caller, values: Any, preview: UUID) -> dict[str, Any]:
    """Which rows of a table are for which images; `?column=` has names or wells, from 0.

    Returns:
        {"columns", "column", "by": "name" or "well" or "id", "keys", "leftOut", "rows", "matched",
        "several", "strangers": [text, …], "images", "without", "withoutNames", "conflicts",
        "changing", "values"}
    """
    column = _column(request)
    found = values_from_file.check(caller.conn, caller.user_id, preview, values.read(), column)
    return found.as_json()


@json_view("POST", file="values", limit=_LARGEST_FILE_BYTES)
def take(request: Any, caller: Caller, values: Any, preview: UUID) -> dict[str, Any]:
    """A new preview with the values of a table, as if they were typed; `?column=` as above.

    Returns:
        preview
    """
    column = _column(request)
    made = values_from_file.take(caller.conn, caller.user_id, preview, values.read(), column)
    return previewing.as_json(made)


@json_view("GET")
def download(_request: Any, caller: Caller, preview: UUID) -> StreamingHttpResponse:
    """A preview as a table; the same file can be sent back with other values.

    Returns:
        CSV
    """
    lines = values_from_file.as_csv(caller.user_id, preview)
    return csv_stream(lines, f"values-{preview}.csv")


def _column(request: Any) -> int | None:
    if not request.GET.get("column"):
        return None
    return number_from_query(request, "column", most=MOST_COLUMNS - 1)
