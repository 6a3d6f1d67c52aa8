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

from omero_plugin_common.env_utils import get_env, get_int_env, get_secret_env
from omero_plugin_common.errors import Unavailable

LOGGER: Final = logging.getLogger(__name__)
# A session ends when it was idle this long: a killed worker leaves none behind for longer.
IDLE_MILLISECONDS: Final = 10 * 60 * 1000
KEEP_ALIVE_SECONDS: Final = 120.0
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
    service = _connect(user=get_env("JOB_SERVICE_USER"), password=_password())
    try:
        session = _open_session(service, user_name, group_id)
        gateway = _connect(session=session)
    finally:
        service.close(hard=True)
    stop = threading.Event()
    keeper = threading.Thread(target=_keep_alive, args=(gateway, stop), daemon=True)
    try:
        gateway.SERVICE_OPTS.setOmeroGroup(group_id)
        keeper.start()
        yield gateway
    finally:
        stop.set()
        keeper.join()
        gateway.close(hard=True)


def _open_session(service: BlitzGateway, user_name: str, group_id: int) -> str:
    principal = omero.sys.Principal()
    principal.name = user_name
    principal.group = service.c.sf.getAdminService().getGroup(group_id).name.val
    principal.eventType = "User"
    sessions = service.c.sf.getSessionService()
    opened = sessions.createSessionWithTimeouts(principal, 0, IDLE_MILLISECONDS)
    return str(opened.uuid.val)


def _connect(user: str | None = None, password: str = "", session: str | None = None) -> Any:
    host, port = get_env("OMERO_HOST"), get_int_env("OMERO_PORT", 4064, low=1, high=65535)
    gateway = BlitzGateway(user, password, host=host, port=port, secure=True, useragent=_AGENT)
    try:
        connected = gateway.connect(sUuid=session)
    except (Ice.Exception, omero.ClientError) as error:
        gateway.close()
        raise Unavailable(
            f"OMERO.server on {host}:{port} does not answer: {type(error).__name__}",
            code="server_away",
            retry_after=10,
        ) from error
    if not connected:
        reason = type(gateway.getLastError()).__name__
        gateway.close()
        who = f"the account {user}" if user else "the user's new session"
        raise Unavailable(
            f"OMERO.server on {host}:{port} refused {who}: {reason}",
            code="server_refused_login",
            retry_after=30,
        )
    return gateway


def _password() -> str:
    return get_secret_env("JOB_SERVICE_PASSWORD_FILE")


def _keep_alive(gateway: BlitzGateway, stop: threading.Event) -> None:
    while not stop.wait(KEEP_ALIVE_SECONDS):
        try:
            gateway.c.sf.keepAlive(None)
        except (Ice.Exception, omero.ClientError) as error:
            # The job's own next call fails as well, and decides what that means.
            LOGGER.warning("a session of a job could not be kept alive: %s", type(error).__name__)
