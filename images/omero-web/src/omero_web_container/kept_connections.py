"""Connections to OMERO.server that are kept from one request to the next.

OMERO.web joins the user's session anew in each request, a dozen calls and a TLS handshake. What is
kept here is the joined `omero.client`, never what a request made of it. One is used by one request
at a time, and belongs to the session whose uuid the request showed: nobody gets another's.
"""

from __future__ import annotations

# First: imported after Glacier2 it would define Glacier2's exceptions a second time.
import omero.clients  # isort: skip
import atexit
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import Ice
import omero

from omero_plugin_common import omero_client
from omero_plugin_common.omero_client import ServerAway
from omero_web_container.circuit import Circuit

LOGGER: Final = logging.getLogger(__name__)
# Unused connections, of one session and of all: a browser asks for six things at once, and most
# users read most of the time.
KEPT_PER_SESSION: Final = 4
KEPT_IN_ALL: Final = 64
# OMERO.web's pages show a sign of life each minute.
IDLE_SECONDS: Final = 75.0
# What others left behind in a connection does not stay for ever.
OLDEST_SECONDS: Final = 600.0
# A request that uses one for so long may be waiting for a dead server: somebody has to ask.
LONG_SECONDS: Final = 5.0
_TICK_SECONDS: Final = 1.0


@dataclass(frozen=True)
class Key:
    """Whose connection: the server's address and the session's uuid."""

    host: str
    port: int
    session: str = field(repr=False)


@dataclass(eq=False)
class Lease:
    """A joined client, and the request's right to use it.

    Attributes:
        key: whose it is.
        client: the `omero.client`.
        joined: when, as all times of `time.monotonic()`.
        connection: the one on which it has joined.
        used: when it was taken, or given back.
        services: proxies of services without a state, by their names in the gateway.
        max_plane_size: what the server calls a big image, once a request has asked.
        cut: whether its calls were ended because the server does not answer.
    """

    key: Key
    client: Any
    joined: float
    used: float
    connection: Any = None
    services: dict[str, Any] = field(default_factory=dict)
    max_plane_size: tuple[int, int] | None = None
    cut: bool = False

    def ask(self) -> Any:
        """Who the server thinks this is; one call, answered within seconds.

        It is what OMERO.web asks in each request anyway. A session is not idle when it was asked.
        """
        if self.connection is None:
            self.connection = self.client.sf.ice_getCachedConnection()
        # Raises why it was closed. Ice would connect again, where the session is not joined.
        self.connection.getInfo()
        admin = self.services.get("admin")
        if admin is None:
            bounded = self.client.sf.ice_invocationTimeout(omero_client.JOIN_SECONDS * 1000)
            admin = self.services["admin"] = bounded.getAdminService()
        bounded = admin.ice_invocationTimeout(omero_client.JOIN_SECONDS * 1000)
        return bounded.getEventContext()


class KeptConnections:
    """All connections of this process."""

    def __init__(self, circuit: Callable[[str, int], Circuit]) -> None:
        """Nothing is connected yet.

        Args:
            circuit: the circuit of a server, by host and port.
        """
        self._circuit = circuit
        self._lock = threading.Lock()
        self._idle: list[Lease] = []
        self._in_use: set[Lease] = set()
        self._keeper: threading.Thread | None = None

    def take(self, key: Key, client: Callable[[], Any]) -> tuple[Lease, Any]:
        """A connection of a session that has just answered, and the session's event context.

        Args:
            key: the server and the session.
            client: makes an `omero.client` that is not connected.

        Raises:
            ServerAway: nobody answers.
            omero_client.SessionEnded: the session is over.
        """
        circuit = self._circuit(key.host, key.port)
        circuit.check()
        try:
            while lease := self._kept(key):
                if (answered := self._try(lease)) is not None:
                    return lease, answered
            # Once more, for a session that ends just now: the second join says so.
            for _ in range(2):
                lease = self._join(key, client)
                if (answered := self._try(lease)) is not None:
                    return lease, answered
        except ServerAway as error:
            circuit.failed(str(error))
            raise
        raise ServerAway("the session was joined, and cannot be used")

    def adopt(self, key: Key, client: Any) -> Lease:
        """Count a client among those in use.

        Args:
            key: the server and the session.
            client: an `omero.client` of the session, or for it; the session lives on when the
                client leaves.
        """
        self._start_keeper()
        now = time.monotonic()
        lease = Lease(key, client, joined=now, used=now)
        with self._lock:
            self._in_use.add(lease)
        return lease

    def give_back(self, lease: Lease) -> None:
        """The request is over, and has left nothing in the connection."""
        with self._lock:
            self._in_use.discard(lease)
            if lease.cut:
                return
            lease.used = time.monotonic()
            self._idle.append(lease)
            surplus = self._surplus()
        self._leave(surplus)

    def discard(self, lease: Lease) -> None:
        """The connection cannot be used any more."""
        with self._lock:
            self._in_use.discard(lease)
        omero_client.abandon(lease.client)

    def forget(self, key: Key) -> None:
        """The session is over: nothing of it is kept."""
        self._forget(lambda other: other == key)

    def cut(self, host: str, port: int, since: float) -> None:
        """End what requests wait for since before a time: the server does not answer any more."""
        with self._lock:
            waiting = [
                each
                for each in self._in_use
                if (each.key.host, each.key.port) == (host, port) and each.used < since
            ]
            for lease in waiting:
                lease.cut = True
        for lease in waiting:
            omero_client.abandon(lease.client)

    def counts(self) -> tuple[int, int]:
        """How many are unused, and how many requests use one."""
        with self._lock:
            return len(self._idle), len(self._in_use)

    def close(self) -> None:
        """Close all: the process ends, and Ice's threads must have ended before."""
        self._forget(lambda _key: True)
        with self._lock:
            in_use, self._in_use = self._in_use, set()
        for lease in in_use:
            lease.cut = True
            omero_client.abandon(lease.client)

    def _forget(self, concerned: Callable[[Key], bool]) -> None:
        with self._lock:
            gone = [each for each in self._idle if concerned(each.key)]
            self._idle = [each for each in self._idle if not concerned(each.key)]
        for lease in gone:
            omero_client.abandon(lease.client)

    def _kept(self, key: Key) -> Lease | None:
        """The session's connection that was used last, if there is one."""
        with self._lock:
            for lease in reversed(self._idle):
                if lease.key == key:
                    self._idle.remove(lease)
                    lease.used = time.monotonic()
                    self._in_use.add(lease)
                    return lease
        return None

    def _join(self, key: Key, make: Callable[[], Any]) -> Lease:
        lease = self.adopt(key, make())
        try:
            omero_client.join(lease.client, key.session)
        except BaseException:
            with self._lock:
                self._in_use.discard(lease)
            raise
        return lease

    def _try(self, lease: Lease) -> Any:
        """The event context; nothing when this connection is of no use any more."""
        try:
            return lease.ask()
        except Ice.TimeoutException as error:
            self.discard(lease)
            # They are as old, and each would have somebody wait.
            self._forget(lambda key: (key.host, key.port) == (lease.key.host, lease.key.port))
            raise ServerAway(type(error).__name__) from error
        except (Ice.Exception, omero.ClientError) as error:
            LOGGER.debug("a kept connection is of no use: %s", type(error).__name__)
            self.discard(lease)
            return None

    def _surplus(self) -> list[Lease]:
        """Take from the unused what is too much, too old or idle too long; the lock is held."""
        now = time.monotonic()
        kept: list[Lease] = []
        surplus: list[Lease] = []
        of_session: dict[Key, int] = {}
        # The last is what was used last.
        for lease in reversed(self._idle):
            of_session[lease.key] = of_session.get(lease.key, 0) + 1
            if (
                of_session[lease.key] > KEPT_PER_SESSION
                or len(kept) >= KEPT_IN_ALL
                or now - lease.used > IDLE_SECONDS
                or now - lease.joined > OLDEST_SECONDS
            ):
                surplus.append(lease)
            else:
                kept.append(lease)
        self._idle = kept[::-1]
        return surplus

    def _leave(self, leases: list[Lease]) -> None:
        for lease in leases:
            if self._circuit(lease.key.host, lease.key.port).is_open:
                omero_client.abandon(lease.client)
            else:
                omero_client.leave(lease.client)

    def _start_keeper(self) -> None:
        """A thread, from the first connection on: gunicorn forks before that."""
        with self._lock:
            if self._keeper is not None:
                return
            self._keeper = threading.Thread(target=self._keep, name="connections", daemon=True)
        atexit.register(self.close)
        self._keeper.start()

    def _keep(self) -> None:
        asked = time.monotonic()
        while True:
            time.sleep(_TICK_SECONDS)
            with self._lock:
                surplus = self._surplus()
                now = time.monotonic()
                long = {
                    (each.key.host, each.key.port)
                    for each in self._in_use
                    if now - each.used > LONG_SECONDS
                }
            self._leave(surplus)
            if long and now - asked > LONG_SECONDS:
                asked = now
                for host, port in long:
                    self._circuit(host, port).ask()
