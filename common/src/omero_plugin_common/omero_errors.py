"""OMERO's and Ice's exceptions as the errors of this library: one place for web and worker."""

from __future__ import annotations

import re
from typing import Final

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
SERVER_DATABASE_AWAY = "server_database_away"

# The session is gone: the proxies that belonged to it do not exist any more.
_SESSION_GONE = (
    Glacier2.PermissionDeniedException,
    Glacier2.SessionNotExistException,
    Ice.ObjectNotExistException,
    omero.SessionException,
)
# The server took the call and has no room for it now.
_BUSY = (omero.ConcurrencyException, omero.OverUsageException, omero.ResourceError)
# What OMERO.server says while its database restarts, fails over, or does not accept changes. It
# knows no such exception of its own: ome.services.util.ServiceHandler wraps Spring's into an
# InternalException whose message has the class and, if there is one, PostgreSQL's SQLSTATE
# (classes 08, 53, 57P and code 25006 of
# https://www.postgresql.org/docs/current/errcodes-appendix.html); a command's answer has the Java
# stack trace with the words of PostgreSQL and its JDBC driver.
_DATABASE_AWAY: Final = re.compile(
    r"DataAccessResourceFailureException|JDBCConnectionException|CannotGetJdbcConnectionException"
    r"|CannotCreateTransactionException|cannot create transaction"
    r"|SQL state \[(08...|53...|57P..|25006)\]"
    r"|PSQLException: (FATAL: (terminating connection|the database system is|sorry, too many)"
    r"|An I/O error occurred while sending|This connection has been closed"
    r"|Connection to \S+ refused|The connection attempt failed"
    r"|ERROR: (cannot execute \S+ in a read-only|could not extend file))"
)


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
    if isinstance(error, omero.DatabaseBusyException):
        return database_away()
    if isinstance(error, omero.InternalException) and tells_of_the_database(error.message or ""):
        return database_away()
    if isinstance(error, _BUSY):
        return Unavailable("OMERO.server is busy", code="server_busy", retry_after=10)
    if isinstance(error, Ice.LocalException | omero.ClientError):
        return Unavailable("OMERO.server does not answer", code=SERVER_AWAY, retry_after=10)
    return None


def tells_of_the_database(text: str) -> bool:
    """Whether OMERO.server's words mean that its own database is away and may come back.

    Args:
        text: an exception's message, or the Java trace of a command's answer.
    """
    return _DATABASE_AWAY.search(text) is not None


def database_away() -> Unavailable:
    """The error for it."""
    return Unavailable(
        "OMERO.server cannot use its database at the moment",
        code=SERVER_DATABASE_AWAY,
        retry_after=10,
    )


def is_transient(error: BaseException) -> bool:
    """Whether the same call may work later without anybody doing anything."""
    return isinstance(omero_error(error), Unavailable | NotLoggedIn)
