"""The exceptions of the OMERO API that the stand-in raises, built in one place.

A client sees only exceptions that an operation declares; every service operation declares
`ServerError`, the root of these.
"""

from __future__ import annotations

import traceback

import omero


def unsupported(what: str) -> Exception:
    """The answer to everything the stand-in does not know: loud, and naming it."""
    return _error(omero.ApiUsageException, f"the OMERO stand-in does not support {what}")


def usage(message: str) -> Exception:
    """The caller gave something that makes no sense."""
    return _error(omero.ApiUsageException, message)


def bad_query(message: str, query: str) -> Exception:
    """A query that cannot be read, or that the stand-in cannot evaluate."""
    return _error(omero.QueryException, f"{message}; query: {' '.join(query.split())}")


def invalid(message: str) -> Exception:
    """A value that the model refuses (an unknown id, a name taken twice)."""
    return _error(omero.ValidationException, message)


def forbidden(message: str) -> Exception:
    """The caller may not do this."""
    return _error(omero.SecurityViolation, message)


def hidden_link(message: str) -> Exception:
    """In a private group, who is above others would hang something on their data."""
    return _error(omero.ReadOnlyGroupSecurityViolation, message)


def missing(message: str) -> Exception:
    """Something that should be there is not: a file's content, a processor."""
    return _error(omero.ResourceError, message)


def no_processor(answers: int) -> Exception:
    """No processor takes a script: so many have answered, all of them that they cannot."""
    message = f"No processor available! [{answers} response(s)]"
    error: Exception = omero.NoProcessorAvailable("", "NoProcessorAvailable", message, answers)
    return error


def outdated(message: str) -> Exception:
    """The caller changes what somebody else has changed since it was read."""
    return _error(omero.OptimisticLockException, message)


def session_gone(uuid: str) -> Exception:
    """The session was closed or has timed out."""
    return _error(omero.RemovedSessionException, f"no session with uuid {uuid}: log in again")


def internal(error: BaseException) -> Exception:
    """A fault of the stand-in itself, with its trace for the client's log."""
    return _error(omero.InternalException, f"fault of the OMERO stand-in: {error!r}")


def server_fault(message: str) -> Exception:
    """What the real server answers where it meets a case that it did not expect."""
    return _error(omero.InternalException, message)


def server(message: str) -> Exception:
    """A failure that has no class of its own in the API."""
    return _error(omero.ServerError, message)


def _error(kind: type, message: str) -> Exception:
    trace = "".join(traceback.format_stack(limit=6))
    error: Exception = kind(trace, kind.__name__, message)
    return error
