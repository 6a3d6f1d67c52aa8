"""Bodies of requests: how large, of which kind, and what a model makes of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import Field

from omero_plugin_common.body import Body
from omero_plugin_common.errors import ApiError, BadRequest, TooLarge, UnsupportedMediaType
from omero_plugin_common.web.request_body import LIMIT_BYTES, check_size, read_body

pytestmark = pytest.mark.usefixtures("django")
JSON = "application/json"


class Thing(Body):
    """What the tests send."""

    number: int
    word: str = Field("none", max_length=5)
    more: dict[str, int] = Field(default_factory=dict)


def sent(body: Any, kind: str = JSON) -> Any:
    from django.test import RequestFactory

    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return RequestFactory().generic("POST", "/example/", data, kind)


def form(fields: dict[str, Any], **options: Any) -> Any:
    from django.test import RequestFactory

    return RequestFactory().post("/example/", fields, **options)


# --- size


@pytest.mark.parametrize(("size", "limit"), [(0, 0), (10, 10), (LIMIT_BYTES, LIMIT_BYTES)])
def test_a_body_up_to_the_limit_is_let_in(size: int, limit: int) -> None:
    check_size(sent(b"x" * size), limit)


def test_a_larger_one_is_refused_before_it_is_read() -> None:
    asked = sent(b"x" * 11)
    asked._stream = None
    with pytest.raises(TooLarge, match="larger than 10 bytes"):
        check_size(asked, 10)


@pytest.mark.parametrize("announced", ["-1", "ten", "1e3", " 5", "²"])
def test_a_length_that_is_no_number_is_refused(announced: str) -> None:
    asked = sent(b"")
    asked.META["CONTENT_LENGTH"] = announced
    with pytest.raises(BadRequest, match="not a number"):
        check_size(asked, 10)


@pytest.mark.parametrize("announced", [None, ""])
def test_without_a_length_nothing_is_read(announced: str | None) -> None:
    asked = sent(b"not announced")
    if announced is None:
        del asked.META["CONTENT_LENGTH"]
    else:
        asked.META["CONTENT_LENGTH"] = announced
    # Django makes its stream for as many bytes as were announced.
    asked = type(asked)(asked.environ)
    check_size(asked, 0)
    assert asked.read() == b""


# --- JSON


def test_json_becomes_the_model() -> None:
    found = read_body(sent({"number": 3, "more": {"a": 1}}), Thing)
    assert (found.number, found.word, found.more) == (3, "none", {"a": 1})
    with pytest.raises(Exception, match="frozen"):
        found.number = 4


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (b" ", "bad_json", ""),
        (b"{", "bad_json", ""),
        (b'{"number": NaN}', "bad_json", ""),
        (b"[1]", "bad_body", "body"),
        ({"number": "3"}, "bad_body", "number: Input should be a valid integer"),
        ({"number": 3.0}, "bad_body", "number"),
        ({"number": True}, "bad_body", "number"),
        ({}, "bad_body", "number: Field required"),
        ({"number": 1, "other": 2}, "bad_body", "other: Extra inputs are not permitted"),
        ({"number": 1, "word": "too long"}, "bad_body", "word"),
        ({"number": 1, "more": {"a": "x"}}, "bad_body", "more.a"),
    ],
    ids=str,
)
def test_anything_else_is_named_without_its_value(body: Any, code: str, words: str) -> None:
    with pytest.raises(BadRequest) as caught:
        read_body(sent(body), Thing)
    assert caught.value.code == code
    assert words in caught.value.message
    assert "too long" not in caught.value.message


def test_only_the_first_complaints_are_listed() -> None:
    with pytest.raises(BadRequest, match=r"and 3 more$") as caught:
        read_body(sent({"number": 1, **{f"x{each}": 1 for each in range(8)}}), Thing)
    assert caught.value.message.count(";") == 5


def test_a_long_name_is_cut() -> None:
    with pytest.raises(BadRequest) as caught:
        read_body(sent({"number": 1, "n" * 500: 1}), Thing)
    assert len(caught.value.message) < 150


# --- forms


@pytest.mark.parametrize("multipart", [True, False])
def test_texts_of_a_form_become_numbers_where_the_model_wants_them(multipart: bool) -> None:
    fields = {"number": "3", "word": "hi", "csrfmiddlewaretoken": "t"}
    if multipart:
        asked = form(fields)
    else:
        asked = sent(b"number=3&word=hi&csrfmiddlewaretoken=t", "application/x-www-form-urlencoded")
    found = read_body(asked, Thing)
    assert (found.number, found.word) == (3, "hi")


@pytest.mark.parametrize("fields", [{"number": "x"}, {"number": "1", "word": "a\0b"}, {}])
def test_a_form_that_does_not_fit_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises(BadRequest) as caught:
        read_body(form(fields), Thing)
    assert caught.value.code == "bad_body"


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "", "application/jsonx"])
def test_other_kinds_are_refused(kind: str) -> None:
    with pytest.raises(UnsupportedMediaType, match="application/json"):
        read_body(sent(b'{"number": 1}', kind), Thing)
    assert issubclass(UnsupportedMediaType, ApiError)
