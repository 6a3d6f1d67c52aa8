"""An upload follows what became of its files, and the worker's job that has it.

When all files have arrived, they are read. When the job ended without saying so, the upload ends
too: a job that fails in its last attempt, is cancelled, or loses its worker for good says
nothing to the upload. Whoever looks at the upload afterwards does.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from omero_plugin_common.jobs import Job
from omero_plugin_common.jobs.launch import job_store
from omeroweb_upload.services.transfer_complete import transfer_complete
from omeroweb_upload.store import uploads
from omeroweb_upload.store.uploads import WORKED_ON, State, Upload

# A process that was killed between both leaves an upload that no job has.
_UNTIL_IT_HAS_A_JOB: Final = timedelta(minutes=1)
_DELETED: Final = "The worker's job was deleted before it ended; try again"
_NOT_STARTED: Final = "The worker's job could not be started; try again"


def settled(upload: Upload) -> Upload:
    """The upload as it is, once what its worker's job became is known.

    Args:
        upload: as it was read.
    """
    if upload.state == "uploading":
        # Where the request with the last byte could not say so.
        return transfer_complete(upload.id) or upload
    if upload.state not in WORKED_ON:
        return upload
    job_id = worker_job(upload)
    if job_id is not None:
        message = _ended_with(job_store().get(job_id))
    else:
        late = datetime.now(UTC) - upload.touched > _UNTIL_IT_HAS_A_JOB
        message = _NOT_STARTED if late else None
    if message is None:
        return upload
    state: State = "cancelled" if message == "" else "error"
    # What the job itself has said meanwhile stays.
    moved = uploads.move(upload.id, [upload.state], state, message=message)
    return moved or uploads.by_id(upload.id) or upload


def worker_job(upload: Upload) -> UUID | None:
    """The worker's job that has it now."""
    return {"checking": upload.examine_job, "importing": upload.import_job}.get(upload.state)


def _ended_with(job: Job | None) -> str | None:
    """Why the job ended; nothing while it runs, and empty text when it was cancelled."""
    if job is None:
        return _DELETED
    if job.finished is None:
        return None
    if job.state == "cancelled":
        return ""
    return job.error_text or _DELETED
