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

from omero_plugin_common import plugin_packages
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


@pytest.mark.parametrize(
    "error", [psycopg2.errors.UndefinedTable("secret"), psycopg2.errors.UndefinedColumn("secret")]
)
def test_a_table_that_is_not_the_plugins_is_named(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def migrate_once() -> bool:
        raise Unavailable('relation "thing" already exists', code="database_table_taken")

    monkeypatch.setattr(plugin_packages, "migrate_once", migrate_once)
    told = translate(error, "r-1")
    assert (told.status, told.code) == (503, "database_table_taken")
    assert told.message == 'relation "thing" already exists'


@pytest.mark.parametrize(
    ("made", "status", "code"), [(True, 503, "database_away"), (False, 500, "internal")]
)
def test_missing_tables_are_made_by_the_first_who_needs_them(
    monkeypatch: pytest.MonkeyPatch, made: bool, status: int, code: str
) -> None:
    """The database was away when this process started; if it was not, the fault is ours."""
    monkeypatch.setattr(plugin_packages, "migrate_once", lambda: made)
    told = translate(psycopg2.errors.UndefinedTable("secret"), "r-1")
    assert (told.status, told.code) == (status, code)
    assert "secret" not in told.message
