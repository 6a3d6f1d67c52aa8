"""The worker's Celery application: `celery -A omero_plugin_common.celery_app worker`."""

from __future__ import annotations

import logging
from typing import Any, Final

from celery import Celery, signals

from omero_plugin_common import broker, heartbeat, session_ids, worker_steps


def with_steps(application: Celery) -> Celery:
    """The application with what a worker does besides its tasks."""
    application.steps["worker"].add(heartbeat.Heartbeat)
    application.steps["consumer"].add(heartbeat.Consuming)
    application.steps["worker"].add(worker_steps.Jobs)
    return application


def _keep_session_ids_out(logger: logging.Logger | None = None, **_given: Any) -> None:
    """Celery has set up its logging, or a task's: no session id gets into it."""
    logging.getLogger(session_ids.GATEWAY_LOGGER).setLevel(logging.WARNING)
    for each in (logging.getLogger(), logger):
        if each is not None:
            session_ids.shorten_in(each)


signals.after_setup_logger.connect(_keep_session_ids_out)
signals.after_setup_task_logger.connect(_keep_session_ids_out)

app: Final = with_steps(broker.app())
