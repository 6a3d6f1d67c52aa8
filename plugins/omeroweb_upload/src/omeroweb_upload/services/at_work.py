"""Whether a worker still has an upload that has ended."""

from __future__ import annotations

from omero_plugin_common.jobs.launch import job_store
from omeroweb_upload.store.uploads import Upload


def is_at_work(upload: Upload) -> bool:
    """Whether one of its jobs has not stopped yet, as for a while after it was cancelled."""
    for job_id in (upload.examine_job, upload.import_job):
        job = None if job_id is None else job_store().get(job_id)
        if job is not None and job.finished is None:
            return True
    return False
