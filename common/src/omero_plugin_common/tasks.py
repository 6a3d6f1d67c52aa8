"""Celery's entry points: they parse the message and call what does the work."""

from __future__ import annotations

import logging
import os
from typing import Final
from uuid import UUID

from celery import Task, shared_task

from omero_plugin_common import database
from omero_plugin_common.jobs.launch import TASK, call_waiting, job_store
from omero_plugin_common.jobs.runner import run

LOGGER: Final = logging.getLogger(__name__)


class JobTask(Task):  # type: ignore[misc]
    """A task whose lost process is noticed; see https://docs.celeryq.dev, "Requests"."""

    # By its name: only a worker imports what it needs.
    Request = "omero_plugin_common.job_request:JobRequest"


@shared_task(name="omero_plugin_common.ping")
def ping() -> dict[str, str]:
    """Shows that broker, worker and results work together."""
    return {"answer": "pong", "worker": os.environ.get("HOSTNAME", "")}


@shared_task(name=TASK, base=JobTask, ignore_result=True)
def run_job(job_id: str) -> None:
    """Work on a job.

    A message that fails here is not sent again by Celery: the job is still queued in the database,
    and its message is sent again from there.
    """
    try:
        store = job_store()
        run(UUID(job_id), store)
        # Those that waited for this job, and itself, if it waits for one that has just ended.
        call_waiting(store)
    except database.AWAY as error:
        LOGGER.warning("job %s waits for the plugin database: %s", job_id, error)
