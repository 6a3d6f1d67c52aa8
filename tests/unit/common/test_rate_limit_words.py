"""Whose actions are counted, and how a waiting time is said."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from omero_plugin_common.rate_limit import identity_of
from omero_plugin_common.rate_limit.limiter import spoken


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.1, "1 second"),
        (1, "1 second"),
        (59.2, "60 seconds"),
        (60, "60 seconds"),
        (60.1, "1 min 1 s"),
        (125, "2 min 5 s"),
    ],
)
def test_seconds_are_rounded_up(seconds: float, words: str) -> None:
    assert spoken(seconds) == words


def _request(user: str = "", **meta: str) -> Any:
    return SimpleNamespace(user=SimpleNamespace(username=user), META=meta)


def _conn(name: str) -> Any:
    return SimpleNamespace(getEventContext=lambda: SimpleNamespace(userName=name))


def test_a_user_of_omero_is_one_identity_from_everywhere() -> None:
    assert identity_of(_request("django", REMOTE_ADDR="1.2.3.4"), _conn("ada")) == "omero:ada"
    assert identity_of(_request("django", REMOTE_ADDR="1.2.3.4"), None) == "django:django"


def test_a_header_counts_only_without_an_address() -> None:
    headers = {"HTTP_X_FORWARDED_FOR": "9.9.9.9, 8.8.8.8", "HTTP_X_REAL_IP": "7.7.7.7"}
    assert identity_of(_request(REMOTE_ADDR="1.2.3.4", **headers), None) == "address:1.2.3.4"
    assert identity_of(_request(**headers), None) == "address:9.9.9.9"
    assert identity_of(_request(HTTP_X_REAL_IP="7.7.7.7"), None) == "address:7.7.7.7"
    assert identity_of(_request(), None) == "address:anonymous"
