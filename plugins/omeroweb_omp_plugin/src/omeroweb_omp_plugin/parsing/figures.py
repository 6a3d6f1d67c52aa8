"""How well names are read: what the parser finds against what an expert takes from one row.

The sets are JSON: a list of objects with `id`, `source`, `names`, `row` (which of the names) and
`tokens` (the values that an expert takes from that name, in order). `never` may name keys that the
set has no value for. Other fields are ignored.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

from omeroweb_omp_plugin.parsing.alignment import COMPATIBLE, NUMBER
from omeroweb_omp_plugin.parsing.detection import detect, settings_from
from omeroweb_omp_plugin.parsing.models import ParsedName
from omeroweb_omp_plugin.parsing.parser import compile_parser
from omeroweb_omp_plugin.parsing.rules import Rules

_SIGNS: Final = re.compile(r"[\W_]+")
_COUNTER: Final = re.compile(r"([^\W\d]*)0*(\d+)")


@dataclass(frozen=True, slots=True)
class Expected:
    """Names of one source, and the values of one of them."""

    id: str
    names: tuple[str, ...]
    row: int
    tokens: tuple[str, ...]
    never: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Figure:
    """How one set was read.

    Attributes:
        id: of the set.
        expected: how many values the expert takes from the row.
        missing: those that are no value of their own.
        wrong: the names in which a key of a type has a value of another type.
        names: how many names the set has.
        found: the pairs of the row.
    """

    id: str
    expected: int
    missing: tuple[str, ...]
    wrong: tuple[str, ...]
    names: int
    found: tuple[tuple[str, str], ...]

    @property
    def whole(self) -> bool:
        """Whether each expected value stands alone."""
        return not self.missing


def read_sets(file: Path) -> list[Expected]:
    """The sets of a file.

    Raises:
        OSError: the file cannot be read.
        ValueError, KeyError: it has another form.
    """
    rows = json.loads(file.read_text(encoding="utf-8"))
    return [
        Expected(
            row["id"],
            tuple(row["names"]),
            row["row"],
            tuple(row["tokens"]),
            frozenset(row.get("never", ())),
        )
        for row in rows
    ]


def measure(sets: Sequence[Expected], rules: Rules) -> list[Figure]:
    """Read each set as a user would who changes nothing."""
    return [_figure(each, rules) for each in sets]


def wrong_types(parsed: ParsedName, rules: Rules) -> bool:
    """Whether a key that belongs to a type has a value of another type.

    A number is right under any key: a label before it (`Well 12`) names it.
    """
    types: dict[str, set[str]] = {}
    for rule in rules.types:
        types.setdefault(rule.variable, {NUMBER}).add(rule.name)
    for either, kinds in COMPATIBLE.items():
        for allowed in types.values():
            if allowed & set(kinds):
                allowed.add(either)
    return any(
        kind not in types.get(key.rstrip("0123456789").removesuffix("_"), {kind})
        for (key, _), kind in zip(parsed.pairs, parsed.types, strict=True)
        if key
    )


def missing(expected: Sequence[str], values: Sequence[str]) -> list[str]:
    """The expected values that are no value of their own; both are in the order of the name.

    Signs and leading zeros make no difference, nor does a label that only one of both has: `01`,
    `1` and `r01` are the same.
    """
    # The longest common sequence, from the end.
    best: list[list[int]] = [[0] * (len(values) + 1) for _ in range(len(expected) + 1)]
    for one in range(len(expected) - 1, -1, -1):
        for other in range(len(values) - 1, -1, -1):
            taken = best[one + 1][other + 1] + 1 if _same(expected[one], values[other]) else 0
            best[one][other] = max(taken, best[one + 1][other], best[one][other + 1])
    lacking, other = [], 0
    for one, wanted in enumerate(expected):
        if best[one][other] == best[one + 1][other]:
            lacking.append(wanted)
            continue
        while best[one][other + 1] == best[one][other]:
            other += 1
        other += 1
    return lacking


def write(figures: Sequence[Figure], output: TextIO) -> None:
    """One line for each set, and the total."""
    for each in figures:
        alone = each.expected - len(each.missing)
        line = f"{each.id:<20} {alone:>3} of {each.expected:<3} {'whole' if each.whole else '':<6}"
        if each.wrong:
            line += f" wrong type in {len(each.wrong)} of {each.names}"
        if each.missing:
            line += f" missing {', '.join(each.missing)} in {[value for _, value in each.found]}"
        output.write(line.rstrip() + "\n")
    expected = sum(each.expected for each in figures)
    alone = expected - sum(len(each.missing) for each in figures)
    whole = sum(each.whole for each in figures)
    wrong = sum(len(each.wrong) for each in figures)
    names = sum(each.names for each in figures)
    output.write(
        f"{alone} of {expected} expected values stand alone ({alone / max(expected, 1):.1%}), "
        f"{whole} of {len(figures)} sets are whole ({whole / max(len(figures), 1):.1%}), "
        f"{wrong} of {names} names have a value of another type under a typed key\n"
    )


def _figure(each: Expected, rules: Rules) -> Figure:
    parser = compile_parser(settings_from(detect(each.names, rules)), rules)
    rows = list(parser.parse_all(each.names))
    pairs = rows[each.row].pairs
    return Figure(
        id=each.id,
        expected=len(each.tokens),
        missing=tuple(missing(each.tokens, [value for _, value in pairs])),
        wrong=tuple(
            row.name
            for row in rows
            if wrong_types(row, rules) or any(key in each.never for key, _ in row.pairs)
        ),
        names=len(rows),
        found=pairs,
    )


def _same(wanted: str, value: str) -> bool:
    one, other = (_SIGNS.sub(" ", text).strip() for text in (wanted, value))
    if one == other:
        return True
    first, second = _COUNTER.fullmatch(one), _COUNTER.fullmatch(other)
    if not first or not second or first[2] != second[2]:
        return False
    return first[1] == second[1] or not first[1] or not second[1]
