"""One attempt at a job, from taking it to its end."""

from __future__ import annotations

import logging
import os
from typing import Any, Final
from uuid import UUID

from omero_plugin_common import audit, database, metrics
from omero_plugin_common.errors import ApiError, Internal, Unavailable
from omero_plugin_common.jobs.context import JobCancelled, JobContext, JobWaits, LeaseLost
from omero_plugin_common.jobs.lost import worker_name
from omero_plugin_common.jobs.model import Job, State
from omero_plugin_common.jobs.registry import UnknownKind, kind_of
from omero_plugin_common.jobs.store import JobStore

LOGGER: Final = logging.getLogger(__name__)


def run(job_id: UUID, store: JobStore, worker: str | None = None) -> State | None:
    """Take a job and work on it.

    Args:
        job_id: from the message; a job that is not queued is left alone.
        store: where jobs are.
        worker: the name of this worker, for the log.

    Returns:
        The state in which the job was left; nothing when it was not taken, or taken away.
    """
    job = store.claim(job_id, worker or worker_name(os.getpid()))
    if job is None:
        LOGGER.info("job %s is not waiting: nothing to do", job_id)
        return None
    LOGGER.info("job %s (%s), attempt %d", job.id, job.kind, job.attempt)
    context = JobContext(job, store)
    try:
        with context.kept_alive():
            state = _attempt(context)
    except LeaseLost:
        LOGGER.warning("job %s: the lease is lost, another worker continues", job.id)
        return None
    LOGGER.info("job %s (%s): %s", job.id, job.kind, state)
    if state not in (None, "queued"):
        metrics.JOBS_FINISHED.labels(job.kind, state).inc()
        audit.record(job, job.kind, str(state), _objects(job))
    return state


def _attempt(context: JobContext) -> State | None:
    """Call the function and store how it ended."""
    try:
        result = kind_of(context.job.kind).work(context)
    except LeaseLost:
        raise
    except JobWaits as waits:
        LOGGER.info("job %s: %s", context.job.id, waits.message)
        return context.wait(waits)
    except JobCancelled:
        if context.cancelled:
            return _end(context, "cancelled")
        return _end(context, "failed", error=("The job stopped by itself", "stopped"))
    except Exception as error:
        # The boundary: a fault of a plugin ends its job and nothing else.
        problem = _problem(error, context.job)
        if isinstance(problem, Unavailable):
            LOGGER.warning("job %s: %s", context.job.id, problem)
            context.log(f"{problem} (attempt {context.attempt})", "warning")
            return context.retry(problem)
        if isinstance(problem, Internal):
            LOGGER.exception("job %s failed", context.job.id)
        return _end(context, "failed", error=(problem.message, problem.code))
    try:
        return _end(context, "done", result=result)
    except (TypeError, ValueError) as error:
        LOGGER.error("job %s: its result is not JSON: %s", context.job.id, error)
        return _end(context, "failed", error=("The job's result cannot be stored", "bad_result"))


def _end(context: JobContext, state: State, **how: Any) -> State:
    if not context.finish(state, **how):
        raise LeaseLost
    return state


def _problem(error: Exception, job: Job) -> ApiError:
    """What ended the function; `Unavailable` may pass by itself."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, UnknownKind):
        # While pods are replaced, an older worker may get a newer plugin's job.
        return Unavailable(str(error), code="unknown_kind")
    if isinstance(error, database.AWAY):
        return Unavailable("The plugin database does not answer", code="database_away")
    from omero_plugin_common.omero_errors import is_transient, omero_error

    known = omero_error(error)
    if known is None:
        return Internal(
            f"The job failed unexpectedly. The log has the details under reference {job.id}"
        )
    return Unavailable(known.message, code=known.code) if is_transient(error) else known


def _objects(job: Job) -> audit.Objects:
    objects = audit.Objects()
    objects.add("job", [str(job.id)])
    return objects
