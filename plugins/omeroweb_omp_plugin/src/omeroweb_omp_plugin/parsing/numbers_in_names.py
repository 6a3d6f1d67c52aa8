"""Dots and hyphens that belong to a number."""

from __future__ import annotations

import re
from typing import Final

_DECIMAL: Final = re.compile(r"\d+\.\d+(?![\d]*\.\d)")
_DOTTED_DATE: Final = re.compile(
    r"(?:(?:19|20)\d\d\.(?:0[1-9]|1[0-2])\.(?:0[1-9]|[12]\d|3[01])"
    r"|(?:0[1-9]|[12]\d|3[01])\.(?:0[1-9]|1[0-2])\.(?:19|20)\d\d)(?![\d.]*\d)"
)
# As people write them, unpadded and with two digits of the year; and times of the day.
_SHORT_DATE: Final = re.compile(
    r"(?:0?[1-9]|[12]\d|3[01])\.(?:0?[1-9]|1[0-2])\.(?:(?:19|20)\d\d|\d\d)(?!\.?\d)"
)
_TIME: Final = re.compile(r"(?:[01]\d|2[0-3])\.[0-5]\d\.[0-5]\d(?!\.?\d)")
_VERSION: Final = re.compile(r"\d+(?:\.\d+)+")
# Whole numbers with leading zeros are counters: `A--01` has no minus.
_NEGATIVE: Final = re.compile(r"-(?:\d+\.\d+|0|[1-9]\d*)(?=[A-Za-zµμ°%]{0,4}(?:[^\w]|_|$))")
_NEGATIVE_DECIMAL: Final = re.compile(r"-\d+\.\d+(?=[A-Za-zµμ°%]{0,4}(?:[^\w]|_|$))")


def decimal_end(text: str, dot: int, start: int) -> int:
    """Where a number ends that has a decimal point.

    `0.1` and `12.5` are numbers, `01.02` are two counters, `v1.2.3` is a version; `2024.01.03`,
    `03.01.2024` and `2.8.19` are dates, `14.01.03` is a date or a time.

    Args:
        text: what it stands in.
        dot: where the dot is.
        start: where the word begins that the dot may belong to.

    Returns:
        The end of the number, or `dot` when the dot separates.
    """
    begin = dot
    while begin > start and text[begin - 1].isdecimal():
        begin -= 1
    date = _DOTTED_DATE.match(text, begin)
    if date:
        return date.end()
    before = text[begin - 1] if begin > start else ""
    if before in ("v", "V") and not text[begin - 2 : begin - 1].isalnum():
        version = _VERSION.match(text, begin)
        return version.end() if version else dot
    if not (begin and text[begin - 1] == "."):
        short = _TIME.match(text, begin) or _SHORT_DATE.match(text, begin)
        if short and not before.isalpha():
            return short.end()
    whole = text[begin:dot]
    signed = begin > start and text[begin - 1] == "-"
    number = _DECIMAL.match(text, begin)
    counter = len(whole) > 1 and whole[0] == "0" and not signed
    chained = begin > 1 and text[begin - 1] == "." and text[begin - 2].isdecimal()
    return number.end() if number and not counter and not chained else dot


def negative_end(text: str, hyphen: int, separators: str) -> int:
    """Where a negative number ends.

    A hyphen is a minus when a separator or nothing is before it and a number after it. After
    another hyphen only decimals count, because `--` also separates.

    Args:
        text: what it stands in.
        hyphen: where the hyphen is.
        separators: the characters that separate.

    Returns:
        The end of the number, or `hyphen` when the hyphen separates.
    """
    before = text[hyphen - 1] if hyphen else ""
    if before and before not in separators:
        return hyphen
    number = (_NEGATIVE_DECIMAL if before == "-" else _NEGATIVE).match(text, hyphen)
    return number.end() if number else hyphen
