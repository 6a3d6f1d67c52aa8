"""Answers of the API server, sorted by what to do about them."""

from __future__ import annotations

import json

import pytest

from omero_operator.cluster.errors import (
    AlreadyExistsError,
    ApiError,
    ForbiddenError,
    NotFoundError,
    RejectedError,
    TemporaryError,
    from_answer,
)


def answer(status: int, body: bytes = b"", retry_after: str | None = None) -> ApiError:
    return from_answer("patch", "Secret", "ns/x", status, body, retry_after)


@pytest.mark.parametrize(
    ("status", "family"),
    [
        (400, RejectedError),
        (401, ForbiddenError),
        (403, ForbiddenError),
        (404, NotFoundError),
        (405, RejectedError),
        (409, AlreadyExistsError),
        (410, RejectedError),
        (413, RejectedError),
        (415, RejectedError),
        (422, RejectedError),
        (429, TemporaryError),
        (500, TemporaryError),
        (502, TemporaryError),
        (503, TemporaryError),
        (504, TemporaryError),
    ],
)
def test_status_code(status: int, family: type[ApiError]) -> None:
    found = answer(status)
    assert type(found) is family
    assert found.status == status


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"kind": "Status", "message": "spec.size is immutable"}', "spec.size is immutable"),
        (b"upstream connect error", "upstream connect error"),
        (b"", "HTTP status 422"),
        (b'{"kind": "Status"}', "HTTP status 422"),
        (b'["list"]', "HTTP status 422"),
        (b"\xff\xfe", "��"),
        (b"<html>" + b"x" * 9000, "<html>" + "x" * 494),
    ],
    ids=["Status", "text", "nothing", "no message", "other JSON", "no text", "long page"],
)
def test_words_of_the_server(body: bytes, message: str) -> None:
    found = answer(422, body)
    assert found.message == message
    assert str(found) == f"cannot patch Secret ns/x: {message}"


@pytest.mark.parametrize(
    ("header", "seconds"), [(None, 0), ("", 0), ("7", 7), ("soon", 0), ("-1", 0)]
)
def test_wait_that_the_server_asks_for(header: str | None, seconds: float) -> None:
    found = answer(429, json.dumps({"message": "slow down"}).encode(), header)
    assert isinstance(found, TemporaryError)
    assert found.retry_after == seconds


def test_error_says_what_was_tried() -> None:
    found = answer(403)
    assert (found.verb, found.kind, found.name) == ("patch", "Secret", "ns/x")
