"""OMERO.web's login check with errors instead of redirections."""

from __future__ import annotations

import socket
from typing import Any, Final

from omeroweb.connector import Connector
from omeroweb.decorators import login_required

from omero_plugin_common.errors import NotLoggedIn, Unavailable
from omero_plugin_common.omero_errors import SERVER_AWAY, SESSION_EXPIRED

_PROBE_SECONDS: Final = 3.0
_SESSION_KEY: Final = "connector"


class json_login_required(login_required):  # type: ignore[misc]  # noqa: N801 - named as OMERO.web's
    """Gives the view a connection, or raises why there is none.

    The public user is nobody here: it would share its jobs and its rate limit with everybody.
    """

    def __init__(self) -> None:
        """Connections see all groups; writers set the object's own."""
        super().__init__(allowPublic=False)

    def get_connection(self, server_id: Any, request: Any) -> Any:
        """A connection, or nothing.

        OMERO.web forgets a session that it cannot join, also when the server is only away. Then it
        is remembered, so that the user is still logged in when the server is back. An exception
        would be logged and forgotten by the caller of this.
        """
        request.omero_login_error = None
        try:
            before = request.session.get(_SESSION_KEY)
            connection = super().get_connection(server_id, request)
        except Exception as caught:  # noqa: BLE001 - raised again in on_not_logged_in
            request.omero_login_error = caught
            return None
        if connection is None and before is not None:
            request.session[_SESSION_KEY] = before
        return connection

    def on_not_logged_in(self, request: Any, url: str, error: Any = None) -> Any:
        """Say which it is: never logged in, expired, or a server is away."""
        if request.omero_login_error is not None:
            raise request.omero_login_error
        connector = Connector.from_session(request)
        if connector is None:
            raise NotLoggedIn("You are not logged in: log in and try again")
        # The image's own connections know it; anywhere else the port tells whether nobody is there.
        away = getattr(request, "omero_server_away", False)
        if away or not _listens(*connector.lookup_host_and_port()):
            raise Unavailable("OMERO.server does not answer", code=SERVER_AWAY, retry_after=10)
        del request.session[_SESSION_KEY]
        raise NotLoggedIn("Your OMERO session has ended: log in again", code=SESSION_EXPIRED)


def check_has_logged_in(request: Any) -> None:
    """Refuse somebody who never logged in; OMERO is not asked.

    Raises:
        NotLoggedIn: the session knows no login.
    """
    if _SESSION_KEY not in request.session:
        raise NotLoggedIn("You are not logged in: log in and try again")


def _listens(host: str, port: int) -> bool:
    """Whether something accepts connections there; the host may be a URL (`wss://…`)."""
    try:
        with socket.create_connection((host.rpartition("://")[2], port), _PROBE_SECONDS):
            return True
    except OSError:
        return False
