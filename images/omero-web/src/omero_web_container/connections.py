"""OMERO.web's connections, kept between requests and never waited for long.

`Connector` makes every connection of OMERO.web, `login_required` every decision that somebody is
not logged in; both get their part here. Nothing of a request stays in a connection: the request's
gateway is new, what is kept is the client below it.
"""

from __future__ import annotations

# First: imported after Glacier2 it would define Glacier2's exceptions a second time.
import omero.clients  # isort: skip
import functools
import logging
from typing import Any, Final

import Ice
import omero
import omero.gateway
from omeroweb.connector import Connector
from omeroweb.decorators import login_required
from omeroweb.webclient.webclient_gateway import OmeroWebGateway

from omero_plugin_common import omero_client
from omero_plugin_common.omero_client import ServerAway
from omero_web_container.circuit import Circuit
from omero_web_container.kept_connections import KeptConnections, Key, Lease
from omero_web_container.request_context import CURRENT
from omero_web_container.server_check import login_answers

LOGGER: Final = logging.getLogger(__name__)


_CIRCUITS: Final[dict[tuple[str, int], Circuit]] = {}


def circuit(host: str, port: int) -> Circuit:
    """The circuit of a server; a site has one."""
    if found := _CIRCUITS.get((host, port)):
        return found
    made = Circuit(
        f"OMERO.server {host}:{port}",
        functools.partial(login_answers, host, port),
        functools.partial(KEPT.cut, host, port),
    )
    # Of two that were made at the same time, one stays.
    return _CIRCUITS.setdefault((host, port), made)


KEPT: Final = KeptConnections(circuit)


class Gateway(OmeroWebGateway):  # type: ignore[misc]
    """OMERO.web's, which does not wait for a server that does not answer."""

    def connect(self, sUuid: Any = None) -> bool:  # noqa: N803 - its name in the gateway
        """As in the gateway; false at once while the server is known to be away."""
        server = circuit(str(self.host), int(self.port))
        try:
            server.check()
            _reach(self.c, server)
        except ServerAway as error:
            _note("no_answer")
            omero_client.abandon(self.c)
            self._last_error = error
            return False
        connected = bool(super().connect(sUuid))
        if not connected and isinstance(self._last_error, omero_client.NO_ANSWER):
            server.failed(type(self._last_error).__name__)
            _note("no_answer")
        elif not connected and omero_client.is_behind_the_router(self._last_error):
            # Perhaps of this user alone, so that the others may ask on.
            _note("no_answer")
        return connected

    def getObject(self, *arguments: Any, **more: Any) -> Any:  # noqa: N802 - as in the gateway
        """As in the gateway; that there is none is noted, for views that do not look."""
        found = super().getObject(*arguments, **more)
        if found is None:
            _note("found_nothing")
        return found

    def getObjects(  # noqa: N802 - as in the gateway
        self, obj_type: str, ids: Any = None, *arguments: Any, **more: Any
    ) -> Any:
        """As in the gateway; that there is none of those that are named is noted, too."""
        nothing = bool(ids)
        for found in super().getObjects(obj_type, ids, *arguments, **more):
            nothing = False
            yield found
        if nothing:
            _note("found_nothing")


class KeptGateway(Gateway):
    """The gateway of one request, on a client that is kept; after a login, one that will be."""

    _lease: Lease | None = None

    @classmethod
    def on(cls, lease: Lease, event: Any, **options: Any) -> KeptGateway:
        """A gateway on a connection that was taken for a request.

        Args:
            lease: the connection.
            event: its event context, as the server has just said.
            options: of the gateway's constructor.
        """
        gateway = cls(client_obj=lease.client, **options)
        gateway.host, gateway.port = lease.key.host, lease.key.port
        gateway._lease = lease
        gateway._ctx = event
        gateway._was_join = True
        gateway._maxPlaneSize = lease.max_plane_size
        for name, service in lease.services.items():
            gateway._proxies[name]._obj = service
        return gateway

    def close(self, hard: bool = True) -> None:
        """Give the connection back; with `hard`, end the session, as its user wants it."""
        lease, self._lease = self._lease, None
        if lease is None and not hard:
            lease = self._logged_in()
        if lease is None:
            super().close(hard)
            return
        if hard:
            KEPT.forget(lease.key)
        if hard and not lease.cut:
            try:
                super().close(hard)
            finally:
                KEPT.discard(lease)
            return
        usable = not lease.cut and self._leave_nothing(lease)
        if lease.cut:
            _note("server_away")
        self._connected = False
        self._proxies = omero.gateway.NoProxies()
        self.c = self._session = None
        self._sessionUuid: str | None = None
        if usable:
            KEPT.give_back(lease)
        else:
            KEPT.discard(lease)

    def _logged_in(self) -> Lease | None:
        """The connection with which somebody has logged in: what they ask next can use it."""
        if not self._connected or self._was_join or not self._sessionUuid:
            return None
        key = Key(str(self.host), int(self.port), str(self._sessionUuid))
        return KEPT.adopt(key, self.c)

    def _leave_nothing(self, lease: Lease) -> bool:
        """Close the services with a state of this request; whether the connection is of use."""
        try:
            lease.max_plane_size = self._maxPlaneSize
            for name, proxy in self._proxies.items():
                if name in _STATELESS and proxy._obj is not None:
                    lease.services[name] = proxy._obj
                else:
                    proxy.close()
            # A second engine takes the place of the first in the gateway, which forgets that one.
            for text in list(self._tracked_services):
                service = lease.client.getCommunicator().stringToProxy(text)
                omero.api.StatefulServiceInterfacePrx.uncheckedCast(service).close()
        except (Ice.Exception, omero.ClientError) as error:
            LOGGER.debug("a connection is not kept: %s", type(error).__name__)
            return False
        return True


# Services that keep nothing between two calls, by their names in the gateway.
_STATELESS: Final = frozenset({
    "admin", "config", "container", "ldap", "metadata", "pixel", "projection", "query",
    "rendsettings", "repository", "roi", "script", "session", "timeline", "types", "update",
})  # fmt: skip


def use_kept_connections() -> None:
    """From now on, OMERO.web's connections are these; before the first request, once."""
    Connector.create_gateway = _create_gateway
    Connector.join_connection = _join_connection
    login_required.get_connection = _get_connection(login_required.get_connection)


def _reach(client: Any, server: Circuit) -> None:
    try:
        omero_client.reach(client, omero_client.LOGIN_SECONDS)
    except ServerAway as error:
        server.failed(str(error))
        raise


def _create_gateway(
    self: Any, useragent: str, username: Any = None, password: Any = None, userip: Any = None
) -> KeptGateway:
    host, port = self.lookup_host_and_port()
    return KeptGateway(
        username,
        password,
        host=host,
        port=port,
        secure=self.is_secure,
        useragent=useragent,
        anonymous=self.is_public,
        userip=userip,
    )


def _join_connection(self: Any, useragent: str, userip: Any = None) -> KeptGateway | None:
    """A connection of the connector's session; none when it is over or the server is away."""
    if not self.omero_session_key:
        return None
    host, port = self.lookup_host_and_port()
    key = Key(str(host), int(port), str(self.omero_session_key))
    try:
        lease, event = KEPT.take(key, lambda: self.create_gateway(useragent, userip=userip).c)
    except omero_client.SessionEnded:
        return None
    except ServerAway:
        _note("no_answer")
        return None
    try:
        connection = KeptGateway.on(
            lease, event, anonymous=self.is_public, useragent=useragent, userip=userip
        )
        connection.secure = self.is_secure
        connection.setUserId(self.user_id)
        self.prepare_gateway(connection)
    except BaseException:
        KEPT.discard(lease)
        raise
    return connection


def _get_connection(get_connection: Any) -> Any:
    """OMERO.web's decision who is logged in, where "the server is away" is not "nobody"."""

    @functools.wraps(get_connection)
    def get(self: Any, server_id: Any, request: Any) -> Any:
        before = request.session.get("connector")
        connection = get_connection(self, server_id, request)
        context = CURRENT.get()
        if connection is None and context is not None and context.no_answer:
            context.server_away = True
            request.omero_server_away = True
            if before is not None:
                # OMERO.web has forgotten a session that may be well.
                request.session["connector"] = before
        return connection

    return get


def _note(what: str) -> None:
    """Write into the request's context, where there is one."""
    if context := CURRENT.get():
        setattr(context, what, True)
