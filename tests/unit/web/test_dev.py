"""What `ci/dev` prints."""

from __future__ import annotations

import pytest

from omero_ci.dev_processes import readable
from omero_ci.dev_site import DEMO_USERS
from omero_standin.data.demo import USERS


def test_the_users_that_it_names_are_those_of_the_demo() -> None:
    assert [user["name"] for user in USERS] == list(DEMO_USERS)


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
