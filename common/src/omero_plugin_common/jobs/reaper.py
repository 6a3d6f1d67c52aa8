"""Looks after all jobs from inside each worker, so that no further pod is needed.

It finds jobs whose worker gave no heartbeat, queued jobs whose message was lost (Redis keeps
nothing over a restart), and finished jobs that are old. Several workers may do it at once: each row
is taken by one of them.
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable
from typing import Final
from uuid import UUID

from omero_plugin_common import audit
from omero_plugin_common.jobs import upkeep
from omero_plugin_common.jobs.store import JobStore

LOGGER: Final = logging.getLogger(__name__)
_CLEAN_EVERY: Final = 240

Send = Callable[[UUID, str], None]


class Reaper:
    """One worker's look-out.

    Args:
        store: gives where jobs are; it may fail while the database is away.
        send: sends the message of a job to a queue; it may fail while Redis is away.
        seconds: between two looks; a little is added by chance, so that workers spread.
    """

    def __init__(self, store: Callable[[], JobStore], send: Send, seconds: float) -> None:
        self._store = store
        self._send = send
        self._seconds = seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="job-reaper", daemon=True)

    def start(self) -> None:
        """Look from now on, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        looks = 0
        while not self._stop.wait(self._seconds * random.uniform(0.8, 1.2)):  # noqa: S311
            try:
                look(self._store(), self._send)
                if looks % _CLEAN_EVERY == 0:
                    upkeep.delete_old(self._store())
                looks += 1
            except Exception as error:  # noqa: BLE001 - it must go on when Redis or database return
                LOGGER.warning("jobs could not be looked after: %s", error)


def look(store: JobStore, send: Send) -> None:
    """One look: give away the jobs of dead workers, send the messages that are missing.

    Raises:
        psycopg2.Error: the database does not answer.
        Exception: what `send` raises; the jobs not sent then are sent at the next look.
    """
    for job in upkeep.expire(store):
        LOGGER.warning("job %s (%s) lost its worker: %s", job.id, job.kind, job.state)
        if job.finished is not None:
            audit.record(job, job.kind, job.state)
    with store.database.transaction() as cursor:
        for job_id, queue in upkeep.take_unsent(store, cursor):
            send(job_id, queue)
