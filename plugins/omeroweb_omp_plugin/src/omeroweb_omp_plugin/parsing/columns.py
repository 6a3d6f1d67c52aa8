"""Columns of words, and how much a column tells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from omeroweb_omp_plugin.parsing.rules import TEXT

_NEARLY_ALL: Final = 0.95
_MOST: Final = 0.8
_FEW: Final = 12
_NO_WORD: Final = -0.5


@dataclass(frozen=True, slots=True)
class Column:
    """One place in the names of a set.

    Attributes:
        kind: the type of most of its values; `text` when there is none.
        constant: the word that nearly all names have there, empty when they differ.
        varied: whether the values differ at all.
        worth: 0 (the same word everywhere) to 1 (values of one type that differ). Less than 0 for
            the same sign everywhere.
        follows: the share of values that begin with a digit or a sign, as after a label.
    """

    kind: str
    constant: str
    varied: bool
    worth: float
    follows: float


def column(values: Sequence[str], types: Sequence[str]) -> Column:
    """Judge a column.

    Args:
        values: one of each name; at least one.
        types: their types.
    """
    different = Counter(values)
    kinds = Counter(types)
    word, often = max(different.items(), key=lambda item: (item[1], item[0]))
    kind, typed = max(kinds.items(), key=lambda item: (item[1], item[0]))
    constant = word if often >= _NEARLY_ALL * len(values) else ""
    varied = len(different) > 1
    if kind != TEXT and typed >= _NEARLY_ALL * len(values):
        worth = 1.0 if varied else 0.5
    elif constant:
        # A dash that stands between blanks in all names would better separate.
        worth = 0.0 if any(map(str.isalnum, constant)) else _NO_WORD
    else:
        repeated = len(different) <= max(_FEW, len(values) // 20) and 2 * len(different) <= len(
            values
        )
        worth = 0.7 if repeated else 0.2
    leading = sum(value[0].isdecimal() or value[0] in "-+" for value in values)
    return Column(
        kind=kind if typed >= _MOST * len(values) else TEXT,
        constant=constant,
        varied=varied,
        worth=worth,
        follows=leading / len(values),
    )
