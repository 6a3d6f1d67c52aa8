"""What one piece of a name may look like in other names, as expressions of RE2."""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

from omeroweb_omp_plugin.parsing.engine import matcher

_DIGIT, _UPPER, _LOWER, _OTHER, _SIGN = "digit", "upper", "lower", "other", "sign"
_LETTER: Final = "letter"
_SPECIAL: Final = frozenset("\\.+*?()|[]{}^$")
_SPECIAL_IN_CLASS: Final = frozenset("\\[]^")
# Of names in ASCII, and of names with other letters.
_ASCII: Final = {_DIGIT: r"\d", _UPPER: "[A-Z]", _LOWER: "[a-z]", _LETTER: "[A-Za-z]"}
_UNICODE: Final = {
    _DIGIT: r"\d",
    _UPPER: r"\p{Lu}",
    _LOWER: r"\p{Ll}",
    _LETTER: r"[\p{L}\p{M}]",
    _OTHER: r"[\p{Lo}\p{Lm}\p{M}]",
}
_NOTHING: Final = r"[^\x{0}-\x{10FFFF}]"


def literal(text: str) -> str:
    """An expression that fits this text only."""
    return "".join(map(_literal, text))


def is_ascii(text: str) -> bool:
    """Whether the letters of a text are those from A to Z."""
    return text.isascii() or all(each.isascii() or _kind(each) == _SIGN for each in text)


def classes_of(alphabet: Iterable[str]) -> dict[str, str]:
    """For each class of Unicode in a form, one that is equal to it in texts of these characters.

    RE2 compiles the hundreds of ranges of such a class each time that it occurs, which takes
    0.2 ms; the classes from here have one range or a few.
    """
    characters = sorted(alphabet)
    return {each: _within(characters, each) for each in _UNICODE.values() if r"\p" in each}


def _within(characters: Sequence[str], expression: str) -> str:
    """A class with a range for each run of characters that fit the expression."""
    runs = [
        [*run] for fits, run in itertools.groupby(characters, matcher(expression).matches) if fits
    ]
    return f"[{''.join(f'{run[0]}-{run[-1]}' for run in runs)}]" if runs else _NOTHING


def forms_of(pieces: Sequence[str], gaps: Sequence[str], *, ascii_only: bool) -> list[list[str]]:
    """For each piece the expressions that may stand for it, the preferred one first.

    Args:
        pieces: of one name.
        gaps: what stands before, between and after them: one more than pieces.
        ascii_only: whether no name has letters beyond A to Z.
    """
    classes = _ASCII if ascii_only else _UNICODE
    return [list(dict.fromkeys(_forms(at, pieces, gaps, classes))) for at in range(len(pieces))]


def _forms(
    at: int, pieces: Sequence[str], gaps: Sequence[str], classes: dict[str, str]
) -> Iterable[str]:
    piece, left, right = pieces[at], gaps[at], gaps[at + 1]
    before = "" if left or not at else pieces[at - 1][-1]
    after = right[:1] or (pieces[at + 1][0] if at + 1 < len(pieces) else "")
    signs = _signs(left) + _signs(right)
    free = [sign for sign in signs if sign not in piece]
    anything = _but(free)
    bounded = [anything + "+", _but(each for each in free if not each.isspace()) + "+"]
    nearest = _signs(right) or _signs(left)
    bounded.append(_but(each for each in nearest if each not in piece) + "+")
    if not free:
        # It was joined over the sign that ends it: as many words as here, or any number.
        bounded = [_joined(piece, signs), ".+", ".+?"] if signs else [".+"]
    coarse = _runs(piece, classes, coarse=True)
    fine = _runs(piece, classes, coarse=False)
    fixed = _fixed(piece, classes)
    if after and _kind(after) != _SIGN:
        # No sign ends it: the kind of characters changes, or its length is fixed.
        match _change(piece[-1], after):
            case "coarse":
                yield from (coarse, f"{anything}*{_class(piece[-1], classes, coarse=True)}")
                yield fine
            case "fine":
                yield from (fine, f"{anything}*{_class(piece[-1], classes, coarse=False)}")
            case _:
                yield from (fixed, fine, anything + "+")
        yield from (fixed, anything + "+?")
    elif before:
        match _change(before, piece[0]):
            case "coarse":
                yield from (coarse, f"{_class(piece[0], classes, coarse=True)}{anything}*")
            case "fine":
                yield from (fine, f"{_class(piece[0], classes, coarse=False)}{anything}*")
        yield from (*bounded, fixed)
    yield from bounded
    yield from (coarse, fine, literal(piece))


def _kind(character: str) -> str:
    if character.isascii() and character.isdigit():
        return _DIGIT
    if character.isupper():
        return _UPPER
    if character.islower():
        return _LOWER
    if character.isalnum() or unicodedata.category(character)[0] == "M":
        return _OTHER
    return _SIGN


def _coarse(character: str) -> str:
    kind = _kind(character)
    return kind if kind in (_DIGIT, _SIGN) else _LETTER


def _change(one: str, other: str) -> str:
    """How the kind changes from a character to the next one; a capital begins a word."""
    if _coarse(one) != _coarse(other):
        return "coarse"
    first, second = _kind(one), _kind(other)
    return "fine" if first != second and (first, second) != (_UPPER, _LOWER) else ""


def _signs(gap: str) -> list[str]:
    return [each for each in dict.fromkeys(gap) if _kind(each) == _SIGN]


def _joined(piece: str, signs: Sequence[str]) -> str:
    """As many words as in the piece, between the same signs."""
    word = _but(signs)
    told = []
    for is_sign, some in itertools.groupby(piece, key=lambda each: each in signs):
        told.append(literal("".join(some)) if is_sign else word + "+")
    return "".join(told)


def _runs(piece: str, classes: dict[str, str], *, coarse: bool) -> str:
    """The kinds of its characters one after the other; signs are themselves."""
    told = []
    for kind, some in itertools.groupby(piece, key=_coarse if coarse else _kind):
        text = "".join(some)
        told.append(literal(text) if kind not in classes else classes[kind] + "+")
    return "".join(told)


def _fixed(piece: str, classes: dict[str, str]) -> str:
    """As many of each kind as it has."""
    told = []
    for kind, some in itertools.groupby(piece, key=_coarse):
        text = "".join(some)
        count = f"{{{len(text)}}}" if len(text) > 1 else ""
        told.append(literal(text) if kind not in classes else classes[kind] + count)
    return "".join(told)


def _class(character: str, classes: dict[str, str], *, coarse: bool) -> str:
    kind = (_coarse if coarse else _kind)(character)
    return classes.get(kind, literal(character))


def _but(signs: Iterable[str]) -> str:
    """Any character but these."""
    # At the end, a hyphen is no range.
    different = sorted(dict.fromkeys(signs), key=lambda sign: sign == "-")
    inside = "".join(_literal(each, _SPECIAL_IN_CLASS) for each in different)
    return f"[^{inside}]" if inside else "."


def _literal(character: str, special: frozenset[str] = _SPECIAL) -> str:
    if character in special:
        return f"\\{character}"
    # What nobody sees is written as its number.
    if character.isprintable():
        return character
    return f"\\x{{{ord(character):x}}}"
