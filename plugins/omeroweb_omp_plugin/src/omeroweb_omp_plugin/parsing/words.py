"""What single words mean, asked once for each word and remembered."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from omeroweb_omp_plugin.parsing.cuts import Cutter
from omeroweb_omp_plugin.parsing.digit_shapes import TO_ZERO
from omeroweb_omp_plugin.parsing.rules import TEXT, Rules
from omeroweb_omp_plugin.parsing.word_patterns import compiled

# Names of a set share most of their words. Counters they do not share, and these have shapes.
_REMEMBERED: Final = 20_000
_COUNTER: Final = "0000"
# The type of a word that is several values; each of them has a type of its own.
CUT: Final = "cut"
# The type of a piece of a name that is no word: nothing, or with blanks around it or a bracket in
# it. A name with one is to be looked at closely.
NO_WORD: Final = ""
_BRACKETS: Final = re.compile(r"[\])}]")
# The type of a label is the label, behind a sign that no type has.
LABEL: Final = "="


@dataclass(frozen=True, slots=True)
class _Shape:
    """What the shape of a word says: its type, if it is the same for all words of the shape."""

    kind: str | None
    may_join: bool


class Words(dict[str, str]):
    """The type of each word. `words[word]` answers; words met before are answered at once.

    Attributes:
        before_hyphen: those of the words met that may be joined to what follows by a hyphen.
        pieces: what words of the type `CUT` are taken apart into.
    """

    def __init__(
        self, rules: Rules, cuts: Sequence[str] = (), labels: Collection[str] = ()
    ) -> None:
        """Take the patterns of the rules, which are compiled once in a process.

        Args:
            rules: the nomenclature.
            cuts: patterns of words that are taken apart into their groups.
            labels: words whose type is that they are labels.
        """
        super().__init__()
        self.before_hyphen: set[str] = set()
        self._patterns = compiled(rules)
        self._shapes: dict[str, _Shape] = {}
        # The shapes of words that are not worth remembering, and their types.
        self._counters: dict[str, str] = {}
        self._pairs: dict[tuple[str, str], bool] = {}
        self.pieces: dict[str, tuple[str, ...]] = {}
        self._cutter = Cutter(cuts) if cuts else None
        self._labels = {label: f"{LABEL}{label}" for label in labels}

    def __missing__(self, word: str) -> str:
        folded = word.translate(TO_ZERO)
        kind = self._counters.get(folded)
        if kind is not None:
            return kind
        if _BRACKETS.search(word) or word.strip() != word or not word:
            self[word] = NO_WORD
            return NO_WORD
        if word in self._labels:
            self[word] = self._labels[word]
            return self[word]
        if self._cutter is not None and (pieces := self._cutter.pieces(word)):
            self.pieces[word] = pieces
            self[word] = CUT
            return CUT
        seen = self._shapes.get(folded) or self._look_at(folded)
        kind = self._ask(word) if seen.kind is None or seen.may_join else seen.kind
        self[word] = kind
        return kind

    def _look_at(self, folded: str) -> _Shape:
        patterns = self._patterns
        fitting = patterns.wide.matching(folded)
        types = [n for n in fitting if n < len(patterns.names)]
        sure = not types or patterns.same[types[0]]
        kind = (patterns.names[types[0]] if types else TEXT) if sure else None
        may_join = len(types) < len(fitting)
        if self._cutter is None and kind is not None and not may_join and folded.endswith(_COUNTER):
            self._counters[folded] = kind
        seen = self._shapes[folded] = _Shape(kind, may_join)
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

    def kind(self, word: str) -> str:
        """The type of a word in brackets, which may have further brackets in it."""
        return self[word] or TEXT

    def forget(self) -> None:
        """Make room when much is remembered. Not between two questions that belong together."""
        if max(len(self), len(self._shapes), len(self._pairs)) > _REMEMBERED:
            self.clear()
            self.before_hyphen.clear()
            self._shapes.clear()
            self._counters.clear()
            self._pairs.clear()
            self.pieces.clear()

    def may_be_joined(self, left: str, after: str) -> bool:
        """Whether a hyphen between two pieces of a name belongs to a word, or may do so.

        Args:
            left: the piece before the hyphen.
            after: the piece after it, up to the next separator.

        Returns:
            False when `joined` would say that the hyphen separates, whatever follows.
        """
        known = self._pairs.get((left, after))
        if known is None:
            known = self._pairs[left, after] = any(
                not self._patterns.within_a_piece[n]
                or self._patterns.rights[n].length_at(after, 0) > 0
                for n in self._patterns.hyphens(left)
            )
        return known

    def joined(self, left: str, text: str, start: int) -> int:
        """Whether a hyphen belongs to a word.

        Args:
            left: the word before the hyphen.
            text: the text that both stand in.
            start: where what follows the hyphen begins.

        Returns:
            Where the word ends that goes on after the hyphen; `start` when the hyphen separates.
        """
        rights = self._patterns.rights
        ends = (rights[n].length_at(text, start) for n in self._patterns.hyphens(left))
        return start + max(0, max(ends, default=0))
