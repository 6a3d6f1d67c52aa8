"""Answers of the API server, sorted by what to do about them."""

from __future__ import annotations

import json

import pytest

from omero_operator.cluster.errors import (
    AlreadyExistsError,
    ApiError,
    ForbiddenError,
    NotFoundError,
    RefusedError,
    RejectedError,
    TemporaryError,
    from_answer,
)

NO_RIGHT = (
    'secrets is forbidden: User "system:serviceaccount:omero-system:operator" cannot list resource '
    '"secrets" in API group "" in the namespace "lab"'
)
ADMISSION: dict[str, tuple[int, str]] = {
    "quota": (
        403,
        'secrets "x" is forbidden: exceeded quota: few, requested: count/secrets=1, '
        "used: count/secrets=9, limited: count/secrets=9",
    ),
    "Pod Security": (403, 'pods "x" is forbidden: violates PodSecurity "restricted:latest": …'),
    "namespace that ends": (
        403,
        'secrets "x" is forbidden: unable to create new content in namespace lab because it is '
        "being terminated",
    ),
    "class without expansion": (
        403,
        'persistentvolumeclaims "demo-db" is forbidden: only dynamically provisioned pvc can be '
        "resized and the storageclass that provisions the pvc must support resize",
    ),
    "webhook": (403, 'admission webhook "policy.example.org" denied the request: no'),
    "webhook that answers as a conflict": (
        409,
        'admission webhook "policy.example.org" denied the request: taken',
    ),
    "webhook that is down": (
        500,
        'Internal error occurred: failed calling webhook "policy.example.org": failed to call '
        'webhook: Post "https://policy.lab.svc": no endpoints available for service "policy"',
    ),
}


def answer(status: int, body: bytes = b"", retry_after: str | None = None) -> ApiError:
    return from_answer("patch", "Secret", "ns/x", status, body, retry_after)


@pytest.mark.parametrize(
    ("status", "family"),
    [
        (400, RejectedError),
        (401, ForbiddenError),
        (403, RejectedError),
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


def test_missing_right_is_told_by_the_authorizers_words() -> None:
    assert type(answer(403, json.dumps({"message": NO_RIGHT}).encode())) is ForbiddenError


@pytest.mark.parametrize(("status", "words"), ADMISSION.values(), ids=ADMISSION.keys())
def test_what_admission_refuses_is_no_missing_right(status: int, words: str) -> None:
    found = answer(status, json.dumps({"message": words}).encode())
    assert (type(found), found.message) == (RejectedError, words)


def test_refusal_is_about_one_object_and_an_outage_is_not() -> None:
    for family in (NotFoundError, ForbiddenError, RejectedError):
        assert issubclass(family, RefusedError)
    for family in (TemporaryError, AlreadyExistsError):
        assert not issubclass(family, RefusedError)


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
