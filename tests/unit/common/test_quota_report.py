"""What the resource shows of quotas: small, of one line each, and the fullest groups first."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from omero_plugin_common.quotas.model import MOST, Counted, Group
from omero_plugin_common.quotas.report import MOST_GROUPS, MOST_SHOWN, one_line, summary

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def group(id_: int, used: int, limit: int = 100, name: str = "Lab") -> Counted:
    return Counted(Group(id_, name), used, limit, NOON)


def test_the_fullest_by_their_share_come_first() -> None:
    told = summary(
        [group(5, 89), group(6, 100), group(7, 1, 1), group(8, 90), group(9, 0)], anything=True
    )
    assert [each["id"] for each in told["fullest"]] == [6, 7, 8, 5, 9]
    assert (told["groups"], told["nearlyFull"], told["full"]) == (5, 1, 2)
    assert told["counted"] == "2026-06-01T12:00:00Z"


def test_the_oldest_count_is_the_age() -> None:
    older = Counted(Group(5, "Lab"), 1, 2, datetime(2026, 6, 1, 13, tzinfo=timezone(
        timedelta(hours=2)
    )))  # fmt: skip
    assert summary([group(6, 1), older], anything=True)["counted"] == "2026-06-01T11:00:00Z"
    assert summary([], anything=True)["counted"] == ""


@pytest.mark.parametrize(
    "name",
    ["a" * 255, '"' * 255, "\\" * 255, "線" * 255, "🔬" * 255, "\n" * 255, "\u202e" * 255, ""],
    ids=["long", "quotes", "backslashes", "Chinese", "emoji", "lines", "right to left", "none"],
)
def test_a_thousand_groups_of_any_name_fit_into_the_message_of_a_pod(name: str) -> None:
    groups = [group(MOST - n, MOST, MOST, name) for n in range(1000)]
    told = summary(groups, anything=True)
    # The kubelet keeps 4096 bytes, and bootstrap.report writes JSON in this form.
    assert len(json.dumps(told).encode()) < 4096
    assert told["groups"] == told["full"] == 1000
    assert 5 <= len(told["fullest"]) <= MOST_GROUPS
    assert told["fullest"][0]["limit"] == MOST_SHOWN


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Lab\nA\x00\tB", "Lab A B"),
        ("Müller: Mikroskopie", "Müller: Mikroskopie"),
        ("\u202eevil\u2028", "evil"),
        ("x" * 48, "x" * 48),
        ("x" * 49, "x" * 47 + "…"),
    ],
)
def test_names_are_one_line(name: str, shown: str) -> None:
    assert one_line(name) == shown
