"""A session of a user for a worker, opened by the job-service account.

That account is a restricted administrator with the privilege Sudo. The session is the job's own: it
lives on when the user logs out, and ends with the job. Sudo as documented for OMERO:
https://docs.openmicroscopy.org/omero/5.6/sysadmins/restricted-admins.html
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

# First: imported after Glacier2 it would define Glacier2's exceptions a second time.
import omero.clients  # isort: skip
import Ice
import omero
from omero.gateway import BlitzGateway
from omero.rtypes import rstring

from omero_plugin_common import omero_client
from omero_plugin_common.env_utils import get_env, get_int_env, get_secret_env
from omero_plugin_common.errors import Unavailable
from omero_plugin_common.omero_errors import SERVER_AWAY

LOGGER: Final = logging.getLogger(__name__)
# A session ends when it was idle this long: a killed worker leaves none behind for longer.
IDLE_MILLISECONDS: Final = 10 * 60 * 1000
KEEP_ALIVE_SECONDS: Final = 120.0
SERVICE_SECONDS: Final = 300
_AGENT: Final = "omero_plugin_common.sudo"


@contextmanager
def user_session(user_name: str, group_id: int) -> Iterator[BlitzGateway]:
    """A gateway that acts as a user in a group.

    It is kept alive while the block runs, and the session is closed at its end.

    Args:
        user_name: the user's login name.
        group_id: the group that objects are read from and written to.

    Raises:
        Unavailable: OMERO.server does not answer, or refuses the job-service account.
        omero.SecurityViolation: the account may not act as this user.
        omero.ApiUsageException, omero.ValidationException: no such user or group.
    """
    session = _open_session(user_name, group_id)
    gateway = _join(session)
    stop = threading.Event()
    keeper = threading.Thread(target=_keep_alive, args=(gateway, stop), daemon=True)
    try:
        gateway.SERVICE_OPTS.setOmeroGroup(group_id)
        keeper.start()
        yield gateway
    finally:
        stop.set()
        keeper.join()
        _end(gateway, session)


@contextmanager
def service_session() -> Iterator[BlitzGateway]:
    """A gateway of the job-service account itself.

    As an administrator it sees what is in all groups, and as a restricted one it changes nothing.

    Raises:
        Unavailable: OMERO.server does not answer, or refuses the account.
    """
    # What it asks is answered within minutes, also by a large database.
    client = _client(**{"Ice.Default.InvocationTimeout": SERVICE_SECONDS * 1000})
    with _logging_in(client):
        pass
    gateway = BlitzGateway(client_obj=client)
    gateway._was_join = True
    try:
        yield gateway
    finally:
        omero_client.leave(client)


def _open_session(user_name: str, group_id: int) -> str:
    """The uuid of a new session of a user, opened by the job-service account."""
    # Nothing that this client asks takes long, so each of its calls has an end.
    service = _client(**{"Ice.Default.InvocationTimeout": omero_client.LOGIN_SECONDS * 1000})
    with _logging_in(service):
        principal = omero.sys.Principal()
        principal.name = user_name
        principal.group = service.sf.getAdminService().getGroup(group_id).name.val
        principal.eventType = "User"
        sessions = service.sf.getSessionService()
        opened = sessions.createSessionWithTimeouts(principal, 0, IDLE_MILLISECONDS)
        session = str(opened.uuid.val)
    # The account's own session, which nobody joins.
    omero_client.leave(service)
    return session


@contextmanager
def _logging_in(service: Any) -> Iterator[None]:
    """Log the job-service account in, and do what is in the block; else end the connection."""
    account = get_env("JOB_SERVICE_USER")
    try:
        omero_client.reach(service, omero_client.LOGIN_SECONDS)
        service.createSession(account, _password())
        yield
    except omero_client.REFUSED as error:
        omero_client.abandon(service)
        if omero_client.is_behind_the_router(error):
            raise _away(error) from error
        raise _refused(f"the account {account}: {error.reason}") from error
    except (omero_client.ServerAway, Ice.LocalException, omero.ClientError) as error:
        omero_client.abandon(service)
        raise _away(error) from error
    except BaseException:
        omero_client.abandon(service)
        raise


def _join(session: str) -> BlitzGateway:
    """A gateway on a session; the job's calls may take as long as they need."""
    client = _client()
    try:
        omero_client.join(client, session)
    except omero_client.ServerAway as error:
        raise _away(error) from error
    except omero_client.SessionEnded as error:
        raise _refused("the user's new session") from error
    gateway = BlitzGateway(client_obj=client)
    gateway._was_join = True
    return gateway


def _end(gateway: BlitzGateway, session: str) -> None:
    """End the user's session; where the server does not answer now, it ends by itself later."""
    client = gateway.c
    ended = omero.model.SessionI()
    ended.uuid = rstring(session)
    milliseconds = omero_client.JOIN_SECONDS * 1000
    try:
        sessions = client.sf.ice_invocationTimeout(milliseconds).getSessionService()
        # Until nobody refers to it, as `killSession` of `omero.client` does.
        while sessions.ice_invocationTimeout(milliseconds).closeSession(ended) > 0:
            pass
    except omero.RemovedSessionException:
        pass
    except (Ice.Exception, omero.ServerError, omero.ClientError) as error:
        LOGGER.warning("a session of a job was not closed cleanly: %s", type(error).__name__)
    omero_client.abandon(client)


def _client(**properties: int) -> Any:
    host, port = _address()
    client = omero.client(
        host=host, port=port, pmap={name: str(value) for name, value in properties.items()}
    )
    client.setAgent(_AGENT)
    return client


def _address() -> tuple[str, int]:
    return get_env("OMERO_HOST"), get_int_env("OMERO_PORT", 4064, low=1, high=65535)


def _away(error: Exception) -> Unavailable:
    """For a server that does not answer; what `omero_client` raises has the reason as its text."""
    reason = str(error) if isinstance(error, omero_client.ServerAway) else type(error).__name__
    host, port = _address()
    return Unavailable(
        f"OMERO.server on {host}:{port} does not answer: {reason}",
        code=SERVER_AWAY,
        retry_after=10,
    )


def _refused(whom: str) -> Unavailable:
    host, port = _address()
    return Unavailable(
        f"OMERO.server on {host}:{port} refused {whom}",
        code="server_refused_login",
        retry_after=30,
    )


def _password() -> str:
    return get_secret_env("JOB_SERVICE_PASSWORD_FILE")


def _keep_alive(gateway: BlitzGateway, stop: threading.Event) -> None:
    while not stop.wait(KEEP_ALIVE_SECONDS):
        try:
            gateway.c.sf.ice_invocationTimeout(omero_client.JOIN_SECONDS * 1000).keepAlive(None)
        except (Ice.Exception, omero.ClientError) as error:
            # The job's own next call fails as well, and decides what that means.
            LOGGER.warning("a session of a job could not be kept alive: %s", type(error).__name__)
