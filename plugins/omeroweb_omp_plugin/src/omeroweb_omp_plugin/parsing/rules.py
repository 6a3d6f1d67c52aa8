"""The nomenclature: what words, hyphens, units and extensions mean. Read from TOML files."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from omeroweb_omp_plugin.parsing.errors import RulesInvalid
from omeroweb_omp_plugin.parsing.rule_entries import Entry, entries

NOMENCLATURE: Final = Path(__file__).with_name("nomenclature.toml")
TEXT: Final = "text"


@dataclass(frozen=True, slots=True)
class HyphenRule:
    """A hyphen between `left` and `right` belongs to the word; both are patterns of RE2."""

    name: str
    left: str
    right: str
    source: str


@dataclass(frozen=True, slots=True)
class TypeRule:
    """A value that `pattern` matches is of type `name`; `variable` is the name to propose."""

    name: str
    pattern: str
    variable: str
    source: str


@dataclass(frozen=True, slots=True)
class CutRule:
    """A word that `pattern` matches is several values, the groups of the pattern."""

    name: str
    pattern: str
    source: str


@dataclass(frozen=True, slots=True)
class Scheme:
    """How the files of an instrument or an archive are named.

    Attributes:
        name: of the instrument or the program.
        pattern: matches the name without its extension; its groups are the values.
        keys: one for each group.
        types: what the values are, one for each group.
        source: where the scheme is written down.
    """

    name: str
    pattern: str
    keys: tuple[str, ...]
    types: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Variable:
    """A name for variables, with the module of REMBI that it belongs to."""

    name: str
    rembi: str
    source: str


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything the parser knows about names.

    Attributes:
        separators: characters that may separate words, the likeliest first.
        extensions: without the leading dot, in small letters.
        hyphens: hyphens that are no separators.
        types: types of values; the first that matches is taken.
        labels: words that name the value after them, in small letters.
        counters: words before a number that are run together with others, in small letters.
        cuts: words that are several values.
        schemes: how instruments name files; the first that fits is taken.
        variables: names to offer, in the order of the file.
        listed: keys with the values that they may have; a key that is not here may have any.
    """

    separators: str
    extensions: frozenset[str]
    hyphens: tuple[HyphenRule, ...]
    types: tuple[TypeRule, ...]
    labels: frozenset[str]
    variables: tuple[Variable, ...]
    counters: frozenset[str] = frozenset()
    cuts: tuple[CutRule, ...] = ()
    schemes: tuple[Scheme, ...] = ()
    listed: tuple[tuple[str, tuple[str, ...]], ...] = ()


def load_rules(extra: Path | None = None) -> Rules:
    """The nomenclature, with a site's own entries before it.

    Args:
        extra: a file of the same form as `nomenclature.toml`; none for the nomenclature alone.

    Raises:
        RulesInvalid: an entry of the file cannot be used, or it is no TOML.
        OSError: the file cannot be read.
    """
    return _nomenclature() if extra is None else _merged(_read(extra), _nomenclature())


@functools.cache
def _nomenclature() -> Rules:
    return _read(NOMENCLATURE)


def _merged(first: Rules, second: Rules) -> Rules:
    separators = second.separators + "".join(sorted(set(first.separators) - set(second.separators)))
    known = {variable.name for variable in first.variables}
    return Rules(
        separators=separators,
        extensions=first.extensions | second.extensions,
        hyphens=first.hyphens + second.hyphens,
        types=first.types + second.types,
        labels=first.labels | second.labels,
        variables=first.variables
        + tuple(variable for variable in second.variables if variable.name not in known),
        counters=first.counters | second.counters,
        cuts=first.cuts + second.cuts,
        schemes=first.schemes + second.schemes,
        listed=tuple({**dict(second.listed), **dict(first.listed)}.items()),
    )


def _read(file: Path) -> Rules:
    try:
        content: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RulesInvalid(file, "not TOML", str(error)) from error
    found = entries(file, content)
    return Rules(
        separators=found.separators,
        extensions=frozenset(
            suffix.lower() for entry in found.of("extension") for suffix in entry.words["suffixes"]
        ),
        hyphens=tuple(
            HyphenRule(entry.text["name"], entry.text["left"], entry.text["right"], entry.source)
            for entry in found.of("hyphen")
        ),
        types=tuple(_type(entry) for entry in found.of("type")),
        labels=frozenset(
            word.lower() for entry in found.of("label") for word in entry.words["words"]
        ),
        variables=tuple(
            Variable(name, entry.text["rembi"], entry.source)
            for entry in found.of("variable")
            for name in entry.words["names"]
        ),
        counters=frozenset(
            word.lower() for entry in found.of("counter") for word in entry.words["words"]
        ),
        cuts=tuple(
            CutRule(entry.text["name"], entry.text["pattern"], entry.source)
            for entry in found.of("cut")
        ),
        schemes=tuple(
            Scheme(
                entry.text["name"],
                entry.text["pattern"],
                entry.words["keys"],
                entry.words["types"],
                entry.source,
            )
            for entry in found.of("scheme")
        ),
        listed=tuple(
            (entry.text["name"].strip(), tuple(word.strip() for word in entry.words["values"]))
            for entry in found.of("key")
        ),
    )


def _type(entry: Entry) -> TypeRule:
    text = entry.text
    return TypeRule(text["name"], text["pattern"], text["variable"], entry.source)
