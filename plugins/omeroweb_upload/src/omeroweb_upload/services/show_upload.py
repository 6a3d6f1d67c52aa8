"""An upload as pages and scripts get it."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from omero_plugin_common.jobs.launch import job_store
from omero_plugin_common.jobs.model import iso
from omeroweb_upload.services.settle import settled, worker_job
from omeroweb_upload.store import uploads
from omeroweb_upload.store.uploads import Totals, Upload

# Scripts for the Docker edition ask for these words.
_COMPATIBILITY: Final = {"checking": "checking", "awaiting_confirmation": "incompatible"}
_NAMED: Final = 100


def show(job: UUID, user_id: int) -> dict[str, Any]:
    """An upload of a user.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    return as_json(settled(uploads.load(job, user_id)))


def as_json(upload: Upload) -> dict[str, Any]:
    """How far an upload is, with the card of the worker's job that has it."""
    totals = uploads.totals(upload.id)
    problems = uploads.problems(upload.id, _NAMED)
    shown = {
        "ok": True,
        "job_id": str(upload.id),
        "status": upload.state,
        "message": upload.message,
        "file_count": upload.file_count,
        "files": totals.files,
        "total_bytes": totals.sent,
        "uploaded_bytes": totals.received,
        "imported_bytes": totals.imported,
        "created": iso(upload.created),
        "finished": iso(upload.finished),
        "staged": upload.cleared is None,
        "target": upload.settings.target.model_dump(mode="json", exclude_defaults=True),
        "settings": upload.settings.settings.model_dump(mode="json", exclude_defaults=True),
        "job": _worker_card(worker_job(upload)),
        "can_retry": can_be_tried_again(upload, totals),
    }
    return shown | _older_names(upload, problems)


def can_be_tried_again(upload: Upload, totals: Totals) -> bool:
    """Whether something failed whose files are still there."""
    if upload.cleared is not None or upload.state not in ("error", "cancelled"):
        return False
    return any(totals.files.get(state) for state in ("failed", "uploaded"))


def _worker_card(job: UUID | None) -> dict[str, Any] | None:
    found = None if job is None else job_store().get(job)
    return None if found is None else found.as_json()


def _older_names(upload: Upload, problems: list[str]) -> dict[str, Any]:
    """Fields that scripts for the Docker edition read."""
    waits = upload.state == "awaiting_confirmation"
    errors = [upload.message, *problems] if upload.message else problems
    return {
        "errors": errors,
        "messages": [],
        "compatibility_enabled": True,
        "compatibility_status": _COMPATIBILITY.get(upload.state, "compatible")
        if upload.state != "uploading"
        else "pending",
        "incompatible_files": problems if waits else [],
        "confirmation_required": waits,
    }
