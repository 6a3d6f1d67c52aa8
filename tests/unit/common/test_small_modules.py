"""The small helpers: strings, logs, requests, OMERO objects."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import omero.model
import pytest
from omero.rtypes import rlong, rstring

from omero_plugin_common import omero_helpers
from omero_plugin_common.json_text import JsonProblem, parse_json
from omero_plugin_common.logging_utils import GATEWAY_LOGGER, configure_omero_gateway_logging
from omero_plugin_common.request_utils import (
    current_username,
    load_request_data,
    parse_json_body,
)
from omero_plugin_common.string_utils import build_message_payload, snake_to_camel


@pytest.mark.parametrize(
    ("name", "camel"),
    [("", ""), ("done", "done"), ("rate_limit_reached", "rateLimitReached"), ("_a__b", "aB")],
)
def test_snake_to_camel(name: str, camel: str) -> None:
    assert snake_to_camel(name) == camel


def test_messages_have_the_keys_of_the_page() -> None:
    names = ["no_project", "confirm_irreversible_action"]
    assert build_message_payload(names, str.upper) == {
        "noProject": "NO_PROJECT",
        "confirmIrreversible": "CONFIRM_IRREVERSIBLE_ACTION",
    }


def test_the_gateway_says_no_debug_lines_and_a_stricter_level_stays() -> None:
    logger = logging.getLogger(GATEWAY_LOGGER)
    before = logger.level
    try:
        logger.setLevel(logging.NOTSET)
        configure_omero_gateway_logging()
        configure_omero_gateway_logging()
        assert logger.level == logging.INFO
        logger.setLevel(logging.ERROR)
        configure_omero_gateway_logging()
        assert logger.level == logging.ERROR
    finally:
        logger.setLevel(before)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"\xff",
        b"NaN",
        b'{"a": Infinity}',
        b'{"a": ["x\\u0000"]}',
        b'{"\\u0000": 1}',
        b'"\\ud800"',
        b"[" * 100_000,
        b"1" * 5000,
    ],
    ids=["empty", "open", "not UTF-8", "NaN", "infinity", "NUL", "NUL key", "half", "deep", "long"],
)
def test_json_that_cannot_be_worked_with_is_refused(raw: bytes) -> None:
    with pytest.raises(JsonProblem):
        parse_json(raw)


def test_json_of_every_kind_is_read() -> None:
    raw = '{"a": [1, 2.5, null, true, "é😀"], "b": {}}'
    assert parse_json(raw) == {"a": [1, 2.5, None, True, "é😀"], "b": {}}


def _request(body: bytes, **form: str) -> Any:
    return SimpleNamespace(body=body, POST=form)


def test_a_body_is_a_json_object_or_a_form() -> None:
    assert parse_json_body(_request(b'{"a": 1}')) == ({"a": 1}, None)
    data, error = parse_json_body(_request(b"[1]"))
    assert (data, error) == (None, "the body must be a JSON object")
    data, error = parse_json_body(_request(b"a=1"))
    assert data is None
    assert error is not None
    assert "not JSON" in error
    assert load_request_data(_request(b'{"a": 1}', a="2")) == {"a": 1}
    assert load_request_data(_request(b"a=2", a="2")) == {"a": "2"}


def test_the_user_is_omeros_then_djangos_then_nobody() -> None:
    conn = SimpleNamespace(getUser=lambda: SimpleNamespace(getName=lambda: "ada"))
    request = SimpleNamespace(user=SimpleNamespace(username="grace"))
    assert current_username(request, conn) == "ada"
    assert current_username(request, SimpleNamespace(getUser=lambda: None)) == "grace"
    assert current_username(SimpleNamespace(), None) is None


def _image(owner: int | None) -> Any:
    image = omero.model.ImageI(7, True)
    image.name = rstring("a.tif")
    if owner is not None:
        person = omero.model.ExperimenterI(owner, True)
        person.omeName = rstring("ada")
        image.details.owner = person
    return image


def test_texts_and_ids_of_objects() -> None:
    assert omero_helpers.get_text(_image(None).name) == "a.tif"
    assert omero_helpers.get_text(None) == ""
    assert omero_helpers.get_text(5) == "5"
    assert omero_helpers.get_id(_image(None)) == 7
    assert omero_helpers.get_id(SimpleNamespace(_obj=_image(None))) == 7
    assert omero_helpers.get_id(SimpleNamespace(getId=lambda: rlong(3))) == 3
    assert omero_helpers.get_id(omero.model.ImageI()) is None
    assert omero_helpers.get_id(None) is None


def test_an_object_without_a_known_owner_is_nobodys() -> None:
    assert omero_helpers.is_owned_by_user(_image(3), 3)
    assert not omero_helpers.is_owned_by_user(_image(3), 4)
    assert not omero_helpers.is_owned_by_user(_image(3), None)
    assert not omero_helpers.is_owned_by_user(_image(None), None)
    assert not omero_helpers.is_owned_by_user(_image(None), 3)


def test_the_owner_has_a_name() -> None:
    assert omero_helpers.get_owner_username(_image(3)) == "ada"
    assert omero_helpers.get_owner_username(_image(None)) == ""


@pytest.mark.parametrize("answer", [True, False])
def test_omero_says_who_may_edit(answer: bool) -> None:
    assert (
        omero_helpers.has_read_write_permissions(SimpleNamespace(canEdit=lambda: answer)) is answer
    )
    assert (
        omero_helpers.has_read_write_permissions(SimpleNamespace(canWrite=lambda: answer)) is answer
    )
    permissions = SimpleNamespace(canEdit=lambda: answer)
    details = SimpleNamespace(getPermissions=lambda: permissions)
    thing = SimpleNamespace(getDetails=lambda: details)
    assert omero_helpers.has_read_write_permissions(thing) is answer
    assert not omero_helpers.has_read_write_permissions(SimpleNamespace())
