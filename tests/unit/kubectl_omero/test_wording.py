"""Tables and times."""

from __future__ import annotations

import datetime

import pytest

from kubectl_omero import wording

NOW = datetime.datetime(2026, 11, 30, 12, 0, 0, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("since", "words"),
    [
        ("", "-"),
        ("2026-11-30T12:00:05Z", "0 s"),
        ("2026-11-30T11:59:01Z", "59 s"),
        ("2026-11-30T11:58:00Z", "2 min"),
        ("2026-11-30T09:30:00Z", "2 h 30 min"),
        ("2026-11-28T10:59:00.123456Z", "2 d 1 h"),
        ("2026-11-23T12:00:00+00:00", "7 d"),
    ],
)
def test_age(since: str, words: str) -> None:
    assert wording.age(since, NOW) == words


def test_columns_stand_below_each_other() -> None:
    lines = wording.table(("A", "LAST"), [("long one", "x  "), ("b", "")])
    assert lines == ["A         LAST", "long one  x", "b"]


def test_nothing_steers_the_terminal() -> None:
    assert wording.plain("a\x1b[31mb\nc") == "a [31mb c"
