"""Looks after all jobs from inside each worker, so that no further pod is needed.

It finds jobs whose worker gave no heartbeat, queued jobs whose message was lost (Redis keeps
nothing over a restart), and finished jobs that are old. Several workers may do it at once: each row
is taken by one of them. A job whose own process ended is told to it at once.
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Iterable
from queue import Empty, SimpleQueue
from typing import Final
from uuid import UUID

from omero_plugin_common import audit
from omero_plugin_common.database import check_writable
from omero_plugin_common.jobs import turns, upkeep
from omero_plugin_common.jobs.lost import LOST, Lost
from omero_plugin_common.jobs.store import JobStore

LOGGER: Final = logging.getLogger(__name__)
_CLEAN_EVERY: Final = 240
_STOP_SECONDS: Final = 1.0

Send = Callable[[UUID, str], None]
Tell = Callable[[Exception | None], None]


class Reaper:
    """One worker's look-out.

    Args:
        store: gives where jobs are; it may fail while the database is away.
        send: sends the message of a job to a queue; it may fail while Redis is away.
        seconds: between two looks; a little is added by chance, so that workers spread.
        lost: jobs whose process ended; each makes the next look come at once.
        tell: is told after each look what went wrong with it, or that nothing did.
    """

    def __init__(
        self,
        store: Callable[[], JobStore],
        send: Send,
        seconds: float,
        *,
        lost: SimpleQueue[Lost | None] = LOST,
        tell: Tell = lambda _: None,
    ) -> None:
        self._store = store
        self._send = send
        self._seconds = seconds
        self._lost = lost
        self._tell = tell
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="job-reaper", daemon=True)

    def start(self) -> None:
        """Look from now on, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more. A look that waits for a server is not waited for."""
        self._stop.set()
        self._lost.put(None)
        self._thread.join(_STOP_SECONDS)

    def _run(self) -> None:
        looks = 0
        ended: list[Lost] = []
        while True:
            ended += self._wait()
            if self._stop.is_set():
                return
            problem: Exception | None = None
            try:
                look(self._store(), self._send, ended)
                ended.clear()
                if looks % _CLEAN_EVERY == 0:
                    upkeep.delete_old(self._store())
                looks += 1
            except Exception as error:  # noqa: BLE001 - it must go on when Redis or database return
                LOGGER.warning("jobs could not be checked: %s", error)
                problem = error
            self._tell(problem)

    def _wait(self) -> list[Lost]:
        """Until the next look; what made it come sooner."""
        try:
            first = self._lost.get(timeout=self._seconds * random.uniform(0.8, 1.2))  # noqa: S311
        except Empty:
            return []
        return [] if first is None else [first]


def look(store: JobStore, send: Send, lost: Iterable[Lost] = ()) -> None:
    """One look: give away the jobs of dead workers, send the messages that are missing or due.

    Args:
        store: where jobs are.
        send: sends a message.
        lost: jobs whose process is known to have ended.

    Raises:
        psycopg2.Error: the database does not answer.
        Unavailable: it does not accept changes.
        Exception: what `send` raises; the jobs not sent then are sent at the next look.
    """
    check_writable(store.database)
    taken = [job for each in lost for job in upkeep.give_back(store, each)]
    for job in taken + upkeep.expire(store):
        LOGGER.warning("job %s (%s) lost its worker: %s", job.id, job.kind, job.state)
        if job.finished is not None:
            audit.record(job, job.kind, job.state)
    with store.database.transaction() as cursor:
        for job_id, queue in upkeep.take_unsent(store, cursor):
            send(job_id, queue)
    turns.call(store, send)
