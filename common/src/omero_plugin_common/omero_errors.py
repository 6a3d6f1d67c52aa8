"""OMERO's and Ice's exceptions as the errors of this library: one place for web and worker."""

from __future__ import annotations

# First: imported after Glacier2 it would define Glacier2's exceptions a second time.
import omero.clients  # isort: skip
import Glacier2
import Ice
import omero

from omero_plugin_common.errors import (
    ApiError,
    Conflict,
    Forbidden,
    NotLoggedIn,
    Unavailable,
)

SESSION_EXPIRED = "session_expired"
SERVER_AWAY = "server_away"

# The session is gone: the proxies that belonged to it do not exist any more.
_SESSION_GONE = (
    Glacier2.PermissionDeniedException,
    Glacier2.SessionNotExistException,
    Ice.ObjectNotExistException,
    omero.SessionException,
)
# The server took the call and has no room for it now.
_BUSY = (omero.ConcurrencyException, omero.OverUsageException, omero.ResourceError)


def omero_error(error: BaseException) -> ApiError | None:
    """What an exception of OMERO or Ice means to the caller; nothing for any other exception."""
    if isinstance(error, _SESSION_GONE):
        return NotLoggedIn("Your OMERO session has ended: log in again", code=SESSION_EXPIRED)
    if isinstance(error, omero.SecurityViolation):
        return Forbidden("OMERO does not allow this with your permissions")
    if isinstance(error, omero.OptimisticLockException):
        return Conflict("Somebody else changed the object at the same time: load it again")
    if isinstance(error, omero.ValidationException):
        return Conflict("OMERO does not accept this change", code="refused_by_server")
    if isinstance(error, _BUSY):
        return Unavailable("OMERO.server is busy: try again", code="server_busy", retry_after=10)
    if isinstance(error, Ice.LocalException | omero.ClientError):
        return Unavailable(
            "OMERO.server does not answer: try again", code=SERVER_AWAY, retry_after=10
        )
    return None


def is_transient(error: BaseException) -> bool:
    """Whether the same call may work later without anybody doing anything."""
    return isinstance(omero_error(error), Unavailable | NotLoggedIn)
