"""Which images the table shows, and in which order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

# What the table can be sorted by beside the keys.
IMAGE: Final = "@image"
STATE: Final = "@state"
_DIGITS: Final = re.compile(r"\d+")
# Of longer numbers the digits are compared from the left.
_LONGEST: Final = 20


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What the user asks the table for.

    Attributes:
        search: only images with this text in their name or in a value, upper and lower case alike.
        sort: `@image`, `@state` or a key; empty for the order of the selection.
        descending: the other way round. Images without a value come last both ways.
    """

    search: str = ""
    sort: str = ""
    descending: bool = False

    @property
    def by_key(self) -> bool:
        """Whether it is sorted by the values of a key."""
        return self.sort not in ("", IMAGE, STATE)


AS_SELECTED: Final = Arrangement()


class Row(NamedTuple):
    """What of an image counts.

    Attributes:
        place: of the image in the selection.
        name: of the image.
        values: by key; only those that are not part of the name unless it is sorted by a key.
        state: what needs a look has a low number.
    """

    place: int
    name: str
    values: Mapping[str, str]
    state: int


def arranged(rows: Iterable[Row], wanted: Arrangement) -> list[int]:
    """Places of the images that the table shows, in its order."""
    text = wanted.search.strip().casefold()
    found = [row for row in rows if not text or _contains(row, text)]
    if not wanted.sort:
        return [row.place for row in found]
    known: dict[str, str] = {}

    def key(row: Row) -> Any:
        if wanted.sort == STATE:
            return row.state
        if wanted.sort == IMAGE:
            return natural(row.name)
        value = row.values.get(wanted.sort, "")
        if not value:
            return None
        # Many images have the same value.
        if value not in known:
            known[value] = natural(value)
        return known[value]

    keyed = [(key(row), row.place) for row in found]
    with_value = sorted(
        (each for each in keyed if each[0] is not None),
        key=lambda each: each[0],
        reverse=wanted.descending,
    )
    return [place for _, place in with_value] + [place for value, place in keyed if value is None]


def natural(text: str) -> str:
    """A key that sorts `A2` before `A10`, upper and lower case alike."""
    return _DIGITS.sub(_padded, text.casefold())


def _padded(digits: re.Match[str]) -> str:
    return digits[0].zfill(_LONGEST)


def _contains(row: Row, text: str) -> bool:
    return text in row.name.casefold() or any(text in v.casefold() for v in row.values.values())
