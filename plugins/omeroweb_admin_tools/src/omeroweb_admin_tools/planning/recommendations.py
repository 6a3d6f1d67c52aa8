"""What growth asks of an administrator: which groups grow, and what is full when."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from omero_plugin_common.string_utils import bytes_in_words
from omeroweb_admin_tools.planning.growth import days_left

# A volume takes longer to enlarge than a number.
_VOLUME_DAYS: Final = 90
_QUOTA_DAYS: Final = 30
# What a recommended quota lasts.
_LASTS_DAYS: Final = 180
_MOST: Final = 5
_LEAST_SHARE: Final = 0.1
_GIGABYTE: Final = 2**30
_WORDS_IN_DAYS: Final = 60
_LONG: Final = 3650


@dataclass(frozen=True, slots=True)
class Growing:
    """A group.

    Attributes:
        name: of the group.
        bytes: that it has.
        limit: bytes that it may have; None for no quota.
        per_day: bytes that it grows by; None where the days are too few.
        may_have_limit: OMERO's own groups have no quotas.
    """

    name: str
    bytes: int
    limit: int | None
    per_day: float | None
    may_have_limit: bool = True

    @property
    def grows(self) -> float:
        """Bytes a day; 0 where it shrinks or nobody knows."""
        return max(0.0, self.per_day or 0.0)

    @property
    def full_in(self) -> int | None:
        """Days until its quota is used; None without one, or without growth."""
        return None if self.limit is None else days_left(self.limit - self.bytes, self.per_day)


@dataclass(frozen=True, slots=True)
class Recommendation:
    """Something to know or to do.

    Attributes:
        urgent: whether something is full soon.
        words: what was seen.
        advice: what to do; empty where there is nothing to do.
    """

    urgent: bool
    words: str
    advice: str = ""


def recommendations(
    groups: Sequence[Growing], free: int, per_day: float | None
) -> list[Recommendation]:
    """What to do, what is urgent first; nothing where there are too few days to know.

    Args:
        groups: all of them.
        free: bytes that are free where OMERO stores files.
        per_day: bytes that all groups together grow by.
    """
    found = [
        *_volume(free, per_day),
        *_near_their_quota(groups),
        *_without_quota(groups, free),
        *_fastest(groups),
    ]
    return sorted(found, key=lambda each: not each.urgent)


def _volume(free: int, per_day: float | None) -> Iterable[Recommendation]:
    days = days_left(free, per_day)
    if per_day is None or days is None or days > _VOLUME_DAYS:
        return
    yield Recommendation(
        True,
        f"What is free where OMERO stores files is used {_in_words(days)}, at "
        f"{_rate(per_day)} as in the last 30 days.",
        "Enlarge the volume, or agree with the groups below on what they delete.",
    )


def _near_their_quota(groups: Sequence[Growing]) -> Iterable[Recommendation]:
    near = [
        (group.full_in, group)
        for group in groups
        if group.full_in is not None and group.full_in <= _QUOTA_DAYS
    ]
    for days, group in sorted(near, key=lambda each: each[0])[:_MOST]:
        yield Recommendation(
            True,
            f"{group.name} reaches its quota of {bytes_in_words(group.limit or 0)} "
            f"{_in_words(days)}, at {_rate(group.grows)}.",
            f"Tell its members, or raise it: {_enough(group)} last for {_LASTS_DAYS} days more.",
        )


def _without_quota(groups: Sequence[Growing], free: int) -> Iterable[Recommendation]:
    """Those that could take from the others what is free."""
    alone = [
        (days, group)
        for group in groups
        if group.limit is None and group.may_have_limit
        if (days := days_left(free, group.per_day)) is not None and days <= _LASTS_DAYS
    ]
    for days, group in sorted(alone, key=lambda each: each[0])[:_MOST]:
        yield Recommendation(
            days <= _VOLUME_DAYS,
            f"{group.name} has no quota, and would alone use all that is free {_in_words(days)}, "
            f"at {_rate(group.grows)}.",
            f"Give it one: {_enough(group)} last for {_LASTS_DAYS} days.",
        )


def _fastest(groups: Sequence[Growing]) -> Iterable[Recommendation]:
    """Those with a large share of all growth."""
    total = sum(group.grows for group in groups)
    for group in sorted(groups, key=lambda each: -each.grows)[:_MOST]:
        if not total or group.grows < _LEAST_SHARE * total:
            return
        days = group.full_in
        quota = (
            "it has no quota"
            if group.limit is None
            else f"its quota of {bytes_in_words(group.limit)} is used {_in_words(days or 0)}"
        )
        yield Recommendation(
            False,
            f"{group.name} grows by {_rate(group.grows)}, {100 * group.grows / total:.0f} % of all "
            f"growth; {quota}.",
        )


def _enough(group: Growing) -> str:
    """Whole gigabytes, as one types them."""
    wanted = max(group.bytes, group.limit or 0) + _LASTS_DAYS * group.grows
    return f"{math.ceil(wanted / _GIGABYTE)} GB"


def _rate(per_day: float) -> str:
    return f"{bytes_in_words(round(per_day))} a day"


def _in_words(days: int) -> str:
    if days < 1:
        return "today"
    if days > _LONG:
        return "in more than ten years"
    if days > _WORDS_IN_DAYS:
        return f"in about {round(days / 30)} months"
    return f"in {days} days" if days > 1 else "in 1 day"
