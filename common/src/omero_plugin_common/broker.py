"""Celery's application and its settings: the queue in Redis that web and worker share.

Broker and results live in Redis database 2, which Redis never evicts; the password is read from a
file and is in no argument. What only a worker does (`celery_app`) is not known here.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from omero_plugin_common.env_utils import get_int_env
from omero_plugin_common.redis_client import (
    QUEUE_DATABASE,
    redis_url,
    sentinel_urls,
    tls_settings,
)
from omero_plugin_common.redis_sentinel import Sentinels

if TYPE_CHECKING:
    from celery import Celery

# A message that a worker has taken and not acknowledged is given to another one after this time,
# also while its job runs: that one finds a job that is not waiting, and leaves it alone.
VISIBILITY_SECONDS: Final = 6 * 3600
_VISIBILITY: Final = "JOB_VISIBILITY_SECONDS"
RESULT_SECONDS: Final = 24 * 3600
# A Redis that does not answer is noticed after this time; the worker's main loop stands meanwhile.
CONNECT_SECONDS: Final = 2.0
ANSWER_SECONDS: Final = 2.0
# In the headers of a job's message: when it was sent, in seconds since 1970. The exporter reads it.
SENT_HEADER: Final = "omero_platform_sent"
# A connection on which nothing comes is tried this often.
CHECK_SECONDS: Final = 5


def make_app() -> Celery:
    """The application with its settings; reading them fails with the variable's name."""
    # Only where a message is sent or read: Celery loads a part of Django where that is installed.
    from celery import Celery

    tls = tls_settings()
    url, sentinel = _queue(tls)
    made = Celery(
        "omero_plugin_common", broker=url, backend=url, include=["omero_plugin_common.tasks"]
    )
    made.conf.update(
        # What `spec.worker.queues` lists unless a site says otherwise.
        task_default_queue="default",
        # JSON only: a message can never run code.
        accept_content=["json"],
        task_serializer="json",
        result_serializer="json",
        # Acknowledged when done, so a killed worker's task is not lost.
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        broker_transport_options={
            "visibility_timeout": get_int_env(_VISIBILITY, VISIBILITY_SECONDS, low=5, high=86_400),
            "socket_connect_timeout": CONNECT_SECONDS,
            "socket_timeout": ANSWER_SECONDS,
            "socket_keepalive": True,
            "health_check_interval": CHECK_SECONDS,
            **sentinel,
        },
        result_backend_transport_options=sentinel,
        redis_socket_connect_timeout=CONNECT_SECONDS,
        redis_socket_timeout=ANSWER_SECONDS,
        result_expires=RESULT_SECONDS,
        # By its name, since only a worker imports it. It waits for Redis, also for one that refuses
        # something, for example because it is full.
        worker_consumer="omero_plugin_common.consumer:Consumer",
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_channel_error_retry=True,
        **({"broker_use_ssl": tls, "redis_backend_use_ssl": tls} if tls else {}),
        worker_hijack_root_logger=False,
        enable_utc=True,
    )
    return made


def _queue(tls: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Where the queue is, and what kombu and Celery need beside that for Sentinels."""
    found = Sentinels.from_environment()
    if found is None:
        return redis_url(QUEUE_DATABASE), {}
    asked = found.settings(CONNECT_SECONDS, tls)
    options = {"master_name": found.master, "sentinel_kwargs": asked}
    return sentinel_urls(found, QUEUE_DATABASE), options


@cache
def app() -> Celery:
    """The application of this process."""
    return make_app()
