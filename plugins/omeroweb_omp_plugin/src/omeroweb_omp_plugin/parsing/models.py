"""What goes into the parser and what comes out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

Mode = Literal["detect", "separators", "regex"]


@dataclass(frozen=True, slots=True)
class Key:
    """One column of the names of a group: what its values are called, and what they are.

    Attributes:
        name: the key of the pairs.
        type: of all values, as `well`; `number`, or `text` when they have nothing in common.
        word: the value, when it is the same in all names of the group.
        label: the word that stands before the value, as `ec` in `ec-01`.
    """

    name: str
    type: str = "text"
    word: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Names of one shape.

    Attributes:
        keys: of the values, in the order of the names.
        names: how many of the names that were looked at have this shape.
        example: one of them.
    """

    keys: tuple[Key, ...]
    names: int = 0
    example: str = ""


@dataclass(frozen=True, slots=True)
class ParserSettings:
    """How names are taken apart.

    Attributes:
        mode: `separators`: `pattern` is the list of separators. `regex`: `pattern` is a regular
            expression of RE2. `detect`: the pattern is to be found from the names first.
        pattern: what `mode` says; empty with `detect`.
        names: keys of the values, by position. The value of an empty one is not written. Where
            there are none, those that were found or that a regular expression names count.
        groups: the shapes of the names, the commonest first; `names` are for this one. None when
            nothing is known of the names: then words go to variables by position alone.
        cuts: patterns of words that are several values, with `separators`.
        shape_names: as `names`, for the second shape, the third, and so on. A key that the
            commonest shape has, too, is called as it is called there.
    """

    mode: Mode
    pattern: str = ""
    names: tuple[str, ...] = ()
    groups: tuple[Group, ...] = ()
    cuts: tuple[str, ...] = ()
    shape_names: tuple[tuple[str, ...], ...] = ()


def settings_of(kept: Mapping[str, Any]) -> ParserSettings:
    """The settings that `dataclasses.asdict` made data of; what older data lacks is empty."""
    groups = tuple(
        Group(tuple(Key(**key) for key in group["keys"]), group["names"], group["example"])
        for group in kept.get("groups", ())
    )
    names, cuts = tuple(kept.get("names", ())), tuple(kept.get("cuts", ()))
    shape_names = tuple(map(tuple, kept.get("shape_names", ())))
    return ParserSettings(kept["mode"], kept["pattern"], names, groups, cuts, shape_names)


class Piece(NamedTuple):
    """A value in its name.

    Attributes:
        start: the place of its first character in the name; -1 when this name has no such value.
        end: the place after its last character.
        key: what it is called.
    """

    start: int
    end: int
    key: str


class ParsedName(NamedTuple):
    """One name, taken apart.

    Attributes:
        name: the name as it was given.
        extension: with its dot, as `.ome.tif`; empty when there is none.
        tokens: the words between the separators, in order.
        pairs: variable and value of each.
        types: what each value is, as `well` or `text`; as many as there are pairs.
        warnings: what a person should look at, in whole sentences.
        group: the place of its shape in the settings' groups; -1 when it has none of them.
    """

    name: str
    extension: str
    tokens: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]
    types: tuple[str, ...]
    warnings: tuple[str, ...]
    group: int = 0


@dataclass(frozen=True, slots=True)
class FoundScheme:
    """A scheme of an instrument that nearly all names follow.

    Attributes:
        name: of the instrument or program, as `Opera Phenix`.
        pattern: the expression that reads the names.
        source: where the scheme is written down.
        names: how many of the names that were looked at follow it.
        of: how many were looked at.
    """

    name: str
    pattern: str
    source: str
    names: int
    of: int


@dataclass(frozen=True, slots=True)
class Detected:
    """What the names of a set have in common.

    Attributes:
        pattern: the pattern for `ParserSettings(mode="separators")`.
        separators: the characters that separate words, the most telling first.
        labels: words that name the value after them, as `sa` in `ec-01-sa-02`.
        names: proposed names of the variables, one for each value.
        confidence: 0 (nothing in common) to 1 (every name has the same columns).
        groups: the shapes of the names, the commonest first.
        cuts: patterns of words that are several values.
        scheme: the instrument whose scheme the names follow; it is used instead of `pattern`.
        pieces: how many names the separators cut into how many pieces, as (pieces, names), the
            commonest first; all names are counted.
        remarks: what looks wrong, in whole sentences.
    """

    pattern: str
    separators: tuple[str, ...]
    labels: tuple[str, ...]
    names: tuple[str, ...]
    confidence: float
    groups: tuple[Group, ...] = ()
    cuts: tuple[str, ...] = ()
    scheme: FoundScheme | None = None
    pieces: tuple[tuple[int, int], ...] = ()
    remarks: tuple[str, ...] = ()
