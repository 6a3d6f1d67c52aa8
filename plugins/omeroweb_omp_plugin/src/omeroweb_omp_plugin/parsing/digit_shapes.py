"""Words that differ in their digits only have one shape, and mostly one type.

`t0017` and `t9999` have the shape `t0000`. A pattern is widened so that each digit it asks for may
be any digit. What the widened pattern does not fit by its shape, the pattern does not fit either;
and a pattern that widening leaves as it is fits a word exactly when it fits its shape. So counters,
of which each name may have its own, need not be looked at one by one.
"""

from __future__ import annotations

import re
from typing import Final

TO_ZERO: Final = str.maketrans("123456789", "000000000")
_PART: Final = re.compile(r"\\.|\[\^?\]?(?:[^\]\\]|\\.)*\]|\{[\d,]*\}|(?s:.)")
# Escapes that may stand for a digit in a way that is not seen here, and names of groups.
_UNCLEAR: Final = re.compile(r"\\[xQ0-7]|\(\?P?<|\[\^[^\]]*\d")
ANYTHING: Final = "(?s:.*)"


def shape(word: str) -> str:
    """The word with each digit as 0."""
    return word.translate(TO_ZERO)


def widened(pattern: str) -> str:
    """A pattern that fits the shape of each word that `pattern` fits, and perhaps more."""
    if _UNCLEAR.search(pattern):
        return ANYTHING
    return "".join(_widened_part(part) for part in _PART.findall(pattern))


def _widened_part(part: str) -> str:
    if part.isdecimal():
        return r"\d"
    if part.startswith("[") and re.search(r"\d", part):
        return f"[0-9{part[1:]}"
    return part
