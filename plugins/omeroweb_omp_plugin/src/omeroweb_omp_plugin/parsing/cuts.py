"""Words that are several values run together, as `r01c02f03`, `w1` before a UUID, `D0.vsi`.

A cut is a pattern of RE2: a word that it matches as a whole is taken apart into its groups. What
stands between groups is no letter and no digit, so that no word is lost.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from omeroweb_omp_plugin.parsing.engine import Matcher, matcher
from omeroweb_omp_plugin.parsing.rules import Rules

_UNIT: Final = re.compile(r"([^\W\d_]+)(\d+)")
_RUN: Final = re.compile(r"(?:[^\W\d_]+\d+){2,}")
_ENDING: Final = re.compile(r".*[^.]\.([A-Za-z]{3,12})")
_NEARLY_ALL: Final = 0.95
# Short words are no endings of files unless they are known: `0.5mM` is no file.
_FEW: Final = 2


class Cutter:
    """Takes words apart; for one set of names."""

    def __init__(self, patterns: Sequence[str]) -> None:
        """Take the cuts, the first that fits a word is used."""
        self._matchers: list[Matcher] = [matcher(pattern) for pattern in patterns]

    def pieces(self, word: str) -> tuple[str, ...]:
        """The pieces of a word, none when no cut fits it."""
        for each in self._matchers:
            found = each.find_whole(word)
            if found is not None:
                pieces = tuple(piece for text in found if text and (piece := text.strip()))
                if len(pieces) > 1:
                    return pieces
        return ()


def cuts_for(
    columns: Sequence[Sequence[str]], rules: Rules, typed: Callable[[str], bool]
) -> list[str]:
    """The cuts that nearly all words of a column ask for.

    Args:
        columns: the words of each column of names that are built alike.
        rules: the nomenclature.
        typed: whether a word as a whole has a type, so that it is left whole.
    """
    found: dict[str, None] = {}
    for values in columns:
        different = sorted(set(values))
        if all(map(typed, different)):
            continue
        known = [
            rule.pattern
            for rule in rules.cuts
            if _share(matcher(rule.pattern), different) >= _NEARLY_ALL
        ]
        learned = known[:1] or _counters(different, rules) or _unknown_ending(different)
        found.update(dict.fromkeys(learned))
    return list(found)


def _share(pattern: Matcher, values: Sequence[str]) -> float:
    return sum(pattern.matches(value) for value in values) / len(values)


def _counters(values: Sequence[str], rules: Rules) -> list[str]:
    """Labels and numbers that follow each other in the same way in all values.

    The labels are all different, and known counters; unknown ones have to have numbers with leading
    zeros, and all of one length.
    """
    if not all(map(_RUN.fullmatch, values)):
        return []
    units = [_UNIT.findall(value) for value in values]
    labels = [label for label, _ in units[0]]
    if len(set(labels)) < len(labels) or any([one for one, _ in row] != labels for row in units):
        return []
    numbers = list(zip(*([number for _, number in row] for row in units), strict=True))
    known = all(label.lower() in rules.counters for label in labels)
    padded = all(
        len({len(number) for number in column}) == 1 and len(column[0]) > 1 and column[0][0] == "0"
        for column in numbers
    )
    if not (known or padded) or (len(values) < _FEW and len(labels) < _FEW + 1):
        return []
    return ["".join(f"({re.escape(label)}\\d+)" for label in labels)]


def _unknown_ending(values: Sequence[str]) -> list[str]:
    """An ending after a dot that all of several words have, whatever it is."""
    endings = {found[1] if (found := _ENDING.fullmatch(value)) else "" for value in values}
    if len(values) < _FEW or len(endings) > 1 or "" in endings:
        return []
    return [rf"(.+)\.({endings.pop()})"]
