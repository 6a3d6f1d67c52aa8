"""Usage of OMERO's storage."""

from __future__ import annotations

from typing import Any

from omero_plugin_common.web import Caller, json_view
from omero_plugin_common.web.answers import csv_answer
from omeroweb_admin_tools.services import storage


@json_view("GET", admin=True)
def data(request: Any, caller: Caller) -> dict[str, Any]:
    """Usage by user, by group and by both, the largest first; free space; growth, what to do.

    A count is shown for five minutes; `?fresh=1` counts now.

    Returns:
        {"counted", "age_seconds", "new": whether this request counted, "totals":
        {"omero_binary_bytes", "free_bytes"}, "by_user":
        [{"id", "username", "full_name", "groups", "bytes"}, …], "by_group": [{"id", "group",
        "users", "permissions", "bytes", "bytes_per_day" or null}, …], "by_user_group": [{"id",
        "username", "group", "bytes"}, …], "growth": {"days": [{"day", "bytes"}, …],
        "bytes_per_day" or null, "days_left" or null}, "recommendations": [{"urgent", "words",
        "advice"}, …], what is urgent first}
    """
    return storage.data(caller.conn, fresh=request.GET.get("fresh") == "1")


@json_view("GET", admin=True)
def table(_request: Any, caller: Caller, view: str) -> Any:
    """One of the tables `users`, `groups` and `both`.

    Returns:
        CSV
    """
    lines = storage.csv_lines(caller.conn, view)
    return csv_answer(lines, f"omero-storage-{view}.csv")
