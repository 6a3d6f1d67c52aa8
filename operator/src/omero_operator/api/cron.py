"""Cron schedules, read as the CronJob controller reads them.

The format is the standard one of robfig/cron v3, which Kubernetes uses to judge and to run a
CronJob (https://pkg.go.dev/github.com/robfig/cron/v3#ParseStandard). Libraries for Python follow
other dialects: they know `L`, `#` and 7 for Sunday, and join the two day fields otherwise. What is
accepted here is accepted there; a few forms that it only tolerates, such as `1,,2`, are refused.
"""

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

DESCRIPTORS: Mapping[str, str] = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")

FIVE_FIELDS = (
    "write five fields (minute, hour, day of the month, month, day of the week) or one of "
    + ", ".join(DESCRIPTORS)
)
RISING = "a range must go from low to high, for example 1-5, MON-FRI or 22-23"

# A range inside a field that has been made lower case.
_END = f"([0-9]{{1,2}}|{'|'.join((*_MONTHS, *_WEEKDAYS))})"
RANGE = f"{_END}-{_END}"


@dataclass(frozen=True)
class Field:
    """One of the five fields.

    Attributes:
        low: Its lowest value.
        high: Its highest value.
        value: Regular expression of one value; RE2 and Python read it alike.
        names: What may stand for a value, in lower case.
        message: What may be written, for people.
    """

    low: int
    high: int
    value: str
    names: Mapping[str, int]
    message: str

    @property
    def pattern(self) -> str:
        """Regular expression of the whole field: values, ranges and steps between commas."""
        part = rf"([*?]|{self.value}(-{self.value})?)(/[1-9][0-9]?)?"
        return f"{part}(,{part})*"


def _names(names: tuple[str, ...], first: int) -> dict[str, int]:
    return {name: number for number, name in enumerate(names, first)}


FIELDS: tuple[Field, ...] = (
    Field(0, 59, "[0-5]?[0-9]", {}, "the minute (field 1) must be 0 to 59, for example 30 or */15"),
    Field(
        0, 23, "([01]?[0-9]|2[0-3])", {}, "the hour (field 2) must be 0 to 23, for example 3 or */6"
    ),
    Field(
        1,
        31,
        "(0?[1-9]|[12][0-9]|3[01])",
        {},
        "the day of the month (field 3) must be 1 to 31 or *; L and W are not supported",
    ),
    Field(
        1,
        12,
        f"(0?[1-9]|1[0-2]|(?i:{'|'.join(_MONTHS)}))",
        _names(_MONTHS, 1),
        "the month (field 4) must be 1 to 12, JAN to DEC or *",
    ),
    Field(
        0,
        6,
        f"(0?[0-6]|(?i:{'|'.join(_WEEKDAYS)}))",
        _names(_WEEKDAYS, 0),
        "the day of the week (field 5) must be 0 to 6, SUN to SAT or *; Sunday is 0, not 7; L "
        "and # are not supported",
    ),
)


@dataclass(frozen=True)
class Schedule:
    """When a job starts.

    Attributes:
        minutes: Minutes of an hour.
        hours: Hours of a day.
        days: Days of a month.
        months: Months of a year, from 1.
        weekdays: Days of a week, from 0 for Sunday.
        both_days: Whether a day must be in `days` and in `weekdays`; else one of them is enough.
    """

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    both_days: bool

    def falls_on(self, date: datetime.date) -> bool:
        """Whether a job starts on this day."""
        if date.month not in self.months:
            return False
        of_month, of_week = date.day in self.days, date.isoweekday() % 7 in self.weekdays
        return of_month and of_week if self.both_days else of_month or of_week


def parse(text: str) -> Schedule:
    """Read a schedule.

    Args:
        text: Five fields, or a descriptor such as `@daily`.

    Returns:
        When it starts.

    Raises:
        ValueError: The CronJob controller would refuse it; the message says what to write.
    """
    texts = re.split(" +", DESCRIPTORS.get(text, text))
    if len(texts) != len(FIELDS):
        raise ValueError(FIVE_FIELDS)
    minutes, hours, days, months, weekdays = (
        _values(part, field) for part, field in zip(texts, FIELDS, strict=True)
    )
    both_days = any(_is_star(part) for field in (texts[2], texts[4]) for part in field.split(","))
    return Schedule(minutes, hours, days, months, weekdays, both_days)


def _is_star(part: str) -> bool:
    """Whether a part of a day field leaves the choice of days to the other day field."""
    return re.fullmatch(r"[*?](/1)?", part) is not None


def _values(text: str, field: Field) -> frozenset[int]:
    if not re.fullmatch(field.pattern, text):
        raise ValueError(f"{field.message}; it is '{text}'")
    return frozenset(value for part in text.split(",") for value in _range(part, field))


def _range(part: str, field: Field) -> range:
    ends, _, step = part.partition("/")
    first, _, last = ends.partition("-")
    if first in ("*", "?"):
        low, high = field.low, field.high
    else:
        low = _number(first, field)
        # A single value with a step goes on to the end: 10/20 is 10, 30 and 50.
        high = _number(last, field) if last else field.high if step else low
    if low > high:
        raise ValueError(f"{RISING}; it is '{part}'")
    return range(low, high + 1, int(step or 1))


def _number(text: str, field: Field) -> int:
    name = field.names.get(text.lower())
    return int(text) if name is None else name


# Weekdays and leap years repeat after 28 years, between 1901 and 2099.
_FIRST, _YEARS = datetime.date(2000, 1, 1), 28


@cache
def longest_gap(text: str, *, first_week_only: bool = False) -> datetime.timedelta | None:
    """The longest time between two starts, by the clock on the wall.

    A start in the hour that a time zone skips in spring does not take place, so what is judged by
    this should allow for a second gap.

    Args:
        text: A schedule that `parse` accepts.
        first_week_only: Count days 1 to 7 of a month alone.

    Returns:
        The time; None for what never starts, such as 30 February.

    Raises:
        ValueError: As `parse`.
    """
    schedule = parse(text)
    end = _FIRST.replace(year=_FIRST.year + _YEARS)
    cycle = (end - _FIRST).days
    dates = (_FIRST + datetime.timedelta(days=number) for number in range(cycle))
    days = [
        number
        for number, date in enumerate(dates)
        if schedule.falls_on(date) and not (first_week_only and date.day > 7)
    ]
    if not days:
        return None
    times = sorted(hour * 60 + minute for hour in schedule.hours for minute in schedule.minutes)
    in_a_day = max((b - a for a, b in pairwise(times)), default=0)
    nights = max(b - a for a, b in pairwise([*days, days[0] + cycle]))
    return datetime.timedelta(minutes=max(in_a_day, nights * 24 * 60 - (times[-1] - times[0])))
