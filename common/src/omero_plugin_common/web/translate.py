"""Exceptions of every library below a view as the errors that a caller sees."""

from __future__ import annotations

import django_redis.exceptions
import kombu.exceptions
import redis
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404

from omero_plugin_common import database
from omero_plugin_common.errors import (
    ApiError,
    BadRequest,
    Forbidden,
    Internal,
    NotFound,
    TooLarge,
    Unavailable,
)
from omero_plugin_common.omero_errors import omero_error

_REDIS = (
    django_redis.exceptions.ConnectionInterrupted,
    kombu.exceptions.OperationalError,
    redis.ConnectionError,
    redis.TimeoutError,
)


def translate(error: Exception, reference: str) -> ApiError:
    """What an exception means to the caller.

    Args:
        error: what a view raised.
        reference: the request's id, with which the log of an internal error can be found.
    """
    if isinstance(error, ApiError):
        return error
    if isinstance(error, Http404):
        return NotFound("There is no such page or object")
    if isinstance(error, PermissionDenied):
        return Forbidden("This is not allowed")
    if isinstance(error, RequestDataTooBig):
        return TooLarge("The request's body is too large")
    if isinstance(error, SuspiciousOperation):
        return BadRequest("The request cannot be understood")
    if isinstance(error, _REDIS):
        return Unavailable("Redis does not answer", code="redis_away", retry_after=10)
    if isinstance(error, database.AWAY):
        return Unavailable(
            "The plugin database does not answer", code="database_away", retry_after=10
        )
    return omero_error(error) or Internal(
        f"Something went wrong on the server. The log has the details under reference {reference}"
    )
