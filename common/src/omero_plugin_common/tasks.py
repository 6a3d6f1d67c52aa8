"""Celery's entry points: they parse the message and call what does the work."""

from __future__ import annotations

import os
from uuid import UUID

from celery import shared_task

from omero_plugin_common.jobs.launch import TASK, job_store
from omero_plugin_common.jobs.runner import run


@shared_task(name="omero_plugin_common.ping")
def ping() -> dict[str, str]:
    """Shows that broker, worker and results work together."""
    return {"answer": "pong", "worker": os.environ.get("HOSTNAME", "")}


@shared_task(name=TASK, ignore_result=True)
def run_job(job_id: str) -> None:
    """Work on a job.

    A message that fails here is not sent again by Celery: the job is still queued in the database,
    and its message is sent again from there.
    """
    run(UUID(job_id), job_store())
