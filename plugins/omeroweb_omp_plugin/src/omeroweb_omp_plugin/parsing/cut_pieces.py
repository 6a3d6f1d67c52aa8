"""The pieces that a person cuts one name into."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class CutPiece(NamedTuple):
    """A part of a name that a person cut.

    Attributes:
        start: where it begins; places count characters (Unicode code points).
        end: where the next character after it is.
        key: what the value is called; empty when nobody has named it.
        used: whether it is a value; else it may be anything, and nothing is taken from it.
    """

    start: int
    end: int
    key: str = ""
    used: bool = True


class PiecesRefused(ValueError):
    """Nobody can cut a name like this; the message is a sentence for the user."""


def in_order(name: str, pieces: Sequence[CutPiece]) -> list[CutPiece]:
    """The pieces in the order of the name.

    Raises:
        PiecesRefused: none is used, or one is empty, leaves the name, or overlaps another one.
    """
    if not any(piece.used for piece in pieces):
        raise PiecesRefused("Use one piece of the name at least.")
    ordered = sorted(pieces)
    position = 0
    for start, end, _, _ in ordered:
        if start < 0 or end > len(name):
            raise PiecesRefused(
                f"A piece from {start} to {end} leaves the name, which has {len(name)} characters."
            )
        if start >= end:
            raise PiecesRefused(f"The piece at {start} is empty.")
        if start < position:
            raise PiecesRefused(f"Two pieces overlap at “{name[start : min(position, end)]}”.")
        position = end
    return ordered


def place_of_extension(name: str, base: str, extension: str) -> tuple[int, int]:
    """Where the extension of a name stands: at its end, or before the number of a series.

    Args:
        name: as a whole.
        base: the name without its extension.
        extension: with its dot, or nothing.

    Returns:
        Its first character, and the one after its last.
    """
    start = len(base)
    if name != base + extension:
        places = range(len(base) - 1, -1, -1)
        start = next(at for at in places if base[:at] + extension + base[at:] == name)
    return start, start + len(extension)
