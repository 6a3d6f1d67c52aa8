"""Who has how much, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

# OMERO's own groups: a limit there would stop what the server itself stores.
OMERO_S_OWN: Final = ("system", "user", "guest")


@dataclass(frozen=True, slots=True)
class User:
    """A user: login name and full name."""

    id: int
    name: str
    full_name: str


@dataclass(slots=True)
class Group:
    """A group, its permissions as `rwra--`, and the ids of its members."""

    id: int
    name: str
    permissions: str
    members: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Usage:
    """What was counted.

    Attributes:
        users: by id.
        groups: by id.
        bytes: of the files of a user in a group, by both ids.
        free: bytes that are free where OMERO stores files.
    """

    users: Mapping[int, User]
    groups: Mapping[int, Group]
    bytes: Mapping[tuple[int, int], int]
    free: int
