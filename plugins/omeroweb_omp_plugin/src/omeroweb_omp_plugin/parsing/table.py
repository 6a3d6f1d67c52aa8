"""Parsed names as a table for people."""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final, TextIO

from omeroweb_omp_plugin.parsing.models import Detected, ParsedName

# Columns are as wide as the first names need.
_LOOKED_AT: Final = 200
_WIDEST: Final = 60


def write(detected: Detected, parsed: Iterator[ParsedName], output: TextIO) -> None:
    """Write what was detected, and a line for each name.

    Args:
        detected: told in the first line.
        parsed: the names; read once, a few at a time.
        output: where to.
    """
    signs = " ".join(f"“{sign}”" for sign in detected.separators) or "none"
    labels = ", ".join(detected.labels) or "none"
    output.write(
        f"pattern: {detected.pattern}   separators: {signs}   labels: {labels}   "
        f"confidence: {detected.confidence:.0%}\n\n"
    )
    first = list(itertools.islice(parsed, _LOOKED_AT))
    variables = list(dict.fromkeys(variable for name in first for variable, _ in name.pairs))
    heads = ["name", *variables]
    rows = [_cells(name, variables) for name in first]
    widths = [min(_WIDEST, max(map(_width, column))) for column in zip(heads, *rows, strict=True)]
    output.write(_line(heads, widths, ""))
    output.write(_line(["-" * width for width in widths], widths, ""))
    for name in itertools.chain(first, parsed):
        # A variable that no name before had has no column.
        beyond = [f"{key}={value}" for key, value in name.pairs if key not in variables]
        told = " ".join([*beyond, *(f"! {warning}" for warning in name.warnings)])
        output.write(_line(_cells(name, variables), widths, told))


def _cells(name: ParsedName, variables: Sequence[str]) -> list[str]:
    values = dict(name.pairs)
    return [name.name, *(values.get(variable, "") for variable in variables)]


def _line(cells: Sequence[str], widths: Sequence[int], told: str) -> str:
    padded = (
        _safe(cell) + " " * max(0, width - _width(cell))
        for cell, width in zip(cells, widths, strict=True)
    )
    return ("  ".join(padded) + ("  " + told if told else "")).rstrip() + "\n"


def _safe(text: str) -> str:
    """The text without signs that move the cursor or colour a terminal."""
    return "".join("�" if unicodedata.category(sign) == "Cc" else sign for sign in text)


def _width(text: str) -> int:
    """Columns of a terminal: letters of East Asia take two, accents that combine none."""
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        for sign in text
    )
