"""Connections of `omero.client` to OMERO.server, with an end to each wait for an answer.

Connecting, joining and logging in are answered within seconds by a healthy server, so they
have a bound; all other calls may take as long as they need.
"""

from __future__ import annotations

# First: imported after Glacier2 it would define Glacier2's exceptions a second time.
import omero.clients  # isort: skip
import logging
from typing import Any, Final

import Glacier2
import Ice

LOGGER: Final = logging.getLogger(__name__)
# Connecting itself has omero.client's own limit: Ice.Override.ConnectTimeout, 5 s.
JOIN_SECONDS: Final = 5
# A directory of users (LDAP) may be asked, and the server lets those wait who failed before.
LOGIN_SECONDS: Final = 15
# How Glacier2 refuses when OMERO.server behind it does not answer (SessionRouterI.cpp of Ice 3.6).
_BEHIND_THE_ROUTER: Final = "internal server error"
# How it refuses at all.
REFUSED: Final = (Glacier2.PermissionDeniedException, Glacier2.CannotCreateSessionException)
# What Ice raises when nobody answers, or not any more.
NO_ANSWER: Final = (
    Ice.TimeoutException,
    Ice.SocketException,
    Ice.DNSException,
    Ice.CloseConnectionException,
    Ice.ForcedCloseConnectionException,
    Ice.CommunicatorDestroyedException,
)


class ServerAway(Exception):
    """A server does not answer; the session of whoever asked may be well."""


class SessionEnded(Exception):
    """The server knows no such session any more."""


def reach(client: Any, seconds: int) -> None:
    """Connect, without logging in; from then on the router has to answer within some seconds.

    `omero.client` would try three times, and once more to say good-bye.

    Args:
        client: an `omero.client` that is not connected.
        seconds: the bound for each call to the router, such as a login.

    Raises:
        ServerAway: nobody answers; the client cannot be used any more.
    """
    communicator = client.getCommunicator()
    router = communicator.getDefaultRouter().ice_invocationTimeout(seconds * 1000)
    communicator.setDefaultRouter(router)
    try:
        # `ice_getConnection` would do, but holds Python's lock while it waits.
        router.ice_ping()
    except Ice.LocalException as error:
        abandon(client)
        raise ServerAway(type(error).__name__) from error


def join(client: Any, session: str) -> None:
    """Connect a client to a session, which lives on when the client leaves.

    Args:
        client: an `omero.client` that is not connected.
        session: the session's uuid.

    Raises:
        SessionEnded: there is no such session.
        ServerAway: nobody answers, or the server cannot say now.
    """
    reach(client, JOIN_SECONDS)
    try:
        client.joinSession(session).detachOnDestroy()
    except Glacier2.PermissionDeniedException as error:
        abandon(client)
        if is_behind_the_router(error):
            raise ServerAway(error.reason) from None
        raise SessionEnded from None
    except (Ice.Exception, omero.ClientError) as error:
        abandon(client)
        raise ServerAway(type(error).__name__) from None


def is_behind_the_router(error: object) -> bool:
    """Whether the router refused since OMERO.server behind it did not say what it should."""
    return isinstance(error, REFUSED) and error.reason == _BEHIND_THE_ROUTER


def leave(client: Any) -> None:
    """Close a healthy client. The session stays open."""
    try:
        client.closeSession()
    except (Ice.Exception, omero.ClientError) as error:
        LOGGER.debug("a connection was not closed cleanly: %s", type(error).__name__)


def abandon(client: Any) -> None:
    """Close a client's connection without a word to the server; calls under way end at once.

    `closeSession` would ask the server, and holds a lock that a call under way may hold.
    """
    communicator = client._BaseClient__ic
    client._BaseClient__sf = client._BaseClient__oa = client._BaseClient__ic = None
    if communicator is None:
        return
    try:
        router = communicator.getDefaultRouter()
        connection = router.ice_getCachedConnection() if router else None
        if connection is not None:
            # By force: in order, it would wait for the other side.
            connection.close(True)
        communicator.destroy()
    except Ice.LocalException as error:
        LOGGER.debug("a connection was not closed cleanly: %s", type(error).__name__)
