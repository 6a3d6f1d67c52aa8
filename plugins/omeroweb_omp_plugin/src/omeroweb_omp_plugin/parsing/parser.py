"""A parser: settings, compiled once, then any number of names."""

from __future__ import annotations

import functools
import itertools
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from omeroweb_omp_plugin.parsing import separators
from omeroweb_omp_plugin.parsing.engine import matcher
from omeroweb_omp_plugin.parsing.extensions import Extensions
from omeroweb_omp_plugin.parsing.models import ParsedName, ParserSettings, Piece
from omeroweb_omp_plugin.parsing.naming import Naming, unique
from omeroweb_omp_plugin.parsing.rules import TEXT, Rules, load_rules
from omeroweb_omp_plugin.parsing.splitter import Splitter
from omeroweb_omp_plugin.parsing.user_pattern import compile_user_pattern
from omeroweb_omp_plugin.parsing.words import LABEL, Words
from omeroweb_omp_plugin.placeholders import in_words, placeholder

_FORGETTING: Final = 1000
# Names that are cut together.
_BLOCK: Final = 200
_made: Final = tuple.__new__


class Parser(ABC):
    """Takes names apart. Not for several threads at once: it remembers words."""

    @abstractmethod
    def parse_all(self, names: Iterable[str]) -> Iterator[ParsedName]:
        """Take many names apart, one after the other; the faster way when there are many."""

    def parse(self, name: str) -> ParsedName:
        """Take one name apart."""
        return next(iter(self.parse_all((name,))))

    @abstractmethod
    def pieces(self, name: str) -> tuple[Piece, ...]:
        """Where the values of a name are in it, in the order of the keys."""


def compile_parser(settings: ParserSettings, rules: Rules | None = None) -> Parser:
    """Make a parser.

    Args:
        settings: mode `separators` or `regex`.
        rules: the nomenclature; the plugin's own when none is given.

    Raises:
        PatternRefused: the pattern cannot be used.
        ValueError: the mode is `detect`; `detect` and `settings_from` come before.
    """
    chosen = load_rules() if rules is None else rules
    if settings.mode == "separators":
        return SeparatorParser(settings, chosen)
    if settings.mode == "regex":
        return RegexParser(settings, chosen)
    raise ValueError("a parser needs a pattern: detect one first")


class SeparatorParser(Parser):
    """Cuts at separators."""

    def __init__(self, settings: ParserSettings, rules: Rules) -> None:
        """Compile the pattern of the settings.

        Raises:
            PatternRefused: a letter or a digit is to separate.
        """
        signs, labels = separators.read(settings.pattern)
        self._words = Words(rules, settings.cuts, set(filter(None, labels)))
        self._splitter = Splitter(signs, self._words)
        self._naming = Naming(
            settings.names, labels, settings.groups, proposed_names(rules), settings.shape_names
        )
        self._extensions = extensions(rules)

    def parse_all(self, names: Iterable[str]) -> Iterator[ParsedName]:
        """Take many names apart; the faster way when there are many, and faster for a list."""
        # Written out, not in methods: this is the way of every name. What is odd in a name has no
        # known layout, or a word that may be joined to the next one.
        naming, splitter = self._naming, self._splitter
        known_layout, type_of = naming.known.get, self._words.__getitem__
        may_join, is_joined = splitter.may_join, splitter.is_joined
        for some in _blocks(names):
            self._words.forget()
            cut = self._cut(some)
            typed = [tuple(map(type_of, found)) for _, _, _, found in cut]
            # Words are known now that they were asked about; few sets have any that may join.
            joins = splitter.some_may_join(base for _, base, _, _ in cut)
            for (name, base, extension, found), types in zip(cut, typed, strict=True):
                layout = known_layout(types)
                if layout is None or (joins and may_join(base, found) and is_joined(base, found)):
                    tokens, types = splitter.split(base)
                    layout = naming.layout(tokens, types)
                else:
                    tokens = tuple(found)
                keys, places, _, _, _, group, fits = layout
                if places is None:
                    pairs = tuple(zip(keys, tokens, strict=True))
                else:
                    pairs = tuple(zip(keys, [tokens[at] for at in places], strict=True))
                    types = tuple([_value_type(types[at]) for at in places])
                warnings = () if fits else naming.warnings(layout, tokens)
                # As ParsedName(…), in half the time.
                yield _made(ParsedName, (name, extension, tokens, pairs, types, warnings, group))

    def pieces(self, name: str) -> tuple[Piece, ...]:
        """Where the values of a name are in it, in the order of the keys."""
        read = self.parse(name)
        return _found_in(name, read.tokens, read.pairs)

    def _cut(self, names: Sequence[str]) -> list[tuple[str, str, str, list[str]]]:
        """Name, base, extension and the pieces of each name.

        Names with the same extension are cut together, as one text.
        """
        first, others = self._splitter.separators[:1], self._splitter.separators[1:]
        extension = self._extensions.latest()
        ends = f"{extension}\n"
        text = "\n".join([*names, ""])
        if len(names) > 1 and text.count("\n") == text.count(ends) == len(names):
            text = text.replace(ends, "\n")
            bases = text[:-1].split("\n")
            if "" not in bases and "\n" not in self._splitter.separators:
                for sign in others:
                    text = text.replace(sign, first)
                pieces = text[:-1].split("\n")
                found = [each.split(first) for each in pieces] if first else [[b] for b in bases]
                extensions_ = itertools.repeat(extension)
                return list(zip(names, bases, extensions_, found, strict=False))
        return list(map(self._cut_one, names))

    def _cut_one(self, name: str) -> tuple[str, str, str, list[str]]:
        base, extension = self._extensions.split(name)
        return name, base, extension, self._splitter.pieces(base)


def _blocks(names: Iterable[str]) -> Iterator[Sequence[str]]:
    """Many names at a time of those that are there already, else one by one."""
    if not isinstance(names, Sequence):
        return ((name,) for name in names)
    return (names[at : at + _BLOCK] for at in range(0, len(names), _BLOCK))


def _found_in(
    name: str, words: Iterable[str], pairs: Iterable[tuple[str, str]]
) -> tuple[Piece, ...]:
    """Where the values of a name are: they are some of its words, and all are in its order."""
    waiting = list(pairs)
    found = []
    position = 0
    for word in words:
        start = name.find(word, position)
        if start < 0:
            # An extension inside the name is part of no word.
            continue
        position = start + len(word)
        if waiting and waiting[0][1] == word:
            found.append(Piece(start, position, waiting.pop(0)[0]))
    return tuple(found)


def _value_type(kind: str) -> str:
    """The type of a value; a label without one is a word."""
    return TEXT if kind.startswith(LABEL) else kind


class RegexParser(Parser):
    """Finds groups, or cuts where a pattern fits."""

    def __init__(self, settings: ParserSettings, rules: Rules) -> None:
        """Compile the pattern of the settings.

        Raises:
            PatternRefused: RE2 rejects it.
        """
        self._pattern, groups = compile_user_pattern(settings.pattern)
        self._words = Words(rules)
        self._naming = Naming(settings.names, ())
        self._extensions = extensions(rules)
        self._whole = bool(settings.groups)
        known: dict[str, str] = {}
        if settings.groups:
            # A scheme: all groups are values, and it says itself what they are.
            self._pattern = matcher(settings.pattern)
            # One without a name is in none of the names.
            keys = settings.groups[0].keys
            groups = _renamed([key.name for key in keys], settings.names)
            known = {name: key.type for name, key in zip(groups, keys, strict=True) if name}
        else:
            groups = _renamed(groups, settings.names)
        self._types = known
        self._groups = groups
        self._named = tuple((n, group) for n, group in enumerate(groups) if group)

    def parse_all(self, names: Iterable[str]) -> Iterator[ParsedName]:
        """Take many names apart, one after the other."""
        words, types_of = self._words, self._types.get
        cut_extension, named = self._extensions.split, self._named
        read = self._found if self._groups else self._cut
        for number, name in enumerate(names):
            if not number % _FORGETTING:
                words.forget()
            base, extension = cut_extension(name)
            pairs, warnings = read(base, name)
            tokens = tuple([value for _, value in pairs])
            if self._types:
                types = tuple([types_of(key) or TEXT for key, _ in pairs])
            else:
                types = tuple([words[value] for value in tokens])
            group = 0 if len(pairs) == len(named) or (pairs and not named) else -1
            # As ParsedName(…), in half the time.
            yield _made(ParsedName, (name, extension, tokens, pairs, types, warnings, group))

    def pieces(self, name: str) -> tuple[Piece, ...]:
        """Where the values of a name are in it, in the order of the keys."""
        if not self._groups:
            read = self.parse(name)
            return _found_in(name, read.tokens, read.pairs)
        base, extension = self._extensions.split(name)
        spans = self._pattern.spans(base, whole=self._whole)
        if spans is None:
            base, extension = name, ""
            spans = self._pattern.spans(name, whole=self._whole)
        if spans is None:
            return ()
        # An extension may stand inside a name.
        inside = len(base) if name.startswith(base) else name.find(extension)
        later = len(extension)
        return tuple(
            Piece(start + later * (start >= inside), end + later * (end > inside), group)
            if start < end
            else Piece(-1, -1, group)
            for (start, end), group in zip(spans, self._groups, strict=False)
            if group
        )

    def _found(self, base: str, name: str) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
        """The groups. A pattern may be meant for the name without its extension, or with it."""
        find = self._pattern.find_whole if self._whole else self._pattern.find
        values = find(base)
        if values is None:
            values = find(name)
        if values is None:
            return (), ("The pattern does not fit this name.",)
        pairs = tuple([(group, value) for n, group in self._named if (value := values[n])])
        if len(pairs) == len(self._named) or self._whole:
            return pairs, ()
        filled = dict(pairs)
        lacking = ", ".join(in_words(group) for _, group in self._named if group not in filled)
        return pairs, (f"No value for {lacking}.",)

    def _cut(self, base: str, _: str) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
        values = [piece for piece in self._pattern.split(base) if piece]
        layout = self._naming.layout(values, (TEXT,) * len(values))
        pairs = tuple(zip(layout.keys, values, strict=True))
        return pairs, self._naming.warnings(layout, values)


def _renamed(groups: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    """The names of groups, as somebody calls them; a group without a name stays without."""
    own = [group for group in groups if group]
    given = [*names[: len(own)], *own[len(names) :]]
    free = iter(unique(name.strip() or placeholder(n) for n, name in enumerate(given, start=1)))
    return tuple(next(free) if group else "" for group in groups)


@functools.lru_cache(maxsize=8)
def proposed_names(rules: Rules) -> dict[str, str]:
    """The name of the variable for each type that has one."""
    proposed: dict[str, str] = {}
    for rule in rules.types:
        if rule.variable:
            proposed.setdefault(rule.name, rule.variable)
    return proposed


@functools.lru_cache(maxsize=8)
def extensions(rules: Rules) -> Extensions:
    """The extensions of a nomenclature, compiled once."""
    return Extensions(rules.extensions)
