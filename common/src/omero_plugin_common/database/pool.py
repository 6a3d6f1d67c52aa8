"""Connections to the plugin database, shared by the threads of a process.

A connection that PostgreSQL closed while it lay in the pool is replaced before it is used, so the
first request after a restart of the database works. What was going on during the restart fails with
`psycopg2.OperationalError`, and its connection is thrown away. What a database refuses because it
does not accept changes fails with `Unavailable`.
"""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import psycopg2
import psycopg2.extensions
import psycopg2.extras
from psycopg2.extensions import TRANSACTION_STATUS_IDLE

from omero_plugin_common.database.refusals import refusal
from omero_plugin_common.env_utils import get_env, get_int_env, get_optional_env, get_secret_env
from omero_plugin_common.errors import Unavailable

psycopg2.extras.register_uuid()  # type: ignore[no-untyped-call]
Connection = psycopg2.extensions.connection
Cursor = psycopg2.extras.RealDictCursor

# The database is unavailable, restarts, or does not accept changes: the same statement may work in
# a moment.
AWAY: Final = (psycopg2.OperationalError, psycopg2.InterfaceError, Unavailable)
# As many as gunicorn has threads when nothing else is said, and one more: a thread that holds a
# connection while it starts a job needs a second one.
SIZE: Final = 9
CONNECT_SECONDS: Final = 5
_WAIT_SECONDS: Final = 10.0
_STATEMENT_MILLISECONDS: Final = 30_000
# A server that vanished without a word is noticed after this time instead of after hours.
_SILENCE_MILLISECONDS: Final = 15_000


@dataclass(frozen=True)
class Address:
    """Where the database is and who connects.

    Args:
        host: name or address.
        port: TCP port.
        database: name of the database.
        user: role.
        password: of the role; not shown when the object is printed.
        authorities: file with the authorities of the server's certificate, which is then checked.
    """

    host: str
    port: int
    database: str
    user: str
    password: str = field(repr=False)
    authorities: str = ""

    @classmethod
    def from_environment(cls) -> Address:
        """The platform's plugin database, from the OMP_DATA_… variables.

        Raises:
            EnvironmentProblem: one of them cannot be used.
        """
        return cls(
            host=get_env("OMP_DATA_HOST"),
            port=get_int_env("OMP_DATA_PORT", 5433, low=1, high=65535),
            database=get_env("OMP_DATA_DB"),
            user=get_env("OMP_DATA_USER"),
            password=get_secret_env("OMP_DATA_PASS_FILE"),
            authorities=get_optional_env("OMP_DATA_CA_FILE") or "",
        )

    def connect(self) -> Connection:
        """A new connection, outside any pool.

        Raises:
            psycopg2.OperationalError: nobody answers, or the login is refused.
        """
        return psycopg2.connect(
            host=self.host,
            port=self.port,
            dbname=self.database,
            user=self.user,
            password=self.password,
            connect_timeout=CONNECT_SECONDS,
            application_name="omero_plugin_common",
            keepalives_idle=30,
            tcp_user_timeout=_SILENCE_MILLISECONDS,
            options=f"-c statement_timeout={_STATEMENT_MILLISECONDS} -c timezone=UTC",
            # None stands for libpq's own default.
            sslmode="verify-full" if self.authorities else None,
            sslrootcert=self.authorities or None,
            cursor_factory=Cursor,
        )


class Database:
    """A pool of connections that waits when all are taken.

    Args:
        address: where to connect.
        size: connections at most, per process.
    """

    def __init__(self, address: Address, size: int = SIZE) -> None:
        self.address = address
        self._size = size
        self._lock = threading.Lock()
        self._process = os.getpid()
        self._idle: list[Connection] = []
        self._room = threading.BoundedSemaphore(size)

    @contextmanager
    def transaction(self) -> Iterator[Cursor]:
        """A cursor whose rows are dictionaries; all it did is kept at the end, nothing on an error.

        Raises:
            Unavailable: all connections stayed taken for ten seconds, or the database takes no
                changes.
            psycopg2.Error: what the database said.
        """
        self._leave_the_parents_connections()
        room = self._room
        if not room.acquire(timeout=_WAIT_SECONDS):
            raise Unavailable("The plugin database is busy", code="database_busy", retry_after=5)
        try:
            connection = self._take()
            try:
                with connection.cursor(cursor_factory=Cursor) as cursor:
                    yield cursor
                connection.commit()
            except BaseException as error:
                # Without a server there is nothing to undo, and the first error says more.
                with suppress(psycopg2.Error):
                    connection.rollback()
                if problem := refusal(error):
                    raise problem from error
                if isinstance(error, psycopg2.DatabaseError) and connection.closed:
                    # libpq has several words for a server that goes away in mid-answer.
                    raise psycopg2.OperationalError(str(error)) from error
                raise
            finally:
                self._put_back(connection)
        finally:
            room.release()

    def close(self) -> None:
        """Close the idle connections of this process."""
        with self._lock:
            while self._idle:
                self._idle.pop().close()

    def _leave_the_parents_connections(self) -> None:
        """After a fork both would talk on the same socket, so the child starts without any."""
        if self._process != os.getpid():
            self._lock = threading.Lock()
            self._idle = []
            self._room = threading.BoundedSemaphore(self._size)
            self._process = os.getpid()

    def _take(self) -> Connection:
        while True:
            with self._lock:
                connection = self._idle.pop() if self._idle else None
            if connection is None:
                return self.address.connect()
            if not _hung_up(connection):
                return connection
            connection.close()

    def _put_back(self, connection: Connection) -> None:
        if connection.closed:
            return
        idle = connection.info.transaction_status == TRANSACTION_STATUS_IDLE
        # A read-only one would stay so when others are not any more.
        if not idle or _is_read_only(connection):
            connection.close()
            return
        with self._lock:
            self._idle.append(connection)


def _hung_up(connection: Connection) -> bool:
    """Whether the server ended an idle connection: it then has something to say, the farewell."""
    if connection.closed:
        return True
    try:
        readable, _, _ = select.select([connection], [], [], 0)
    except (OSError, ValueError):
        return True
    return bool(readable)


def _is_read_only(connection: Connection) -> bool:
    """Whether it was opened read-only, as PostgreSQL itself reports (since version 14)."""
    parameters = ("default_transaction_read_only", "in_hot_standby")
    return any(connection.info.parameter_status(name) == "on" for name in parameters)


@cache
def default() -> Database:
    """The platform's plugin database.

    Raises:
        EnvironmentProblem: the OMP_DATA_… variables cannot be used.
    """
    size = get_int_env("OMP_DATA_CONNECTIONS", SIZE, low=1, high=100)
    return Database(Address.from_environment(), size)
