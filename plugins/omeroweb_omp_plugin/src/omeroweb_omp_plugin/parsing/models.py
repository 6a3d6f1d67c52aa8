"""What goes into the parser and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Mode = Literal["detect", "separators", "regex"]


@dataclass(frozen=True, slots=True)
class ParserSettings:
    """How names are taken apart.

    Attributes:
        mode: `separators`: `pattern` is the list of separators. `regex`: `pattern` is a regular
            expression of RE2. `detect`: the pattern is to be found from the names first.
        pattern: what `mode` says; empty with `detect`.
        names: names of the variables, by position. Named groups of a regular expression win.
    """

    mode: Mode
    pattern: str = ""
    names: tuple[str, ...] = ()


class ParsedName(NamedTuple):
    """One name, taken apart.

    Attributes:
        name: the name as it was given.
        extension: with its dot, as `.ome.tif`; empty when there is none.
        tokens: the words between the separators, in order.
        pairs: variable and value of each.
        types: what each value is, as `well` or `text`; as many as there are pairs.
        warnings: what a person should look at, in whole sentences.
    """

    name: str
    extension: str
    tokens: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]
    types: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Detected:
    """What the names of a set have in common.

    Attributes:
        pattern: the pattern for `ParserSettings(mode="separators")`.
        separators: the characters that separate words, the most telling first.
        labels: words that name the value after them, as `sa` in `ec-01-sa-02`.
        names: proposed names of the variables, one for each value.
        confidence: 0 (nothing in common) to 1 (every name has the same columns).
    """

    pattern: str
    separators: tuple[str, ...]
    labels: tuple[str, ...]
    names: tuple[str, ...]
    confidence: float
