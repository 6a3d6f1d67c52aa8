"""Columns of words, and how much a column tells."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from omeroweb_omp_plugin.parsing.alignment import EITHER, NUMBER
from omeroweb_omp_plugin.parsing.rules import TEXT

_NEARLY_ALL: Final = 0.95
_FEW: Final = 12
_NO_WORD: Final = -0.5
# Beyond this share of values with a frequent sign in them, a column would better be cut.
MANY: Final = 0.5
_PADDED_WELL: Final = re.compile(r"[A-Z]{1,2}\d{2}")


@dataclass(frozen=True, slots=True)
class Column:
    """One place in the names of a set.

    Attributes:
        kind: the type of nearly all of its values; `text` when there is none.
        constant: the word that nearly all names have there, empty when they differ.
        varied: whether the values differ at all.
        worth: 0 (the same word everywhere, or values that still have a frequent sign in them) to
            1 (values of one type that differ). Less than 0 for the same sign everywhere.
        follows: the share of values that begin with a digit or a sign, as after a label.
        uncut: the share of values that still have a frequent sign in them.
    """

    kind: str
    constant: str
    varied: bool
    worth: float
    follows: float
    uncut: float = 0.0


def column(
    values: Sequence[str], types: Sequence[str], uncut: Callable[[str], bool] = lambda _: False
) -> Column:
    """Judge a column.

    Args:
        values: one of each name; at least one.
        types: their types.
        uncut: whether a value still has a frequent sign in it.
    """
    different = Counter(values)
    kinds = Counter(types)
    if len(kinds) == 2 and EITHER in kinds:
        # The others say which it is.
        (other,) = kinds.keys() - {EITHER}
        if other in ("date", "time of day"):
            kinds = Counter({other: len(values)})
    word, often = max(different.items(), key=lambda item: (item[1], item[0]))
    kind, typed = max(kinds.items(), key=lambda item: (item[1], item[0]))
    constant = word if often >= _NEARLY_ALL * len(values) else ""
    varied = len(different) > 1
    if typed < _NEARLY_ALL * len(values) or (kind == "well" and not _are_wells(different)):
        kind = TEXT
    left = sum(count for value, count in different.items() if uncut(value)) / len(values)
    if kind != TEXT:
        worth = (0.7 if kind == NUMBER else 1.0) if varied else 0.2
    elif constant:
        # A dash that stands between blanks in all names would better separate.
        worth = 0.0 if any(map(str.isalnum, constant)) else _NO_WORD
    else:
        repeated = len(different) <= max(_FEW, len(values) // 20) and 2 * len(different) <= len(
            values
        )
        worth = 0.7 if repeated else 0.2
    if left > MANY and kind == TEXT:
        worth = min(worth, 0.0)
    leading = sum(value[0].isdecimal() or value[0] in "-+" for value in values)
    return Column(
        kind=kind,
        constant=constant,
        varied=varied,
        worth=worth,
        follows=leading / len(values),
        uncut=left,
    )


def _are_wells(values: Iterable[str]) -> bool:
    """Whether words that may be wells are wells: `E4`, `E9`, `E14` are no row of a plate.

    They are when rows differ, or when all have two digits.
    """
    rows = {value.rstrip("0123456789") for value in values}
    return len(rows) > 1 or all(map(_PADDED_WELL.fullmatch, values))
