"""One change to the values of a key, over many images."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

# A unit has letters (both signs for micro are such) and no digits: `5-HT2A` and `1e5` are no number
# with a unit.
_NUMBER_AND_UNIT: Final = re.compile(
    r"""\s*(?P<number>[+\-\N{MINUS SIGN}]?\d+(?:[.,]\d+)?)
        \s*(?P<unit>(?:[^\W\d_]|[%\N{DEGREE SIGN}])(?:[^\W\d_]|[%\N{DEGREE SIGN}/·\ ])*?)\s*""",
    re.VERBOSE,
)

Row = tuple[int, Mapping[str, str]]
Values = dict[int, dict[str, str]]


@dataclass(frozen=True, slots=True)
class SetValue:
    """The key gets this value; an empty one takes the key away."""

    value: str


@dataclass(frozen=True, slots=True)
class FillDown:
    """The first image's value goes to the others.

    Attributes:
        empty: only to images without a value; each gets that of the nearest one before it.
    """

    empty: bool = False


@dataclass(frozen=True, slots=True)
class Replace:
    """A text takes the place of another one, upper and lower case as they are.

    Attributes:
        text: what is looked for; not empty.
        by: what takes its place.
        whole: only values that are this text as a whole.
    """

    text: str
    by: str
    whole: bool = False


@dataclass(frozen=True, slots=True)
class SplitUnit:
    """`10uM` becomes `10`, and `uM` under the key of the unit. Other values stay.

    Attributes:
        unit: the key of the unit.
    """

    unit: str


Edit = SetValue | FillDown | Replace | SplitUnit


def edited(rows: Iterable[Row], key: str, edit: Edit) -> Values:
    """The values that are others after an edit.

    Args:
        rows: id and values by key of each image, in the order of the table.
        key: whose values are changed.
        edit: what happens to them.

    Returns:
        By image and key; an empty value takes the key away. Images that stay as they are are not
        among them.
    """
    result: Values = {}
    above = ""
    for at, (image, values) in enumerate(rows):
        now = values.get(key, "")
        wanted = {key: now}
        if isinstance(edit, SetValue):
            wanted = {key: edit.value}
        elif isinstance(edit, Replace):
            wanted = {key: _replaced(now, edit)}
        elif isinstance(edit, SplitUnit):
            wanted = _split(now, key, edit.unit)
        elif at > 0 and not (edit.empty and now):
            wanted = {key: above}
        above = wanted[key]
        if new := {name: value for name, value in wanted.items() if value != values.get(name, "")}:
            result[image] = new
    return result


def _replaced(value: str, edit: Replace) -> str:
    if edit.whole:
        return edit.by if value == edit.text else value
    return value.replace(edit.text, edit.by)


def _split(value: str, key: str, unit: str) -> dict[str, str]:
    found = _NUMBER_AND_UNIT.fullmatch(value)
    return {key: found["number"], unit: found["unit"]} if found else {key: value}
