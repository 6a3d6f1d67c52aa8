"""Exceptions of every library below a view as the errors that a caller sees."""

from __future__ import annotations

import logging
from typing import Final

import django_redis.exceptions
import kombu.exceptions
import psycopg2.errors
import redis
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404

from omero_plugin_common import database, plugin_packages
from omero_plugin_common.database.migrations import MigrationProblem
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

LOGGER: Final = logging.getLogger(__name__)
_REDIS = (
    django_redis.exceptions.ConnectionInterrupted,
    kombu.exceptions.OperationalError,
    redis.ConnectionError,
    redis.TimeoutError,
)
# The table is not there, or it is not the plugin's.
_NO_SUCH_TABLE = (psycopg2.errors.UndefinedTable, psycopg2.errors.UndefinedColumn)


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
    if isinstance(error, _NO_SUCH_TABLE) and (problem := _tables(reference)):
        return problem
    return omero_error(error) or Internal(
        f"Something went wrong on the server. The log has the details under reference {reference}"
    )


def _tables(reference: str) -> ApiError | None:
    """Why a table is not as the plugin needs it; nothing when all tables are.

    At the start of this process the database was away, or it has a table of somebody else's.
    """
    try:
        if plugin_packages.migrate_once():
            return Unavailable(
                "The tables of the plugin database have just been made: try again",
                code="database_away",
                retry_after=1,
            )
    except database.AWAY as error:
        return translate(error, reference)
    except MigrationProblem as problem:
        LOGGER.error("%s", problem)
    return None
