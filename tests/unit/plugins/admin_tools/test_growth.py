"""How fast storage grows."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from omeroweb_admin_tools.planning.growth import bytes_per_day, days_left, recent_bytes_per_day

FIRST = date(2026, 11, 1)


def days(*sizes: int) -> dict[date, int]:
    return {FIRST + timedelta(days=number): size for number, size in enumerate(sizes)}


def test_a_straight_line() -> None:
    slope = bytes_per_day(days(*range(100, 200, 10)))
    assert slope == pytest.approx(10)
    assert days_left(95, slope) == 9
    assert days_left(-5, slope) == 0


def test_days_without_a_count_change_nothing() -> None:
    some = days(*range(100, 200, 10))
    del some[FIRST + timedelta(days=3)]
    assert bytes_per_day(some) == pytest.approx(10)


@pytest.mark.parametrize("few", [{}, days(1), days(1, 2, 3, 4, 5, 6, 7)])
def test_few_days_say_nothing(few: dict[date, int]) -> None:
    assert bytes_per_day(few) is None


@pytest.mark.parametrize("slope", [None, 0.0, -3.0])
def test_what_does_not_grow_is_never_full(slope: float | None) -> None:
    assert days_left(100, slope) is None


def test_a_line_goes_through_the_last_thirty_days() -> None:
    """What grew fast a year ago says nothing of next month."""
    newest = date(2026, 11, 30)
    old = {newest - timedelta(days=100 + at): 1_000_000 - 10_000 * at for at in range(30)}
    new = {newest - timedelta(days=at): 1_000_300 - 10 * at for at in range(30)}
    assert recent_bytes_per_day(old | new) == pytest.approx(10)
    assert recent_bytes_per_day({}) is None
