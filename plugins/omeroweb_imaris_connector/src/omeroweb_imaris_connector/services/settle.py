"""A file follows the worker's job that writes it.

A job that fails in its last attempt, is cancelled, or loses its worker each time says nothing to
its file. Whoever looks at the file afterwards does.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from omero_plugin_common.jobs import Job
from omero_plugin_common.jobs.launch import job_store
from omeroweb_imaris_connector.planning import states
from omeroweb_imaris_connector.store import files
from omeroweb_imaris_connector.store.files import File

# A process that was killed between both leaves a file that no job has.
_UNTIL_IT_HAS_A_JOB: Final = timedelta(minutes=1)


def settle(file: File, job: Job | None) -> bool:
    """End a file whose job has ended; whether it was ended.

    Args:
        file: as it was read.
        job: the one that writes it, if there is one.
    """
    if file.state != "writing":
        return False
    if file.job is None and datetime.now(UTC) - file.created < _UNTIL_IT_HAS_A_JOB:
        return False
    ended = states.ended_with(job_now(job), has_job=file.job is not None)
    # What the job itself has said meanwhile stays.
    return ended is not None and files.end(file.id, *ended)


def settle_images(image_ids: Sequence[int] | None) -> None:
    """End the files of images, or all, whose jobs have ended."""
    for file in files.writing(image_ids):
        settle(file, job_store().get(file.job) if file.job is not None else None)


def job_now(job: Job | None) -> states.JobNow:
    """What of a job decides about a state."""
    if job is None:
        return states.JobNow()
    # Where a worker gives no sign of life, it says so itself.
    message = str(job.as_json()["message"])
    return states.JobNow(job.state, message, job.error_text or "")
