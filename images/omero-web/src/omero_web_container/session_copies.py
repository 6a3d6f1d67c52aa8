"""Copies of sessions in the plugin database, encrypted, for the time after Redis has lost them.

Redis keeps nothing over a restart, removes sessions when its memory is needed, and may be full. One
thread of each process talks to the database: requests hand their copies over and do not wait, and
where they do wait it is not longer than `WAIT_SECONDS`, whatever has become of the database.

A copy is of no use to who reads the database: its content is encrypted with the plugin keys, its
name is a hash of the session's key. It needs no `reencrypt`: no copy lives longer than a session.
"""

from __future__ import annotations

import hashlib
import logging
import os
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import cache
from typing import Any, Final

import psycopg2

from omero_plugin_common import secret_box
from omero_plugin_common.database import Database, migrate
from omero_plugin_common.database.migrations import MigrationProblem
from omero_plugin_common.database.pool import Address
from omero_plugin_common.env_utils import get_optional_env
from omero_plugin_common.errors import Unavailable
from omero_plugin_common.secret_box import CannotDecrypt, SecretBox
from omero_web_container.sessions import image_version

LOGGER: Final = logging.getLogger(__name__)
PACKAGE: Final = "omero_web_container"
WAIT_SECONDS: Final = 3.0
# What could not be written is tried again after this time.
RETRY_SECONDS: Final = 5.0
# A node that restarts brings Redis back before the database. Who has no session in Redis waits this
# long for the database; later he logs in again, for he may never have had one.
PATIENCE_SECONDS: Final = 120.0
_CLEAN_SECONDS: Final = 3600.0
_PUT: Final = (
    "insert into omero_web_sessions (name, content, ends, version) "
    "values (%s, %s, to_timestamp(%s), %s) "
    "on conflict (name) do update set content = excluded.content, ends = excluded.ends"
)
_GET: Final = (
    "select content, extract(epoch from ends)::float as ends from omero_web_sessions "
    "where name = %s and ends > now()"
)

Row = tuple[str, float]


class CopiesAway(Exception):
    """The plugin database does not answer; whether it has the session is not known."""


class Copies:
    """The copies of one process.

    Args:
        database: the plugin database.
        box: the site's keys.
        version: of the image; another version's copies are never found.
    """

    def __init__(self, database: Database, box: SecretBox, version: str) -> None:
        self._database = database
        self._box = box
        self._version = version
        self._lock = threading.Lock()
        self._unwritten: dict[str, Row | None] = {}
        self._work: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]]] = queue.SimpleQueue()
        self._away_since: float | None = None
        self._ask_again = 0.0
        self._migrated = False
        self._clean_again = 0.0
        threading.Thread(target=self._run, name="session-copies", daemon=True).start()

    def put(self, key: str, text: str, ends: float) -> None:
        """Write a copy soon.

        Args:
            key: the session's.
            text: its content.
            ends: seconds since 1970.
        """
        self._hand_over(key, (self._box.encrypt(text), ends))

    def put_now(self, key: str, text: str, ends: float) -> None:
        """The same; on return it is written.

        Raises:
            CopiesAway: the database does not answer; it is written later.
        """
        self._hand_over(key, (self._box.encrypt(text), ends))
        self._ask(self._write)

    def delete(self, key: str) -> None:
        """Delete the copy soon."""
        self._hand_over(key, None)

    def get(self, key: str) -> Row | None:
        """The content of a copy and when it ends; nothing when there is none.

        Raises:
            CopiesAway: the database does not answer, and not for long yet.
        """
        name = self._name(key)
        with self._lock:
            if name in self._unwritten:
                return self._opened(self._unwritten[name])
        try:
            return self._opened(self._ask(lambda: self._read(name)))
        except CopiesAway:
            since = self._away_since
            if since is not None and time.monotonic() - since > PATIENCE_SECONDS:
                return None
            raise

    def _name(self, key: str) -> str:
        return hashlib.sha256(f"{self._version} {key}".encode()).hexdigest()

    def _opened(self, row: Row | None) -> Row | None:
        if row is None:
            return None
        try:
            return self._box.decrypt(row[0]), row[1]
        except CannotDecrypt:
            # The keys were replaced.
            return None

    def _hand_over(self, key: str, row: Row | None) -> None:
        with self._lock:
            self._unwritten[self._name(key)] = row
        self._work.put((Future(), self._write))

    def _ask(self, work: Callable[[], Any]) -> Any:
        """What the thread answers."""
        if time.monotonic() < self._ask_again:
            raise CopiesAway
        future: Future[Any] = Future()
        self._work.put((future, work))
        try:
            return future.result(WAIT_SECONDS)
        except TimeoutError as error:
            future.cancel()
            self._failed(error)
            raise CopiesAway from None
        except (psycopg2.Error, Unavailable, MigrationProblem) as error:
            raise CopiesAway from error

    # --- in the thread ---------------------------------------------------------------------------

    def _run(self) -> None:
        while True:
            try:
                future, work = self._work.get(timeout=RETRY_SECONDS if self._unwritten else None)
            except queue.Empty:
                future, work = Future(), self._write
            if not future.set_running_or_notify_cancel():
                continue
            try:
                answer = work()
            except Exception as error:  # noqa: BLE001 - the thread must go on; the caller gets it
                self._failed(error)
                future.set_exception(error)
            else:
                self._away_since, self._ask_again = None, 0.0
                future.set_result(answer)

    def _write(self) -> None:
        self._prepare()
        with self._lock:
            rows, self._unwritten = self._unwritten, {}
        if not rows:
            return
        try:
            with self._database.transaction() as cursor:
                for name, row in rows.items():
                    if row is None:
                        cursor.execute("delete from omero_web_sessions where name = %s", (name,))
                    else:
                        cursor.execute(_PUT, (name, *row, self._version))
                if time.monotonic() > self._clean_again:
                    cursor.execute("delete from omero_web_sessions where ends < now()")
                    self._clean_again = time.monotonic() + _CLEAN_SECONDS
        except BaseException:
            with self._lock:
                self._unwritten = rows | self._unwritten
            raise

    def _read(self, name: str) -> Row | None:
        self._prepare()
        with self._database.transaction() as cursor:
            cursor.execute(_GET, (name,))
            row = cursor.fetchone()
        return None if row is None else (row["content"], row["ends"])

    def _prepare(self) -> None:
        if not self._migrated:
            migrate(self._database, [PACKAGE])
            self._migrated = True

    def _failed(self, error: BaseException) -> None:
        now = time.monotonic()
        if self._away_since is None:
            self._away_since = now
            said = str(error).strip() or type(error).__name__
            LOGGER.warning(
                "copies of sessions are not stored until the plugin database is available: %s", said
            )
        self._ask_again = now + 1


def copies() -> Copies | None:
    """The copies of this process; nothing where there is no plugin database or no key.

    Raises:
        EnvironmentProblem: the OMP_DATA_… variables or the keys cannot be used.
    """
    if get_optional_env("OMP_DATA_HOST") is None or get_optional_env(secret_box.VARIABLE) is None:
        return None
    return _copies(os.getpid())


@cache
def _copies(_process: int) -> Copies:
    """A thread does not live on in a forked process, so each has its own."""
    database = Database(Address.from_environment(), size=1)
    return Copies(database, secret_box.default(), image_version())
