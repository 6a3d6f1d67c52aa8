"""The door: Glacier2's router interface, through which every client logs in."""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

import logging
import threading
from typing import Any

import Glacier2

from omero_standin import refuse
from omero_standin.kernel import Kernel
from omero_standin.servants import identity
from omero_standin.sessions import Session

log = logging.getLogger(__name__)


class Router(Glacier2.Router):  # type: ignore[misc]
    """Creates and joins sessions. A client is known by its connection, as in Glacier2."""

    def __init__(self, kernel: Kernel, adapter: Any) -> None:
        """Sessions come from `kernel`, proxies from `adapter`."""
        self._kernel = kernel
        self._adapter = adapter
        self._lock = threading.Lock()
        self._clients: dict[str, str] = {}
        self._kept: set[str] = set()

    def createSession_async(self, callback: Any, user: str, password: str, current: Any) -> None:
        """Log in with name and password, or join a session with its uuid as both."""
        self._kernel.count("Router", "createSession")
        try:
            self._kernel.calls.meet_login()
            session = self._join(user)
            proven = session is None
            if session is None:
                session = self._login(user, password, dict(current.ctx))
        except Glacier2.PermissionDeniedException as error:
            callback.ice_exception(error)
            return
        except Exception as error:
            log.exception("fault in createSession")
            callback.ice_exception(Glacier2.CannotCreateSessionException(repr(error)))
            return
        with self._lock:
            self._clients[_client(current)] = session.uuid
            self._kept.discard(_client(current))
            # Ports are used again: what an earlier client of them proved is not this one's.
            session.proven.discard(_client(current))
            if proven:
                session.proven.add(_client(current))
        proxy = self._adapter.createProxy(identity("ServiceFactory", session.uuid))
        callback.ice_response(Glacier2.SessionPrx.uncheckedCast(proxy))

    def createSessionFromSecureConnection_async(self, callback: Any, _current: Any) -> None:
        """Certificates of clients are no way in."""
        callback.ice_exception(
            Glacier2.PermissionDeniedException(
                "the OMERO stand-in does not support client certificates"
            )
        )

    def keep(self, current: Any) -> None:
        """The client of this connection wants its session to survive it."""
        with self._lock:
            self._kept.add(_client(current))

    def unkeep(self, current: Any) -> None:
        """The client of this connection wants its session to end with it."""
        with self._lock:
            self._kept.discard(_client(current))

    def destroySession(self, current: Any) -> None:
        """A client leaves: its session ends with it, unless it asked to detach."""
        self._kernel.count("Router", "destroySession")
        with self._lock:
            uuid = self._clients.pop(_client(current), None)
            kept = _client(current) in self._kept
            self._kept.discard(_client(current))
        if uuid is None or self._kernel.sessions.find(uuid) is None:
            raise Glacier2.SessionNotExistException()
        if kept:
            self._kernel.sessions.detach(uuid)
        else:
            self._kernel.sessions.close(uuid)

    def refreshSession_async(self, callback: Any, current: Any) -> None:
        """Keep the session of this connection alive."""
        with self._lock:
            uuid = self._clients.get(_client(current), "")
        if self._kernel.sessions.use(uuid):
            callback.ice_response()
        else:
            callback.ice_exception(Glacier2.SessionNotExistException())

    def getCategoryForClient(self, _current: Any) -> str:
        """The category of the client's callbacks; none is ever called."""
        return "standin-client"

    def getClientProxy(self, _current: Any) -> Any:
        """Null: clients then use the router's own address for everything."""
        return None

    def getServerProxy(self, current: Any) -> Any:
        """Any direct proxy will do; it gives the client's callback adapter an address."""
        return self._adapter.createDirectProxy(current.id)

    def addProxies(self, _proxies: Any, _current: Any) -> list[Any]:
        """Nothing to route: the services are served here."""
        return []

    def getSessionTimeout(self, _current: Any) -> int:
        """Seconds until an idle session ends."""
        return self._kernel.sessions.idle // 1000

    def getACMTimeout(self, _current: Any) -> int:
        """Connections are not closed for idleness."""
        return 0

    def _join(self, uuid: str) -> Session | None:
        return self._kernel.sessions.attach(uuid)

    def _login(self, user: str, password: str, context: dict[str, str]) -> Session:
        accounts = self._kernel.accounts
        with self._kernel.store.lock:
            found = accounts.check_password(user, password)
            groups = accounts.groups_of(found) if found else []
        if found is None or not groups:
            # A name that nobody has may be a mistyped password or an old session's id: not logged.
            known = any(
                row.values["omeName"] == user for row in self._kernel.store.rows("Experimenter")
            )
            log.info("login refused for %s", f"user {user}" if known else "a name that nobody has")
            raise Glacier2.PermissionDeniedException("Password check failed")
        wanted = context.get("omero.group", "")
        chosen = [each for each in groups if wanted in (str(each.id), each.values["name"])]
        session = self._kernel.sessions.create(
            found.id,
            (chosen or groups)[0].id,
            agent=context.get("omero.agent", ""),
            ip=context.get("omero.ip", ""),
        )
        session.references = 1
        return session


def _client(current: Any) -> str:
    """A connection's addresses and ports: unique while it lives."""
    if current.con is None:
        raise refuse.usage("the router can only be called over a connection")
    return str(current.con.toString())
