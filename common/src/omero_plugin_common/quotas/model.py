"""What quotas are about, as data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

Standing = Literal["free", "nearly full", "full"]
# From this part of its limit on, a group is nearly full.
NEARLY: Final = 0.9
# Of a bigint, PostgreSQL's type of the columns.
MOST: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Group:
    """A group of OMERO."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Who:
    """Who changes a limit, and why."""

    user_id: int
    user_name: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds for the whole site.

    Attributes:
        minimum: bytes of the smallest limit that can be set.
        new_groups: bytes that a new group may have; nothing for no limit.
        new_after: groups with a higher id are new.
    """

    minimum: int
    new_groups: int | None
    new_after: int | None


@dataclass(frozen=True, slots=True)
class Usage:
    """What a group had when it was counted.

    Attributes:
        bytes: of all files of OMERO in the group.
        counted: when.
        standing: at the last check of a worker.
    """

    bytes: int
    counted: datetime
    standing: Standing


@dataclass(frozen=True, slots=True)
class Counted:
    """A group with a limit, and what it had at the last count.

    Attributes:
        group: which, with its name at that time; empty where an older version counted.
        used: bytes.
        limit: bytes.
        counted: when.
    """

    group: Group
    used: int
    limit: int
    counted: datetime


def standing_of(used: int, limit: int | None) -> Standing:
    """How near to its limit a group is.

    Args:
        used: bytes.
        limit: bytes; nothing for none.
    """
    if limit is None or used < limit * NEARLY:
        return "free"
    return "full" if used >= limit else "nearly full"
