"""From one name that a person has cut to a pattern that reads names like it.

What stands between the pieces is meant literally. A piece that ends at a sign is anything but that
sign. One that ends without a sign ends where the kind of character changes, or has a fixed length.
Where several expressions read the cut name as it was cut, the one that fits most names is taken.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from omeroweb_omp_plugin.parsing.cut_pieces import (
    CutPiece,
    PiecesRefused,
    in_order,
    place_of_extension,
)
from omeroweb_omp_plugin.parsing.engine import EngineError, Matcher, matcher
from omeroweb_omp_plugin.parsing.errors import PatternRefused
from omeroweb_omp_plugin.parsing.extensions import Extensions
from omeroweb_omp_plugin.parsing.piece_forms import classes_of, forms_of, is_ascii, literal
from omeroweb_omp_plugin.parsing.user_pattern import LONGEST, compile_user_pattern
from omeroweb_omp_plugin.placeholders import placeholder

# Names that are looked at in the end, and while expressions are tried.
LOOKED_AT: Final = 2000
_TRIED_ON: Final = 400
# All trials together, in names that an expression is asked about (2 µs each). To compile one takes
# as long as a name for each of its characters.
_WORK: Final = 200_000
_ROUNDS: Final = 3


@dataclass(frozen=True, slots=True)
class PatternFound:
    """A pattern for names like the one that was cut.

    Attributes:
        pattern: for `ParserSettings(mode="regex")`, with a group for each piece that is used.
        names: the keys of these groups, by position; empty for a piece without a key.
        fits: how many names it reads.
        of: how many were looked at.
    """

    pattern: str
    names: tuple[str, ...]
    fits: int
    of: int


def pattern_from_pieces(
    name: str, pieces: Sequence[CutPiece], names: Sequence[str], extensions: Extensions
) -> PatternFound:
    """A pattern that reads a name as it was cut, and as many of the others as it can.

    Args:
        name: that was cut.
        pieces: of the name.
        names: of the selection; at most `LOOKED_AT` of them are tried, evenly spread.
        extensions: how the parser finds the extension of a name.

    Raises:
        PiecesRefused: pieces overlap or leave the name, none is used, or the pattern would be too
            long.
    """
    ordered = in_order(name, pieces)
    base, extension = extensions.split(name)
    begin, end = place_of_extension(name, base, extension)
    # Who takes a part of the extension for a value means the name as a whole.
    whole = any(piece.start < end and piece.end > begin for piece in ordered)
    behind = 0 if whole else end - begin
    spans = [
        (piece.start - behind, piece.end - behind) if piece.start >= end else piece[:2]
        for piece in ordered
    ]
    others = [(extensions.split(each)[0], each) for each in names[:: _step(len(names), LOOKED_AT)]]
    search = _Search(base, name, spans, _group_names(ordered), others, whole=whole)
    pattern, fits = search.run()
    keys = tuple([piece.key.strip() for piece in ordered if piece.used])
    return PatternFound(pattern, keys, fits, len(others))


class _Search:
    """Tries what each piece may look like."""

    def __init__(
        self,
        base: str,
        name: str,
        spans: Sequence[tuple[int, int]],
        groups: Sequence[str],
        others: Sequence[tuple[str, str]],
        *,
        whole: bool,
    ) -> None:
        self._base, self._name, self._whole = base, name, whole
        self._groups, self._others = groups, others
        self._some = others[:: _step(len(others), _TRIED_ON)]
        text = name if whole else base
        # The engine reads a name that is no UTF-8 in the same way.
        readable = text.encode("utf-8", errors="replace").decode("utf-8")
        ends = [0, *itertools.chain(*spans), len(text)]
        self._gaps = [readable[start:end] for start, end in zip(ends[::2], ends[1::2], strict=True)]
        self._values = tuple([text[start:end] for start, end in spans])
        values = [readable[start:end] for start, end in spans]
        ascii_only = all(is_ascii(each) for _, each in others) and is_ascii(readable)
        self._forms = forms_of(values, self._gaps, ascii_only=ascii_only)
        # Names of these characters only are read while expressions are tried.
        self._here = {} if ascii_only else classes_of({*readable}.union(*(n for _, n in others)))
        self._left = _WORK
        self._tried: set[tuple[str, ...]] = set()

    def run(self) -> tuple[str, int]:
        """The pattern, and how many names fit.

        Raises:
            PiecesRefused: it would be too long.
        """
        chosen = self._first()
        reads = self._reads(chosen)
        if reads is None:
            raise PiecesRefused(
                f"The pattern for these pieces would be longer than {LONGEST} characters. Join "
                "some pieces, or use shorter keys."
            )
        best = self._count(reads, self._some)
        for _ in range(_ROUNDS):
            before = best
            for trial in self._neighbours(chosen):
                if best == len(self._some) or self._left <= 0:
                    break
                if trial in self._tried:
                    continue
                self._tried.add(trial)
                tried = self._reads(trial)
                fits = self._count(tried, self._some) if tried else 0
                if tried and fits > best and self._compiles(trial):
                    chosen, reads, best = trial, tried, fits
            if best == before:
                break
        return self._pattern(chosen), self._count(reads, self._others)

    def _first(self) -> tuple[str, ...]:
        """For each piece the first form with which the name is still read as it was cut."""
        preferred = tuple([forms[0] for forms in self._forms])
        if self._fits(preferred):
            return preferred
        # The text itself always fits.
        chosen = tuple([forms[-1] for forms in self._forms])
        for at, forms in enumerate(self._forms):
            if self._left > 0:
                trials = (_with(chosen, {at: form}) for form in forms)
                chosen = next(filter(self._fits, trials), chosen)
        return chosen

    def _neighbours(self, chosen: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        """The same with one other form, or with two of pieces that no gap separates."""
        for at, forms in enumerate(self._forms):
            yield from (_with(chosen, {at: form}) for form in forms)
        for at, gap in enumerate(self._gaps[1:-1]):
            if not gap:
                pairs = itertools.product(self._forms[at], self._forms[at + 1])
                yield from (_with(chosen, {at: one, at + 1: other}) for one, other in pairs)

    def _reads(self, forms: Sequence[str]) -> Matcher | None:
        """The expression, when it reads the name as it was cut."""
        pattern = self._pattern(forms)
        if len(pattern) > LONGEST:
            return None
        self._left -= len(pattern)
        expression = self._expression(forms)
        for anywhere, here in self._here.items():
            expression = expression.replace(anywhere, here)
        tried = _compiled(expression)
        if tried is None:
            return None
        found = tried.find(self._base)
        if self._whole and found is None:
            found = tried.find(self._name)
        return tried if found == self._values else None

    def _fits(self, forms: Sequence[str]) -> bool:
        return self._reads(forms) is not None and self._compiles(forms)

    def _compiles(self, forms: Sequence[str]) -> bool:
        """Whether RE2 takes the pattern, whose classes of Unicode are larger than those tried."""
        return _compiled(self._expression(forms)) is not None

    def _count(self, tried: Matcher, others: Sequence[tuple[str, str]]) -> int:
        """How many names fit: without their extension, or as a whole."""
        self._left -= len(others)
        find = tried.find
        if self._whole:
            return sum(find(base) is None and find(name) is not None for base, name in others)
        return sum(find(base) is not None for base, _ in others)

    def _expression(self, forms: Sequence[str]) -> str:
        return self._put_together([f"({form})" for form in forms])

    def _pattern(self, forms: Sequence[str]) -> str:
        return self._put_together(
            [
                f"(?P<{group}>{form})" if group else form
                for group, form in zip(self._groups, forms, strict=True)
            ]
        )

    def _put_together(self, parts: Sequence[str]) -> str:
        gaps = map(literal, self._gaps)
        between = itertools.chain(*itertools.zip_longest(gaps, parts, fillvalue=""))
        return f"^{''.join(between)}$"


def _compiled(expression: str) -> Matcher | None:
    try:
        return matcher(expression)
    except EngineError:
        # Too large once compiled, or a number above 1000 in it.
        return None


def _step(count: int, most: int) -> int:
    """Each how many of so many, so that it is no more than that."""
    return max(1, -(-count // most))


def _with(forms: tuple[str, ...], other: dict[int, str]) -> tuple[str, ...]:
    return tuple([other.get(at, form) for at, form in enumerate(forms)])


def _group_names(pieces: Sequence[CutPiece]) -> list[str]:
    """The groups: called as the keys where a pattern takes them, else by their place."""
    taken: set[str] = set()
    groups, place = [], 0
    for piece in pieces:
        if not piece.used:
            groups.append("")
            continue
        place += 1
        key = piece.key.strip()
        if not key or _plain(key) in taken or not _may_be_group(key):
            key = placeholder(place)
        number = 1
        while _plain(key) in taken:
            number += 1
            key = f"{placeholder(place)}_{number}"
        taken.add(_plain(key))
        groups.append(key)
    return groups


def _plain(key: str) -> str:
    """A key as RE2 has it: blanks and hyphens are the same as _."""
    return key.replace(" ", "_").replace("-", "_")


def _may_be_group(key: str) -> bool:
    try:
        _, names = compile_user_pattern(f"(?P<{key}>x)")
    except PatternRefused:
        return False
    return names == (key,)
