"""Numbers as instruments write them: `1024.`, `1.0D+03`, and `0,01` where commas are decimal."""

from __future__ import annotations

import math
import re
from typing import Final

_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[EeDd][+-]?\d+)?\Z", re.ASCII)
_DECIMAL_COMMA: Final = re.compile(r"[+-]?\d*,\d+(?:[EeDd][+-]?\d+)?\Z", re.ASCII)


def number(text: str) -> float | None:
    """The finite number that a text is, or nothing. A single comma counts as decimal."""
    text = text.strip()
    if _DECIMAL_COMMA.match(text):
        text = text.replace(",", ".")
    if not _NUMBER.match(text):
        return None
    value = float(text.upper().replace("D", "E"))
    return value if math.isfinite(value) else None


def has_decimal_comma(text: str) -> bool:
    """Whether a number is written like `0,01`."""
    return bool(_DECIMAL_COMMA.match(text.strip()))


def split(line: str, *, decimal_comma: bool) -> list[str]:
    """The numbers of a line of data, as texts.

    Args:
        line: numbers between blanks, tabs, semicolons and commas.
        decimal_comma: a comma inside a number is a decimal one, such as in `0,01; 5`.
    """
    if decimal_comma:
        return [piece.rstrip(",") for piece in re.split(r"[\s;]+", line) if piece.strip(",")]
    return [piece for piece in re.split(r"[\s;,]+", line) if piece]
