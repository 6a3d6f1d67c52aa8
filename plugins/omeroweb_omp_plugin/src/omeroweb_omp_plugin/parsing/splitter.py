"""A name without its extension, cut into words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from omeroweb_omp_plugin.parsing.numbers_in_names import decimal_end, negative_end
from omeroweb_omp_plugin.parsing.words import Words

_BRACKETS: Final = (("[", "]"), ("(", ")"), ("{", "}"))


class Splitter:
    """Cuts at separators, except where one belongs to a word or a number.

    What stands in brackets is a word of its own, whatever is in it.

    Most names need no second look at any of their characters: they are cut with `str.split`, which
    is several times as fast as a regular expression. The others are gone through word by word.
    """

    def __init__(self, separators: str, words: Words) -> None:
        """Take the characters that separate, and what is known of words."""
        self.separators = separators
        self._first, self._others = separators[:1], separators[1:]
        self._words = words
        self._type = words.__getitem__
        self._hyphen = "-" in separators
        self._dot = "." in separators
        self._brackets = [pair for pair in _BRACKETS if not set(pair) & set(separators)]
        self._bracket = re.compile(
            "|".join(
                rf"{re.escape(left)}[^{re.escape(left + right)}]*{re.escape(right)}"
                for left, right in self._brackets
            )
            or r"(?!)"
        )
        self._word = re.compile(rf"[^{re.escape(separators)}]+" if separators else r"(?s:.+)")

    def split(self, base: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The words of a name, in order, and the type of each. No word is empty."""
        if self._needs_closer_look(base):
            return self._look_closely(base)
        found = self._cut(base)
        # All blanks but the common one count as not printable.
        if not base.isprintable() or (" " in base and " " not in self.separators):
            found = [word.strip() for word in found]
        if "" in found:
            if self._hyphen and "-" in base:
                return self._look_closely(base)
            found = [word for word in found if word]
        types = tuple(map(self._type, found))
        # Types come first: words that may be joined are known after they were asked about.
        if self._hyphen and "-" in base and not self._words.before_hyphen.isdisjoint(found):
            return self._look_closely(base)
        return tuple(found), types

    def is_plain(self, base: str) -> bool:
        """Whether each separator in a name separates, and there are no brackets."""
        if self._needs_closer_look(base):
            return False
        if not self._hyphen or "-" not in base:
            return True
        found = self._cut(base)
        tuple(map(self._type, found))
        return "" not in found and self._words.before_hyphen.isdisjoint(found)

    def _cut(self, base: str) -> list[str]:
        if not self._first:
            return [base]
        for sign in self._others:
            base = base.replace(sign, self._first)
        return base.split(self._first)

    def _needs_closer_look(self, base: str) -> bool:
        if self._dot and "." in base:
            return True
        # Spelt out: this is asked of every name.
        return "]" in base or ")" in base or "}" in base

    def _look_closely(self, base: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        spans = self.spans(base)
        found = tuple(word for start, end in spans if (word := base[start:end].strip()))
        return found, tuple(map(self._type, found))

    def spans(self, base: str) -> Iterator[tuple[int, int]]:
        """Where the words are: begin and end of each, with blanks at their ends perhaps."""
        position = 0
        for bracket in self._bracket.finditer(base):
            yield from self._spans_between(base, position, bracket.start())
            yield bracket.start() + 1, bracket.end() - 1
            position = bracket.end()
        yield from self._spans_between(base, position, len(base))

    def _spans_between(self, base: str, start: int, stop: int) -> Iterator[tuple[int, int]]:
        position = start
        while position < stop:
            begin = position
            if self._hyphen and base[position] == "-" and (position == 0 or position > start):
                position = negative_end(base, position, self.separators)
            if position == begin and base[position] in self.separators:
                position += 1
                continue
            position = self._word_end(base, begin, position, stop)
            yield begin, position

    def _word_end(self, base: str, begin: int, position: int, stop: int) -> int:
        """Where the word ends that begins at `begin` and goes to `position` at least."""
        last = begin
        while position < stop:
            word = self._word.match(base, position, stop)
            if word:
                position = word.end()
            if position >= stop or not base[position - 1].isalnum():
                return position
            if base[position] == "." and self._dot:
                end = min(decimal_end(base, position, begin), stop)
            elif base[position] == "-" and self._hyphen:
                end = self._words.joined(base[last:position], base, position + 1)
                end = position if end == position + 1 else min(end, stop)
                last = position + 1
            else:
                return position
            if end == position:
                return position
            position = end
        return position
