"""The way of a message to a Celery worker and of its result back."""

from __future__ import annotations

from typing import Any, Final

import celery.exceptions
import kombu.exceptions
import redis

from omero_plugin_common.broker import app
from omero_plugin_common.redis_client import QUEUE_DATABASE, connection
from omeroweb_admin_tools.doctor.model import Found, failed, ok

_CONNECT_SECONDS: Final = 2.0
_PING: Final = "omero_plugin_common.ping"
_LOST: Final = (
    celery.exceptions.CeleryError,
    kombu.exceptions.KombuError,
    redis.RedisError,
)


def round_trip(seconds: float) -> Found:
    """Send a message, and wait for the worker's answer.

    Args:
        seconds: to wait for it. A message that nobody took by then expires.
    """
    try:
        # Celery would try again for twenty seconds, and then be of no use to this process.
        connection(QUEUE_DATABASE, _CONNECT_SECONDS).ping()
        sent: Any = app().send_task(_PING, expires=seconds, retry=False)
    except (kombu.exceptions.OperationalError, redis.RedisError) as error:
        return _no_queue(error)
    try:
        answer = sent.get(timeout=seconds)
    except celery.exceptions.TimeoutError:
        return failed(
            f"No worker answered within {seconds:g} s",
            "No worker runs, or each of them is busy with jobs: see the worker pods, their "
            "readiness and the queue. More can run with spec.worker.replicas and concurrency",
        )
    except (*_LOST, RuntimeError) as error:
        # The last one is Celery's, when it has tried again often enough.
        return _no_queue(error)
    finally:
        _forget(sent)
    return ok(f"The worker {str(answer.get('worker') or 'without a name')[:200]} answered")


def _forget(sent: Any) -> None:
    """Its result is of no use any more; it would expire by itself."""
    try:
        sent.forget()
    except redis.RedisError:
        return


def _no_queue(error: Exception) -> Found:
    return failed(
        f"The queue in Redis cannot be used: {type(error).__name__}", "See the checks of Redis"
    )
