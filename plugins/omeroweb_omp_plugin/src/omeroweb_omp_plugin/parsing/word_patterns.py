"""The patterns of a nomenclature, compiled: types of words, and hyphens that belong to words."""

from __future__ import annotations

import functools
import re
from typing import Final

from omeroweb_omp_plugin.parsing.digit_shapes import widened
from omeroweb_omp_plugin.parsing.engine import Matcher, PatternSet, matcher
from omeroweb_omp_plugin.parsing.rules import Rules

# A pattern of letters, digits and ranges of them, repeated and grouped.
_NO_SIGN: Final = re.compile(
    r"(?:\w|\\d|\\p[LN]|\[(?:\w-\w|\w|\\p[LN])+\]|\(\?:|[()|?+*]|\{[\d,]+\})*"
)


class WordPatterns:
    """What can be asked about a word without remembering anything.

    Types and what stands before hyphens are one set, so that a word is looked at once for both.

    Attributes:
        names: of the types; their patterns come first in the sets.
        exact: the patterns.
        wide: the patterns for shapes, in the same order.
        same: which of them are the same in both sets.
        rights: what may come after the hyphens; group 1 is the part that belongs to the word.
        within_a_piece: which of those have no separator in them, so that they end where the next
            piece of a name does.
    """

    def __init__(self, rules: Rules) -> None:
        """Compile the rules, which takes some hundredths of a second."""
        self.names = [rule.name for rule in rules.types]
        exact = [rule.pattern for rule in rules.types] + [rule.left for rule in rules.hyphens]
        wide = [widened(pattern) for pattern in exact]
        self.exact, self.wide = PatternSet(exact), PatternSet(wide)
        self.same = [one == other for one, other in zip(exact, wide, strict=True)]
        # A word ends where no letter or digit follows.
        self.rights: list[Matcher] = [
            matcher(rf"({rule.right})(?:[^\pL\pN]|$)") for rule in rules.hyphens
        ]
        self.within_a_piece = [_NO_SIGN.fullmatch(rule.right) is not None for rule in rules.hyphens]

    def hyphens(self, left: str) -> list[int]:
        """Which of the hyphens may come after a word."""
        first = len(self.names)
        return [n - first for n in self.exact.matching(left) if n >= first]


@functools.lru_cache(maxsize=8)
def compiled(rules: Rules) -> WordPatterns:
    """The patterns of a nomenclature, compiled once in a process."""
    return WordPatterns(rules)
