"""How the names of a set are built: which signs stand between their words, and how often."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final

from omeroweb_omp_plugin.parsing.splitter import Splitter
from omeroweb_omp_plugin.parsing.words import Words

# A word in a shape: no separator, and no bracket.
WORD: Final = "w"
BRACKET: Final = "["
_REMEMBERED: Final = 20_000
_FEW: Final = 2000


class Shapes:
    """The signs between the words of every name, whatever the words are.

    `HeLa_ctrl-1` has the shape `w_w-w`. Signs that belong to a word (`T-cell`, `0.1uM`) are part of
    it. A set has few shapes, so that a question to all of its names is one to a few of them.
    """

    def __init__(self, bases: Iterable[str], signs: str, words: Words) -> None:
        """Look at every name.

        Args:
            bases: names without extension.
            signs: characters that may separate.
            words: what is known of words.
        """
        self._words = words
        self._splitter = Splitter(signs, words)
        # These always separate.
        self._hard = signs.replace("-", "").replace(".", "")
        self._soft: dict[str, str] = {}
        self._pieces = _Pieces(self._soft_shape)
        self.counts: Counter[str] = Counter(map(self._shape, bases))
        self.total = self.counts.total()

    def signs(self) -> list[str]:
        """The signs that stand in one name of ten at least, the commonest first."""
        share: Counter[str] = Counter()
        for shape, count in self.counts.items():
            for sign in set(shape) & set(self._splitter.separators):
                share[sign] += count
        order = self._splitter.separators.index
        frequent = [sign for sign, count in share.items() if count * 10 >= self.total]
        return sorted(frequent, key=lambda sign: (-share[sign], order(sign)))

    def widths(self, separators: str) -> Counter[int]:
        """How many names have how many words, if these signs separate."""
        found: Counter[int] = Counter()
        for shape, count in self.counts.items():
            parts = re.split(rf"[{re.escape(BRACKET + separators)}]+", shape)
            found[sum(WORD in part for part in parts)] += count
        return found

    def _shape(self, base: str) -> str:
        if "]" in base or ")" in base or "}" in base:
            return self._close_shape(base)
        if len(self._hard) == 1:
            return self._hard.join(map(self._pieces.__getitem__, base.split(self._hard)))
        text = base
        for sign in self._hard[1:]:
            text = text.replace(sign, self._hard[0])
        shape, position = "", 0
        for piece in text.split(self._hard[0]) if self._hard else [base]:
            position += len(piece) + 1
            if "-" in piece or "." in piece:
                shape += self._soft.get(piece) or self._soft_shape(piece)
            elif piece:
                shape += WORD
            shape += base[position - 1 : position]
        return shape

    def _soft_shape(self, piece: str) -> str:
        """The shape of a piece with signs that may belong to a word; many names share pieces."""
        self._words.forget()
        if len(self._soft) > _REMEMBERED:
            self._soft.clear()
        found = self._splitter.one_by_one(piece)
        if found is None:
            shape = self._close_shape(piece)
        else:
            shape, position = WORD, 0
            for word in found[:-1]:
                position += len(word) + 1
                shape += piece[position - 1] + WORD
        self._soft[piece] = shape
        return shape

    def _close_shape(self, base: str) -> str:
        shape, position = [], 0
        for start, end in self._splitter.spans(base):
            if not base[start:end].strip():
                continue
            shape += [_gap(base[position:start]), WORD]
            position = end
        return "".join(shape) + _gap(base[position:])


class _Pieces(dict[str, str]):
    """The shape of what is between two signs that always separate; a few are remembered."""

    def __init__(self, soft_shape: Callable[[str], str]) -> None:
        super().__init__()
        self._soft_shape = soft_shape

    def __missing__(self, piece: str) -> str:
        shape = WORD if piece else ""
        if "-" in piece or "." in piece:
            shape = self._soft_shape(piece)
        if len(self) < _FEW:
            self[piece] = shape
        return shape


def _gap(signs: str) -> str:
    """What stands between two words; brackets separate, whatever else does."""
    others = "".join(sign for sign in signs if sign not in "[](){}")
    return others if others == signs else BRACKET + others
