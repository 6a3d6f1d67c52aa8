"""What single words mean, asked once for each word and remembered."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Final

from omeroweb_omp_plugin.parsing.digit_shapes import shape, widened
from omeroweb_omp_plugin.parsing.engine import Matcher, PatternSet, matcher
from omeroweb_omp_plugin.parsing.rules import TEXT, Rules

# Names of a set share most of their words. Counters they do not share, and these have shapes.
_REMEMBERED: Final = 20_000
_COUNTER: Final = "0000"


@dataclass(frozen=True, slots=True)
class _Shape:
    """What the shape of a word says: its type, if it is the same for all words of the shape."""

    kind: str | None
    may_join: bool


class _Patterns:
    """The patterns of a nomenclature: those of types first, then what stands before hyphens."""

    def __init__(self, rules: Rules) -> None:
        self.names = [rule.name for rule in rules.types]
        exact = [rule.pattern for rule in rules.types] + [rule.left for rule in rules.hyphens]
        wide = [widened(pattern) for pattern in exact]
        self.exact, self.wide = PatternSet(exact), PatternSet(wide)
        self.same = [one == other for one, other in zip(exact, wide, strict=True)]
        # A word ends where no letter or digit follows. Group 1 is the part that belongs to it.
        self.rights: list[Matcher] = [
            matcher(rf"({rule.right})(?:[^\pL\pN]|$)") for rule in rules.hyphens
        ]


@functools.lru_cache(maxsize=8)
def _compiled(rules: Rules) -> _Patterns:
    return _Patterns(rules)


class Words(dict[str, str]):
    """The type of each word. `words[word]` answers; words met before are answered at once.

    Attributes:
        before_hyphen: those of the words met that may be joined to what follows by a hyphen.
    """

    def __init__(self, rules: Rules) -> None:
        """Take the patterns of the rules, which are compiled once in a process."""
        super().__init__()
        self.before_hyphen: set[str] = set()
        self._patterns = _compiled(rules)
        self._shapes: dict[str, _Shape] = {}

    def __missing__(self, word: str) -> str:
        folded = shape(word)
        seen = self._shapes.get(folded) or self._look_at(folded)
        if seen.kind is None or seen.may_join:
            kind = self._ask(word)
        else:
            kind = seen.kind
            if folded.endswith(_COUNTER):
                return kind
        self[word] = kind
        return kind

    def _look_at(self, folded: str) -> _Shape:
        fitting = self._patterns.wide.matching(folded)
        types = [n for n in fitting if n < len(self._patterns.names)]
        sure = not types or self._patterns.same[types[0]]
        kind = (self._patterns.names[types[0]] if types else TEXT) if sure else None
        seen = self._shapes[folded] = _Shape(kind, len(types) < len(fitting))
        return seen

    def _ask(self, word: str) -> str:
        fitting = self._patterns.exact.matching(word)
        if fitting and fitting[-1] >= len(self._patterns.names):
            self.before_hyphen.add(word)
        return (
            self._patterns.names[fitting[0]]
            if fitting and fitting[0] < len(self._patterns.names)
            else TEXT
        )

    def forget(self) -> None:
        """Make room when much is remembered. Not between two questions that belong together."""
        if len(self) > _REMEMBERED or len(self._shapes) > _REMEMBERED:
            self.clear()
            self.before_hyphen.clear()
            self._shapes.clear()

    def joined(self, left: str, text: str, start: int) -> int:
        """Whether a hyphen belongs to a word.

        Args:
            left: the word before the hyphen.
            text: the text that both stand in.
            start: where what follows the hyphen begins.

        Returns:
            Where the word ends that goes on after the hyphen; `start` when the hyphen separates.
        """
        first = len(self._patterns.names)
        ends = (
            self._patterns.rights[n - first].length_at(text, start)
            for n in self._patterns.exact.matching(left)
            if n >= first
        )
        return start + max(0, max(ends, default=0))
