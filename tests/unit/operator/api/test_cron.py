"""Cron schedules as the CronJob controller reads them; the API server judges the same table."""

from __future__ import annotations

import datetime

import pytest

import cron_schedules
from omero_operator.api import cron


@pytest.mark.parametrize("text", cron_schedules.GOOD)
def test_what_kubernetes_runs_is_read(text: str) -> None:
    cron.parse(text)


@pytest.mark.parametrize(("text", "words"), cron_schedules.BAD.items())
def test_error_says_what_to_write(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        cron.parse(text)


def test_values_of_a_field() -> None:
    schedule = cron.parse("10/20 1-5/2 1,15-17 feb,MAR *")
    assert schedule.minutes == {10, 30, 50}
    assert schedule.hours == {1, 3, 5}
    assert schedule.days == {1, 15, 16, 17}
    assert schedule.months == {2, 3}
    assert schedule.weekdays == set(range(7))


# 1 June 2026 is a Monday.
@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("0 3 * * 1", {1, 8, 15, 22, 29}),
        ("0 3 1-7 * *", {1, 2, 3, 4, 5, 6, 7}),
        ("0 3 1-7 * ?", {1, 2, 3, 4, 5, 6, 7}),
        # With two restricted day fields, one of them is enough.
        ("0 3 2 * 1", {1, 2, 8, 15, 22, 29}),
        # Every second day is a restriction, every day is none.
        ("0 3 */10 * 1", {1, 8, 11, 15, 21, 22, 29}),
        ("0 3 */1 * 1", {1, 8, 15, 22, 29}),
        ("0 3 * 7 *", set()),
    ],
)
def test_days_of_a_month(text: str, days: set[int]) -> None:
    schedule = cron.parse(text)
    dates = (datetime.date(2026, 6, day) for day in range(1, 31))
    assert {date.day for date in dates if schedule.falls_on(date)} == days


@pytest.mark.parametrize(
    ("text", "gap"),
    [
        ("@hourly", datetime.timedelta(hours=1)),
        ("0 3 * * *", datetime.timedelta(days=1)),
        ("0 3 * * 0", datetime.timedelta(days=7)),
        ("0 3,21 * * *", datetime.timedelta(hours=18)),
        ("0 1,3 * * *", datetime.timedelta(hours=22)),
        ("*/30 3 * * MON-FRI", datetime.timedelta(days=2, hours=23, minutes=30)),
        ("@monthly", datetime.timedelta(days=31)),
        ("0 3 31 * *", datetime.timedelta(days=61)),
        ("@yearly", datetime.timedelta(days=366)),
        ("0 0 29 2 *", datetime.timedelta(days=4 * 365 + 1)),
        ("0 0 30 2 *", None),
        ("0 0 31 4,6,9,11 *", None),
        # The day of the week is enough.
        ("0 0 30 2 1", datetime.timedelta(weeks=50)),
    ],
)
def test_longest_gap(text: str, gap: datetime.timedelta | None) -> None:
    assert cron.longest_gap(text) == gap


def test_longest_gap_between_first_sundays_is_five_weeks() -> None:
    gap = cron.longest_gap("0 4 * * 0", first_week_only=True)
    assert gap == datetime.timedelta(weeks=5)
    assert cron.longest_gap("0 4 8-31 * *", first_week_only=True) is None
