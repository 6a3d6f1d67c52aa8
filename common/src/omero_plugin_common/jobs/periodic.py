"""Work that comes back, such as deleting what is old: by one worker of the platform at a time.

A worker that knows the plugin looks every few seconds whether some of it is due. While one does it,
a lock of PostgreSQL keeps the others out, and ends with its process.
"""

from __future__ import annotations

import logging
import threading
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from omero_plugin_common.database import Database

LOGGER: Final = logging.getLogger(__name__)
# First part of the locks' numbers; the second one is made from the name.
_LOCKS: Final = 0x0611A7
_STOP_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Periodic:
    """Work that comes back.

    Attributes:
        name: `<plugin>.<verb>`.
        seconds: between the end of one time and the next; nothing where this process cannot do it.
        work: does it.
    """

    name: str
    seconds: Callable[[], float | None]
    work: Callable[[], None]


_known: dict[str, Periodic] = {}


def periodic(
    name: str, seconds: Callable[[], float | None]
) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Make a function work that comes back, in the workers that load its module.

    Args:
        name: `<plugin>.<verb>` in small letters.
        seconds: called before each look; nothing where this process cannot do the work, for
            example because it does not have the volume.
    """

    def register(work: Callable[[], None]) -> Callable[[], None]:
        _known[name] = Periodic(name, seconds, work)
        return work

    return register


def known() -> list[Periodic]:
    """All that this process knows."""
    return list(_known.values())


def run_if_due(database: Database, each: Periodic) -> bool:
    """Do it if its time has come and nobody else does it now; whether it was done.

    Args:
        database: the plugin database.
        each: the work.

    Raises:
        psycopg2.Error: the database does not answer.
        Exception: what the work raises; it is due again at once.
    """
    seconds = each.seconds()
    if seconds is None:
        return False
    with database.transaction() as cursor:
        cursor.execute(
            "select pg_try_advisory_xact_lock(%s, %s) as free",
            (_LOCKS, zlib.crc32(each.name.encode()) - 2**31),
        )
        row = cursor.fetchone()
        if row is None or not row["free"]:
            return False
        cursor.execute(
            "select 1 from omero_plugin_periodic "
            "where name = %s and done > now() - %s * interval '1 second'",
            (each.name, seconds),
        )
        if cursor.fetchone() is not None:
            return False
        each.work()
        # `now()` is when the transaction began.
        cursor.execute(
            "insert into omero_plugin_periodic (name, done) values (%s, clock_timestamp()) "
            "on conflict (name) do update set done = excluded.done",
            (each.name,),
        )
        return True


class Periodicals:
    """One worker's look-out for work that is due.

    Args:
        database: gives the plugin database; it may fail while that is away.
        seconds: between two looks.
    """

    def __init__(self, database: Callable[[], Database], seconds: float) -> None:
        self._database = database
        self._seconds = seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="periodic-work", daemon=True)

    def start(self) -> None:
        """Look from now on, in a thread; not where no plugin has such work."""
        if known():
            self._thread.start()

    def stop(self) -> None:
        """Look no more. What is being done is not waited for."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(_STOP_SECONDS)

    def _run(self) -> None:
        while not self._stop.wait(self._seconds):
            for each in known():
                try:
                    run_if_due(self._database(), each)
                except Exception as error:  # noqa: BLE001 - it is due again at the next look
                    LOGGER.warning("%s could not be done: %s", each.name, error)
