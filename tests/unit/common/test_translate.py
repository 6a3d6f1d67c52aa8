"""Exceptions of the libraries below a view as what a caller sees."""

from __future__ import annotations

from typing import Any

# First: imported after Glacier2 it would define its exceptions a second time.
import omero.clients  # isort: skip
import django_redis.exceptions
import kombu.exceptions
import omero
import psycopg2
import pytest
import redis
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404

from omero_plugin_common.errors import NotFound, Unavailable
from omero_plugin_common.web.translate import translate


@pytest.mark.parametrize(
    ("error", "status", "code", "retry"),
    [
        (Http404("secret"), 404, "not_found", None),
        (PermissionDenied("secret"), 403, "forbidden", None),
        (RequestDataTooBig("secret"), 413, "too_large", None),
        (SuspiciousOperation("secret"), 400, "bad_request", None),
        (redis.ConnectionError("secret"), 503, "redis_away", 10),
        (redis.TimeoutError("secret"), 503, "redis_away", 10),
        (kombu.exceptions.OperationalError("secret"), 503, "redis_away", 10),
        (django_redis.exceptions.ConnectionInterrupted("secret"), 503, "redis_away", 10),
        (psycopg2.OperationalError("secret"), 503, "database_away", 10),
        (psycopg2.InterfaceError("secret"), 503, "database_away", 10),
        (omero.SecurityViolation("secret"), 403, "forbidden", None),
        (omero.RemovedSessionException("secret"), 401, "session_expired", None),
        (omero.OptimisticLockException("secret"), 409, "conflict", None),
        (psycopg2.ProgrammingError("secret"), 500, "internal", None),
        (KeyError("secret"), 500, "internal", None),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, Exception) else None,
)
def test_each_kind_has_its_status_and_tells_no_detail(
    error: Exception, status: int, code: str, retry: int | None
) -> None:
    seen = translate(error, "ref-1")
    assert (seen.status, seen.code, seen.retry_after) == (status, code, retry)
    assert "secret" not in seen.message
    assert ("ref-1" in seen.message) is (status == 500)


@pytest.mark.parametrize("error", [NotFound("no such thing"), Unavailable("later", retry_after=3)])
def test_an_error_of_ours_stays_what_it_is(error: Any) -> None:
    assert translate(error, "ref-1") is error
