"""Sessions.

Created by a login or a sudo, joined by their uuid, closed by their last user, by order or by time.
"""

from __future__ import annotations

import itertools
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Session:
    """One session. Times to idle and to live are milliseconds, 0 for no limit."""

    uuid: str
    id: int
    user: int
    group: int
    sudoer: int | None
    agent: str
    ip: str
    idle: int
    live: int
    started: float = field(default_factory=time.time)
    used: float = field(default_factory=time.time)
    references: int = 0
    # How often it was used.
    hits: int = 0
    # The connections whose client gave the user's password; others have joined by the uuid.
    proven: set[str] = field(default_factory=set)

    @property
    def expired(self) -> bool:
        """Whether a time limit has passed."""
        now = time.time()
        return bool(
            (self.idle and now - self.used > self.idle / 1000)
            or (self.live and now - self.started > self.live / 1000)
        )


class Sessions:
    """All sessions that are alive."""

    def __init__(self, idle: int) -> None:
        """`idle` is the default time to idle in milliseconds (`omero.sessions.timeout`)."""
        self.idle = idle
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._alive: dict[str, Session] = {}
        self._begun: list[Callable[[Session], object]] = []
        self._ended: list[Callable[[str], object]] = []

    def on_begin(self, told: Callable[[Session], object]) -> None:
        """Call `told` with each new session before anybody knows of it."""
        self._begun.append(told)

    def on_end(self, told: Callable[[str], object]) -> None:
        """Call `told` with the uuid of each session that ends."""
        self._ended.append(told)

    def create(
        self,
        user: int,
        group: int,
        *,
        sudoer: int | None = None,
        agent: str = "",
        ip: str = "",
        idle: int | None = None,
        live: int = 0,
    ) -> Session:
        """A new session; those that have timed out are dropped on the way."""
        self._drop_expired()
        with self._lock:
            limit = self.idle if idle is None else idle
            session = Session(
                str(uuid.uuid4()), next(self._ids), user, group, sudoer, agent, ip, limit, live
            )
            self._alive[session.uuid] = session
        for told in self._begun:
            told(session)
        return session

    def find(self, key: str) -> Session | None:
        """The living session with this uuid; looking at it is not using it."""
        with self._lock:
            session = self._alive.get(key)
        if session is not None and session.expired:
            self._drop(key)
            return None
        return session

    def use(self, key: str) -> Session | None:
        """The living session with this uuid, whose idle time starts anew."""
        session = self.find(key)
        if session is not None:
            session.used = time.time()
            session.hits += 1
        return session

    def attach(self, key: str) -> Session | None:
        """One more client uses a session."""
        session = self.use(key)
        if session is not None:
            with self._lock:
                session.references += 1
        return session

    def detach(self, key: str) -> int:
        """One client fewer; returns how many are left."""
        with self._lock:
            session = self._alive.get(key)
            if session is None:
                return 0
            session.references = max(0, session.references - 1)
            return session.references

    def close(self, key: str) -> int:
        """One client fewer, and the end of the session with the last one.

        Returns how many are left.
        """
        left = self.detach(key)
        if left == 0:
            self._drop(key)
        return left

    def end(self, key: str) -> None:
        """The end of a session, however many clients use it."""
        self._drop(key)

    def _drop_expired(self) -> None:
        with self._lock:
            gone = [key for key, each in self._alive.items() if each.expired]
        for key in gone:
            self._drop(key)

    def _drop(self, key: str) -> None:
        with self._lock:
            session = self._alive.pop(key, None)
        if session is not None:
            for told in self._ended:
                told(key)

    def of_user(self, user: int) -> list[Session]:
        """The living sessions of a user."""
        with self._lock:
            return [each for each in self._alive.values() if each.user == user and not each.expired]
