"""Exports in the words of the Docker edition's client."""

from __future__ import annotations

import time
from typing import Any, Final
from uuid import UUID

from omero_plugin_common.errors import BadRequest
from omero_plugin_common.jobs.model import iso
from omeroweb_imaris_connector import configuration
from omeroweb_imaris_connector.planning import states
from omeroweb_imaris_connector.services import show

# Before the ids of that edition's jobs; its clients look for it.
PREFIX: Final = "celery-"
_STATES: Final[dict[states.State, str]] = {
    "done": "FINISHED",
    "attaching": "FINISHED",
    "failed": "FAILED",
    "expired": "FAILED",
    "cancelled": "CANCELLED",
}
_LOOK_SECONDS: Final = 0.5


def capabilities() -> dict[str, Any]:
    """What this site can do, as that edition's client asks before it starts."""
    able = configuration.has_volume()
    return {
        "omero_ims_export_capability": "omero_imaris_connector_v1",
        "converters": {"OMERO": able, "Imaris": True},
        "omero_ims_export": able,
    }


def export_of(job: str) -> UUID:
    """The export that a job's id stands for.

    Raises:
        BadRequest: it is no such id.
    """
    try:
        return UUID(job.removeprefix(PREFIX))
    except ValueError:
        raise BadRequest("`job` is not the id of an export") from None


def wait(export: UUID, caller: Any) -> None:
    """Return when an export has ended, or at the site's limit.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    ends = time.monotonic() + configuration.sync_seconds()
    while time.monotonic() < ends:
        state, _ = show.state_of_all(show.one(export, caller))
        if state in _STATES:
            return
        time.sleep(_LOOK_SECONDS)


def is_done(export: UUID, caller: Any) -> bool:
    """Whether the file can be downloaded.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    return show.state_of_all(show.one(export, caller))[0] in ("done", "attaching")


def as_json(export: UUID, caller: Any, status_url: str, download_url: str) -> dict[str, Any]:
    """How far an export is.

    Args:
        export: which.
        caller: whose.
        status_url: where this is asked again.
        download_url: where its file is.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    listed = show.one(export, caller)
    told = show.as_json(listed, "")
    state, message = told["state"], told["message"]
    word = _STATES.get(state, "RUNNING")
    planes = told["planes"]
    answer: dict[str, Any] = {
        "job_id": f"{PREFIX}{export}",
        "state": word,
        "finished": word == "FINISHED",
        "failed": word in ("FAILED", "CANCELLED"),
        "status": message or state.replace("_", " "),
        "status_url": status_url,
        "planes": {"done": planes["done"], "total": planes["total"]},
        "created": iso(listed.export.created),
    }
    if word == "FINISHED":
        answer["download_url"] = download_url
        answer["file_name"] = told["files"][0]["file_name"]
    if answer["failed"]:
        answer["error"] = message or f"The export is {state}"
    return answer
