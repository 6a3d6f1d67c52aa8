"""What `ci/dev` prints, and what it and `ci/demo` say about the data."""

from __future__ import annotations

import pytest

from omero_ci import try_it
from omero_ci.dev_lines import readable
from omero_standin.data.demo import demo

DEMO = demo(1)


def test_the_users_that_are_named_are_those_of_the_demo() -> None:
    names = {user["name"] for user in DEMO["users"]}
    assert {try_it.SCIENTIST, *try_it.OTHERS} == names
    assert len(try_it.OTHERS) == len(names) - 1


def test_each_user_can_be_a_key_of_a_secret() -> None:
    """The demo's Secret has the passwords by the names."""
    for user in DEMO["users"]:
        assert user["name"].isascii() and user["name"].isalnum()


def test_what_is_to_be_tried_is_on_the_scientists_first_page() -> None:
    scientist = next(each for each in DEMO["users"] if each["name"] == try_it.SCIENTIST)
    assert "privileges" not in scientist, "an administrator may not write with the plugin"
    first = scientist["groups"][0]
    (block,) = (
        each for each in DEMO["data"] if (each["owner"], each["group"]) == (try_it.SCIENTIST, first)
    )
    assert [project["name"] for project in block["projects"]] == [try_it.PROJECT]
    assert [screen["name"] for screen in block["screens"]] == [try_it.SCREEN]
    assert len(try_it.LINES.splitlines()) == 6


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("plain", "plain"),
        ("{not json", "{not json"),
        ('{"a": 1}', '{"a": 1}'),
        ('{"level": "INFO", "message": "m", "ms": 3, "user": "ada"}', "INFO    m 3 ms (ada)"),
        ('{"level": "ERROR", "message": "m", "exception": "a\\nb"}', "ERROR   m\na\nb"),
    ],
)
def test_json_becomes_readable(line: str, shown: str) -> None:
    assert readable(line) == shown
