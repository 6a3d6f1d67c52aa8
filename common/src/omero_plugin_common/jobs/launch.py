"""Starting a job from a request."""

from __future__ import annotations

import json
import logging
import time
from functools import cache
from typing import Any, Final
from uuid import UUID

import kombu.exceptions
import redis
from pydantic import BaseModel, ValidationError

from omero_plugin_common import broker, database, plugin_packages
from omero_plugin_common.errors import BadRequest
from omero_plugin_common.jobs import turns
from omero_plugin_common.jobs.model import Job
from omero_plugin_common.jobs.registry import kind_of
from omero_plugin_common.jobs.store import JobStore, Owner
from omero_plugin_common.jobs.timing import Timing

LOGGER: Final = logging.getLogger(__name__)
TASK: Final = "omero_plugin_common.run_job"


def start(
    request: Any,
    kind: str,
    parameters: dict[str, Any] | BaseModel | None = None,
    *,
    group_id: int | None = None,
    once: str | None = None,
    repeatable: bool = False,
    about: str = "",
) -> Job:
    """Start a job for the user of a request. It runs on when the user logs out.

    Args:
        request: of a `json_view`, whose caller becomes the owner.
        kind: name of the job, as in `@job`.
        parameters: what the function gets; checked by the kind's model.
        group_id: the group to work in, usually the objects' own; the active one when not given.
        once: what was clicked, such as the id of a preview. Starting a job of this kind with the
            same text again starts nothing, unless the first one failed or was cancelled.
        repeatable: with `once`, it can be started again when the first one is done, too.
        about: what it works on, in words for its user: `Screening May / Plate 1 · 30 images`.

    Returns:
        The queued job, or the one that was started before; answer with its `as_json()`.

    Raises:
        UnknownKind: no plugin has such a job.
        BadRequest: the parameters do not fit.
        psycopg2.Error, Unavailable: the plugin database does not answer; nothing was started.
    """
    caller = request.omero_caller
    owner = Owner(
        user_id=caller.user_id,
        user_name=caller.user_name,
        group_id=caller.group_id if group_id is None else group_id,
        request_id=caller.request_id,
    )
    job = enqueue(kind, owner, parameters, once, repeatable=repeatable, about=about)
    request.audit.add("job", [str(job.id)])
    return job


def enqueue(
    kind: str,
    owner: Owner,
    parameters: dict[str, Any] | BaseModel | None = None,
    once: str | None = None,
    *,
    repeatable: bool = False,
    about: str = "",
) -> Job:
    """Start a job for somebody, from anywhere. Arguments and errors as `start`."""
    declared = kind_of(kind)
    if isinstance(parameters, BaseModel):
        parameters = parameters.model_dump(mode="json")
    if declared.parameters is not None:
        try:
            declared.parameters.model_validate_json(json.dumps(parameters or {}))
        except ValidationError as error:
            fields = ", ".join(".".join(map(str, each["loc"])) for each in error.errors())
            raise BadRequest(f"The job's parameters are invalid: {fields}") from None
    store = job_store()
    job = store.create(declared, owner, parameters or {}, once, repeatable=repeatable, about=about)
    # A message more for a job that was started before does nothing.
    try:
        send(job.id, job.queue)
    except (kombu.exceptions.OperationalError, redis.RedisError) as error:
        # The job is safe in the database; a worker sends its message when Redis is back.
        LOGGER.warning("the message of job %s is not sent yet: %s", job.id, type(error).__name__)
        store.not_sent(job.id)
    return job


def send(job_id: UUID, queue: str) -> None:
    """Put a job's message into a queue, once, without waiting for Redis to come back.

    Raises:
        kombu.exceptions.OperationalError: Redis does not answer.
    """
    broker.app().send_task(
        TASK,
        (str(job_id),),
        queue=queue,
        retry=False,
        ignore_result=True,
        # Celery's own messages do not say since when they wait.
        headers={broker.SENT_HEADER: time.time()},
    )


def call_waiting(store: JobStore) -> None:
    """Send the messages of jobs that waited for others and may go on.

    Raises:
        psycopg2.Error, Unavailable: the plugin database does not answer; the reaper does it later.
    """
    try:
        turns.call(store, send)
    except (kombu.exceptions.OperationalError, redis.RedisError) as error:
        LOGGER.warning("waiting jobs are not called yet: %s", type(error).__name__)


def job_store() -> JobStore:
    """The platform's jobs, with their tables up to date.

    Raises:
        EnvironmentProblem: the OMP_DATA_… or JOB_… variables cannot be used.
        psycopg2.OperationalError: the database does not answer.
    """
    plugin_packages.migrate_once()
    return _store()


@cache
def _store() -> JobStore:
    return JobStore(database.default(), Timing.from_environment())
