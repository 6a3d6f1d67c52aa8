"""A parser: settings, compiled once, then any number of names."""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import Final

from omeroweb_omp_plugin.parsing import separators
from omeroweb_omp_plugin.parsing.extensions import Extensions
from omeroweb_omp_plugin.parsing.models import ParsedName, ParserSettings
from omeroweb_omp_plugin.parsing.naming import Naming
from omeroweb_omp_plugin.parsing.rules import Rules, load_rules
from omeroweb_omp_plugin.parsing.splitter import Splitter
from omeroweb_omp_plugin.parsing.user_pattern import compile_user_pattern
from omeroweb_omp_plugin.parsing.words import Words

_FORGETTING: Final = 1000
_made: Final = tuple.__new__


class Parser(ABC):
    """Takes names apart. Not for several threads at once: it remembers words."""

    @abstractmethod
    def parse_all(self, names: Iterable[str]) -> Iterator[ParsedName]:
        """Take many names apart, one after the other; the faster way when there are many."""

    def parse(self, name: str) -> ParsedName:
        """Take one name apart."""
        return next(iter(self.parse_all((name,))))


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
        self._words = Words(rules)
        self._splitter = Splitter(signs, self._words)
        self._naming = Naming(settings.names, labels)
        self._extensions = extensions(rules)

    def parse_all(self, names: Iterable[str]) -> Iterator[ParsedName]:
        """Take many names apart, one after the other; the faster way when there are many."""
        words, naming = self._words, self._naming
        cut_extension, cut_words = self._extensions.split, self._splitter.split
        expected, has_labels = len(naming.expected), naming.has_labels
        for number, name in enumerate(names):
            if not number % _FORGETTING:
                words.forget()
            base, extension = cut_extension(name)
            tokens, types = cut_words(base)
            if has_labels:
                pairs, warnings = naming.labelled(tokens)
                warnings += naming.warnings(pairs)
                types = tuple(words[value] for _, value in pairs)
            else:
                pairs = naming.pairs(tokens)
                fits = tokens and (not expected or len(tokens) == expected)
                warnings = () if fits else naming.warnings(pairs)
            # As ParsedName(…), in half the time.
            yield _made(ParsedName, (name, extension, tokens, pairs, types, warnings))


class RegexParser(Parser):
    """Finds named groups, or cuts where a pattern fits."""

    def __init__(self, settings: ParserSettings, rules: Rules) -> None:
        """Compile the pattern of the settings.

        Raises:
            PatternRefused: RE2 rejects it.
        """
        self._pattern, self._groups = compile_user_pattern(settings.pattern)
        self._words = Words(rules)
        self._naming = Naming(settings.names, ())
        self._extensions = extensions(rules)

    def parse_all(self, names: Iterable[str]) -> Iterator[ParsedName]:
        """Take many names apart, one after the other."""
        for name in names:
            self._words.forget()
            base, extension = self._extensions.split(name)
            pairs, warnings = self._found(base, name) if self._groups else self._cut(base)
            tokens = tuple(value for _, value in pairs)
            types = tuple(self._words[value] for value in tokens)
            yield ParsedName(name, extension, tokens, pairs, types, warnings)

    def _found(self, base: str, name: str) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
        """The groups. A pattern may be meant for the name without its extension, or with it."""
        values = self._pattern.find(base)
        if values is None:
            values = self._pattern.find(name)
        if values is None:
            return (), ("The pattern does not fit this name.",)
        named = zip(self._groups, values, strict=False)
        pairs = tuple((group, value) for group, value in named if group and value)
        lacking = [f"“{group}”" for group in self._groups if group and group not in dict(pairs)]
        return pairs, (f"No value for {', '.join(lacking)}.",) if lacking else ()

    def _cut(self, base: str) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
        values = [piece for piece in self._pattern.split(base) if piece]
        pairs = self._naming.pairs(values)
        return pairs, self._naming.warnings(pairs)


@functools.lru_cache(maxsize=8)
def extensions(rules: Rules) -> Extensions:
    """The extensions of a nomenclature, compiled once."""
    return Extensions(rules.extensions)
