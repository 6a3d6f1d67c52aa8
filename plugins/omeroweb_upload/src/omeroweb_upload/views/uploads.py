"""Declaring an upload, looking at it, and what its user does to it."""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

from django.urls import reverse
from pydantic import Field

from omero_plugin_common.body import Body
from omero_plugin_common.rate_limit import RateLimiter
from omero_plugin_common.request_utils import number_from_query
from omero_plugin_common.web import Caller, json_view
from omeroweb_upload.planning.settings import Sha1, StartBody
from omeroweb_upload.services import change_upload, list_files, show_upload
from omeroweb_upload.services.start_upload import start_upload

# A hundred thousand files with long paths.
_LARGEST_LIST: Final = 60_000_000
LIMIT: Final = RateLimiter("upload")


class Keep(Body):
    """Paths of the files that stay."""

    keep_paths: Annotated[tuple[str, ...], Field(strict=False)]


class Sums(Body):
    """SHA-1 that the browser computed of files, by their numbers."""

    sums: Annotated[dict[Annotated[int, Field(strict=False, ge=0)], Sha1], Field(max_length=10_000)]


@json_view("POST", body=StartBody, limit=_LARGEST_LIST, rate_limit=LIMIT, action="upload.start")
def start(request: Any, caller: Caller, body: StartBody) -> dict[str, Any]:
    """Declare an upload: its files, where its images go, and how they are imported.

    Returns:
        upload, and the addresses of what follows: {"upload_url", "import_step_url", "status_url",
        "confirm_url", "prune_url", "cancel_url", "retry_url", "files_url", "units_url", "sums_url"}
    """
    upload = start_upload(request, caller, body)
    return show_upload.as_json(upload) | addresses(upload.id)


@json_view("GET", "POST")
def status(_request: Any, caller: Caller, job: UUID) -> dict[str, Any]:
    """How far an upload is.

    Returns:
        upload
    """
    return show_upload.show(job, caller.user_id) | addresses(job)


@json_view("GET")
def files(request: Any, caller: Caller, job: UUID) -> dict[str, Any]:
    """At most 1000 files of an upload, from the number `?after=` on.

    Returns:
        {"files": [{"number", "path", "size", "modified", "role", "state", "received", "sha1",
        "unit", "message", "url"}, …], "next": N or null}
    """
    upload = change_upload.own(job, caller.user_id)
    listed = list_files.files(upload.id, number_from_query(request, "after"))
    for each in listed["files"]:
        each["url"] = reverse("omeroweb_upload_upload_file", args=[job, each["number"]])
    return listed


@json_view("GET")
def units(request: Any, caller: Caller, job: UUID) -> dict[str, Any]:
    """At most 1000 units of an upload: what is imported together, as Bio-Formats reads it.

    Returns:
        {"units": [{"number", "path", "format", "reader", "images", "plate", "files", "state",
        "objects", "message"}, …], "next": N or null}
    """
    upload = change_upload.own(job, caller.user_id)
    return list_files.units(upload.id, number_from_query(request, "after"))


@json_view("POST", body=Sums, limit=2_000_000)
def sums(_request: Any, caller: Caller, body: Sums, job: UUID) -> dict[str, Any]:
    """Store the SHA-1 that the browser computed of files; one that is stored stays.

    Returns:
        {"stored"}
    """
    upload = change_upload.own(job, caller.user_id)
    return {"stored": change_upload.store_sums(upload, body.sums)}


@json_view("POST", action="upload.confirm")
def confirm(_request: Any, caller: Caller, job: UUID) -> dict[str, Any]:
    """Import what was found in the files. Doing it again is no error.

    Returns:
        upload
    """
    upload = change_upload.own(job, caller.user_id)
    return show_upload.as_json(change_upload.confirm(upload, caller.request_id))


@json_view("POST", action="upload.import")
def import_step(_request: Any, caller: Caller, job: UUID) -> dict[str, Any]:
    """Import the files if they are ready, for scripts of the Docker edition; else how far it is.

    Returns:
        upload, and {"done"}
    """
    upload = change_upload.own(job, caller.user_id)
    if upload.state == "ready":
        upload = change_upload.confirm(upload, caller.request_id)
    return show_upload.as_json(upload) | {"done": upload.state in ("done", "error")}


@json_view("POST", body=Keep, limit=_LARGEST_LIST, action="upload.prune")
def prune(_request: Any, caller: Caller, body: Keep, job: UUID) -> dict[str, Any]:
    """Take files out before the import: those that are not named.

    Returns:
        upload
    """
    upload = change_upload.own(job, caller.user_id)
    return show_upload.as_json(change_upload.prune(upload, body.keep_paths, caller.request_id))


@json_view("POST", action="upload.cancel")
def cancel(_request: Any, caller: Caller, job: UUID) -> dict[str, Any]:
    """End an upload. What is in OMERO stays; the files that were sent are deleted.

    Returns:
        upload
    """
    return show_upload.as_json(change_upload.cancel(change_upload.own(job, caller.user_id)))


@json_view("POST", action="upload.retry")
def retry(_request: Any, caller: Caller, job: UUID) -> dict[str, Any]:
    """Try again what failed.

    Returns:
        upload
    """
    upload = change_upload.own(job, caller.user_id)
    return show_upload.as_json(change_upload.try_again(upload, caller.request_id))


def addresses(job: UUID) -> dict[str, str]:
    """Where the routes of an upload are, under the names of the Docker edition."""
    names = {
        "upload_url": "upload",
        "import_step_url": "import",
        "status_url": "status",
        "confirm_url": "confirm",
        "prune_url": "prune",
        "cancel_url": "cancel",
        "retry_url": "retry",
        "files_url": "files",
        "units_url": "units",
        "sums_url": "sums",
    }
    return {key: reverse(f"omeroweb_upload_{name}", args=[job]) for key, name in names.items()}
