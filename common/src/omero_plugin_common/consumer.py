"""Celery's consumer, which waits for its queue as long as it takes.

Celery's own waits longer after each attempt, up to half a minute, gives up after a hundred, and
gives no sign of life meanwhile.
"""

from __future__ import annotations

import logging
import time
from typing import Any, Final

from celery.worker import consumer
from celery.worker.state import maybe_shutdown

from omero_plugin_common import heartbeat

LOGGER: Final = logging.getLogger(__name__)
RETRY_SECONDS: Final = 1
# A problem that stays is logged once a minute.
_SAY_EVERY: Final = 60.0
_LONGEST: Final = 500


class Consumer(consumer.Consumer):  # type: ignore[misc]
    """Tries again every second, ends when it is told to, and tells what it waits for."""

    _problem = ""
    _logged = ("", 0.0)

    def ensure_connected(self, conn: Any) -> Any:
        """Connect to Redis, however long it is away.

        Raises:
            celery.exceptions.WorkerShutdown: the worker was told to stop meanwhile.
        """
        connected = conn.ensure_connection(
            self._wait,
            None,
            interval_start=RETRY_SECONDS,
            interval_step=0,
            interval_max=RETRY_SECONDS,
            callback=self._between,
        )
        self.first_connection_attempt = False
        return connected

    def on_connection_error_before_connected(self, exc: Exception) -> None:
        """Redis answers, and refuses what the worker needs of it."""
        self._tell(exc)
        self._pause()

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        """The connection is lost, or Redis refuses something."""
        self._tell(exc)
        super().on_connection_error_after_connected(exc)
        self._pause()

    def _pause(self) -> None:
        """Celery tries again at once; a Redis that is full stays so for a while."""
        time.sleep(RETRY_SECONDS)
        maybe_shutdown()

    def _wait(self, error: Exception, _interval: float) -> None:
        """Called by kombu before it waits."""
        self._tell(error)

    def _between(self) -> None:
        """Called by kombu after an attempt and before each second of waiting."""
        maybe_shutdown()
        heartbeat.tell(self._problem or "it is connecting to its queue")

    def _tell(self, error: Exception) -> None:
        problem = " ".join(str(error).split())[:_LONGEST] or type(error).__name__
        heartbeat.tell(problem)
        self._problem = problem
        logged, when = self._logged
        now = time.monotonic()
        if problem != logged or now - when > _SAY_EVERY:
            self._logged = (problem, now)
            LOGGER.error("the worker cannot use its queue in Redis and tries again: %s", problem)
