"""A name without its extension, cut into words."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from omeroweb_omp_plugin.parsing.numbers_in_names import decimal_end, negative_end
from omeroweb_omp_plugin.parsing.rules import TEXT
from omeroweb_omp_plugin.parsing.words import CUT, NO_WORD, Words

_DECIMAL_POINT: Final = re.compile(r"\d\.\d")
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
        self._before_hyphen = words.before_hyphen
        self._hyphen = "-" in separators
        self._dot = "." in separators
        self._joining = {"-", "."} & set(separators)
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
        found = self.pieces(base)
        types = tuple(map(self._type, found))
        if NO_WORD in types:
            if any(sign in base for sign in "])}-."):
                return self.look_closely(base)
            found = [word for piece in found if (word := piece.strip())]
            types = tuple(map(self._type, found))
        # Types come first: words that may be joined are known after they were asked about.
        elif self.may_join(base, found) and self.is_joined(base, found):
            found = self._join(base, found)
            types = tuple(map(self._type, found))
        return self._taken_apart(found) if CUT in types else (tuple(found), types)

    def pieces(self, base: str) -> list[str]:
        """What is between the separators, whatever it is."""
        text = base
        for sign in self._others:
            text = text.replace(sign, self._first)
        return text.split(self._first) if self._first else [base]

    def some_may_join(self, bases: Iterable[str]) -> bool:
        """Whether in any of the names a sign may belong to a word; all words were asked about."""
        if self._dot:
            return True
        if not self._hyphen or not self._before_hyphen:
            return False
        text = "\n".join(bases)
        for word in self._before_hyphen:
            joined = f"{word}-"
            at = text.find(joined)
            while at >= 0:
                after = self._word.match(text, at + len(joined))
                piece = after.group().partition("\n")[0] if after else ""
                if self._words.may_be_joined(word, piece):
                    return True
                at = text.find(joined, at + 1)
        return False

    def may_join(self, base: str, found: Sequence[str]) -> bool:
        """Whether a sign may belong to a word; each of the words has been asked about."""
        if self._dot and "." in base:
            return True
        return self._hyphen and not self._before_hyphen.isdisjoint(found)

    def _taken_apart(self, found: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The words, those that are several values in pieces."""
        pieces = self._words.pieces
        words: list[str] = []
        types: list[str] = []
        for word in found:
            if self._type(word) != CUT:
                words.append(word)
                types.append(self._words.kind(word))
                continue
            for piece in pieces[word]:
                kind = self._words.kind(piece)
                words.append(piece)
                # A piece is not cut again.
                types.append(TEXT if kind == CUT else kind)
        return tuple(words), tuple(types)

    def one_by_one(self, base: str) -> list[str] | None:
        """The words of a name in which exactly one sign is between two of them, else nothing."""
        if "]" in base or ")" in base or "}" in base:
            return None
        text = base
        for sign in self._others:
            text = text.replace(sign, self._first)
        found = text.split(self._first) if self._first else [base]
        if "" in found:
            return None
        if (self._hyphen and "-" in base) or (self._dot and "." in base):
            for word in found:
                self._type(word)
            if self.is_joined(base, found):
                return self._join(base, found)
        return found

    def is_joined(self, base: str, found: list[str]) -> bool:
        """Whether one does, or may at least. Each of the words has been asked about."""
        words = self._words
        if self._hyphen and not words.before_hyphen.isdisjoint(found):
            for word, after in itertools.pairwise(found):
                if word in words.before_hyphen and words.may_be_joined(word, after):
                    return True
        return self._dot and _DECIMAL_POINT.search(base) is not None

    def _join(self, base: str, pieces: list[str]) -> list[str]:
        """Put words together again that were cut where they should not be.

        Exactly one sign is between any two pieces, so their places are known.
        """
        joined: list[str] = []
        start = part = position = kept_to = 0
        for piece in pieces:
            end = position + len(piece)
            if end >= kept_to:
                kept_to = end
                if base[end : end + 1] in self._joining:
                    kept_to = self._goes_on(base, start, part, end)
                if kept_to == end:
                    joined.append(base[start:end])
                    start = part = end + 1
                elif base[end] == "-":
                    part = end + 1
            position = end + 1
        return joined

    def _goes_on(self, base: str, start: int, part: int, end: int) -> int:
        """How far a word goes on behind a sign.

        Args:
            base: the name.
            start: where the word begins.
            part: where its part after its last hyphen begins.
            end: where the sign is.

        Returns:
            The end of what belongs to the word at least; `end` when the sign separates.
        """
        sign = base[end : end + 1]
        if sign == "." and self._dot:
            return decimal_end(base, end, start) if base[end - 1].isdecimal() else end
        if sign == "-" and self._hyphen:
            word = base[part:end]
            self._type(word)
            if word in self._words.before_hyphen:
                stop = self._words.joined(word, base, end + 1)
                return end if stop == end + 1 else stop
        return end

    def look_closely(self, base: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The same as `split`, from place to place: slower, and right for all names."""
        spans = self.spans(base)
        found = tuple(word for start, end in spans if (word := base[start:end].strip()))
        types = tuple(map(self._words.kind, found))
        return self._taken_apart(found) if CUT in types else (found, types)

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
        part = begin
        while position < stop:
            word = self._word.match(base, position, stop)
            position = word.end() if word else position
            end = min(self._goes_on(base, begin, part, position), stop)
            if end == position:
                return position
            if base[position] == "-":
                part = position + 1
            position = end
        return position
