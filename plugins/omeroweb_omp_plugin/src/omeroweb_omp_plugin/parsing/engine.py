"""RE2, the engine for all patterns that are data; the only file that imports it.

Its time is linear in the length of the text, whatever a pattern says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import re2  # type: ignore[import-untyped]

_OPTIONS: Final = re2.Options()
_OPTIONS.log_errors = False
_ANYWHERE: Final = re2._re2.RE2.Anchor.UNANCHORED
_WHOLE: Final = re2._re2.RE2.Anchor.ANCHOR_BOTH
# For cutting: brackets in a pattern only group.
_CUTTING: Final = re2.Options()
_CUTTING.log_errors = False
_CUTTING.never_capture = True


class EngineError(ValueError):
    """RE2's own words about a pattern that it refuses."""


class Matcher:
    """A pattern and what can be asked of it."""

    __slots__ = ("_compiled",)

    def __init__(self, compiled: Any) -> None:
        self._compiled = compiled

    @property
    def groups(self) -> dict[str, int]:
        """The named groups and their numbers, in the order of the pattern."""
        return dict(sorted(self._compiled.groupindex.items(), key=lambda item: item[1]))

    @property
    def group_count(self) -> int:
        """How many groups there are, with and without names."""
        return int(self._compiled.groups)

    def matches(self, text: str) -> bool:
        """Whether the whole text fits."""
        return _asked(self._compiled.fullmatch, text) is not None

    def matches_nothing(self) -> bool:
        """Whether the empty text fits."""
        return self._compiled.search("") is not None

    def find(self, text: str) -> tuple[str | None, ...] | None:
        """What the groups hold at the first place that fits, group 1 first; none without one."""
        return self._groups(_ANYWHERE, text)

    def find_whole(self, text: str) -> tuple[str | None, ...] | None:
        """What the groups hold when the whole text fits; none when it does not."""
        return self._groups(_WHOLE, text)

    def _groups(self, anchor: Any, text: str) -> tuple[str | None, ...] | None:
        """What the groups hold. RE2 reads UTF-8, whose places are those of letters in ASCII only.

        The object below the wrapper is asked, which takes a third of the time.
        """
        try:
            known = text.encode()
        except UnicodeEncodeError:
            # The name of a file that is no UTF-8; of the same length, so that places are the same.
            known = text.encode("utf-8", errors="replace")
        spans = self._compiled._regexp.Match(anchor, known, 0, len(known))
        if spans[0][0] < 0:
            return None
        if len(known) != len(text):
            spans = [_in_text(known, span) for span in spans]
        return tuple([text[start:end] if start >= 0 else None for start, end in spans[1:]])

    def spans(self, text: str, *, whole: bool = False) -> list[tuple[int, int]] | None:
        """Where the groups are in the text, (-1, -1) for one that holds nothing.

        Args:
            text: is searched for the first place that fits.
            whole: the whole text has to fit.
        """
        known = text.encode("utf-8", errors="replace")
        spans = self._compiled._regexp.Match(_WHOLE if whole else _ANYWHERE, known, 0, len(known))
        return None if spans[0][0] < 0 else [_in_text(known, span) for span in spans[1:]]

    def length_at(self, text: str, start: int) -> int:
        """How many characters group 1 takes at `start`; -1 when the pattern does not fit there."""
        match = _asked(lambda known: self._compiled.match(known, start), text)
        return -1 if match is None else match.end(1) - start

    def split(self, text: str) -> list[str]:
        """The pieces between the places that fit."""
        pieces, position = [], 0
        for match in _asked(lambda known: list(self._compiled.finditer(known)), text):
            pieces.append(text[position : match.start()])
            position = match.end()
        return [*pieces, text[position:]]


def _in_text(known: bytes, span: tuple[int, int]) -> tuple[int, int]:
    """Places of bytes as places of characters."""
    start, end = span
    if start < 0:
        return span
    return len(known[:start].decode()), len(known[:end].decode())


def _asked(question: Callable[[str], Any], text: str) -> Any:
    """Ask RE2, which reads UTF-8, also about the name of a file that is none."""
    try:
        return question(text)
    except UnicodeEncodeError:
        # Of the same length, so that places are the same.
        return question(text.encode("utf-8", errors="replace").decode("utf-8"))


def matcher(pattern: str, *, cutting: bool = False) -> Matcher:
    """Compile a pattern.

    Args:
        pattern: in the syntax of RE2, https://github.com/google/re2/wiki/Syntax.
        cutting: for `split`; groups are not captured then.

    Raises:
        EngineError: RE2 rejects it.
    """
    try:
        return Matcher(re2.compile(pattern, _CUTTING if cutting else _OPTIONS))
    except re2.error as error:
        [told] = error.args
        words = told.decode("utf-8", errors="replace") if isinstance(told, bytes) else str(told)
        raise EngineError(words) from error


class PatternSet:
    """Many patterns asked at once: which of them fit a whole word."""

    __slots__ = ("_compiled",)

    def __init__(self, patterns: Sequence[str]) -> None:
        self._compiled: Any = None
        if patterns:
            self._compiled = re2.Set.FullMatchSet(_OPTIONS)
            for pattern in patterns:
                self._compiled.Add(pattern)
            self._compiled.Compile()

    def matching(self, word: str) -> list[int]:
        """The indexes of the patterns that fit, the smallest first."""
        return sorted(_asked(self._compiled.Match, word) or ()) if self._compiled else []
