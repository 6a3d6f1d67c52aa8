"""How fast something grows, and when that ends: a straight line through the last weeks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from statistics import linear_regression
from typing import Final

# A line through fewer days says nothing.
LEAST_DAYS: Final = 7
# What a line goes through, at most.
LINE_DAYS: Final = 30


def bytes_per_day(days: Mapping[date, int]) -> float | None:
    """The slope of the line of least squares; nothing where the days are too few.

    Args:
        days: bytes by day.
    """
    if not days or (max(days) - min(days)).days < LEAST_DAYS or len(days) < LEAST_DAYS:
        return None
    numbers = [day.toordinal() for day in days]
    return linear_regression(numbers, list(days.values())).slope


def recent_bytes_per_day(days: Mapping[date, int]) -> float | None:
    """The same of the last 30 days before the newest one.

    Args:
        days: bytes by day.
    """
    newest = max(days, default=None)
    if newest is None:
        return None
    return bytes_per_day(
        {day: size for day, size in days.items() if (newest - day).days < LINE_DAYS}
    )


def days_left(room: int, growth: float | None) -> int | None:
    """Days until so many bytes are used; nothing where it does not grow.

    Args:
        room: bytes that are free.
        growth: bytes per day.
    """
    if growth is None or growth <= 0:
        return None
    return max(0, int(room / growth))
