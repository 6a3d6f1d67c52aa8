"""Values of queries: what a row's members become, and how two of them compare."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from omero_standin.model import schema
from omero_standin.model.store import Row


class Millis(int):
    """A point in time, in milliseconds since 1970: becomes an RTime."""


class Narrow(int):
    """A value of an RInt member: becomes an RInt, where other whole numbers become RLong."""


class Single(float):
    """A value of an RFloat member."""


class KindName(str):
    """A type of the model as a value (`a.class`), by its short name."""

    __slots__ = ()

    @property
    def java(self) -> str:
        """The name that results show."""
        return schema.java_name(str(self))


@dataclass(frozen=True, slots=True)
class Permissions:
    """`x.details.permissions`: becomes the map that OMERO.web reads."""

    row: Row

    @property
    def text(self) -> str:
        """A text to sort and group by."""
        return f"{self.row.kind}:{self.row.id}"


@dataclass(frozen=True, slots=True)
class Pair:
    """One entry of a map (`mapValue`) and its place in it."""

    name: str
    value: str
    index: int


def key(value: Any) -> Any:
    """What a value is grouped, sorted and told apart by."""
    if isinstance(value, Row):
        return (value.kind, value.id)
    if isinstance(value, Permissions):
        return value.text
    if isinstance(value, Pair):
        return (value.name, value.value)
    return value


def comparable(value: Any) -> Any:
    """An object may be compared with an object or with an id, a type with its full name."""
    if isinstance(value, Row):
        return value.id
    return value.rpartition(".")[2] if isinstance(value, KindName) else value


def aligned(left: Any, right: Any) -> tuple[Any, Any]:
    """Two values made comparable; a number may be given as text, as PostgreSQL allows."""
    left, right = comparable(left), comparable(right)
    if isinstance(left, str) is isinstance(right, str):
        return left, right
    if isinstance(left, str):
        right, left = aligned(right, left)
        return left, right
    try:
        return left, type(left)(right) if isinstance(left, float) else int(right)
    except ValueError:
        return str(left), right


def like(text: str, pattern: str, *, ignore_case: bool) -> bool:
    """SQL's `like`: `%` stands for any text, `_` for one character."""
    return _matcher(pattern, ignore_case)(text) is not None


@lru_cache(maxsize=256)
def _matcher(pattern: str, ignore_case: bool) -> Callable[[str], re.Match[str] | None]:
    parts: list[str] = []
    escaped = False
    for character in pattern:
        if escaped or character not in "%_\\":
            parts.append(re.escape(character))
            escaped = False
        elif character == "\\":
            escaped = True
        else:
            parts.append(".*" if character == "%" else ".")
    flags = re.DOTALL | (re.IGNORECASE if ignore_case else 0)
    return re.compile("".join(parts), flags).fullmatch
