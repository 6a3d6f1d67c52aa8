"""Text of files and people, so that the font can show it."""

from __future__ import annotations

from functools import cache
from typing import Final

from matplotlib import font_manager

FONT: Final = "DejaVu Sans"
_INSTEAD: Final = "\N{WHITE SQUARE}"


def shown(text: str, longest: int = 90) -> str:
    """One line of characters that the font has.

    Args:
        text: any text.
        longest: what is longer is cut.
    """
    line = " ".join(text.split())
    line = "".join(each if _has(each) else _INSTEAD for each in line if each.isprintable())
    return line if len(line) <= longest else line[: longest - 1] + "\N{HORIZONTAL ELLIPSIS}"


@cache
def _characters() -> frozenset[int]:
    path = font_manager.findfont(FONT, fallback_to_default=True)
    return frozenset(font_manager.get_font(path).get_charmap())


def _has(character: str) -> bool:
    return ord(character) in _characters()
