"""A user's uploads, their reports, and importing again what failed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from omero_plugin_common.web import Caller, json_view
from omero_plugin_common.web.answers import csv_stream
from omeroweb_upload.services import history, show_upload
from omeroweb_upload.views.uploads import LIMIT, addresses


@json_view("GET")
def jobs(request: Any, caller: Caller) -> dict[str, Any]:
    """One's own uploads: all that have not ended, and a page of those that have, the newest first.

    `?before=` is `next` of the page before; then only the history is listed.

    Returns:
        {"running": [upload, …], "history": [upload, …], "next": text or null}; each upload with
        {"title", "can_replay"}, and its addresses
    """
    before = request.GET.get("before", "")
    ended, following = history.ended(caller.user_id, before)
    return {
        "running": [] if before else _with_addresses(history.running(caller.user_id)),
        "history": _with_addresses(ended),
        "next": following,
    }


@json_view("GET")
def report(_request: Any, caller: Caller, job: UUID) -> Any:
    """The report of an upload: a line for each file, with its SHA-1 on the way and its images.

    Returns:
        CSV
    """
    return csv_stream(history.report_lines(job, caller.user_id), f"upload-{job}.csv")


@json_view("POST", rate_limit=LIMIT, action="upload.replay")
def again(request: Any, caller: Caller, job: UUID) -> dict[str, Any]:
    """Import what failed once more, with the same settings.

    The same upload goes on while its files are on the site; else the answer is a new upload, in the
    state `uploading`, of the files that have to be sent again.

    Returns:
        upload, and its addresses
    """
    upload = history.replay(request, caller, job)
    return show_upload.as_json(upload) | addresses(upload.id)


def _with_addresses(uploads: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each | addresses(UUID(each["job_id"])) for each in uploads]
