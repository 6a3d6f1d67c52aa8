"""Which words of a name belong to which columns, when there are more or fewer of them.

A word goes to a column that asks for its type, or for this very word. What is between two such
words goes by position if it is as many words as columns. Anything else is not guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from omeroweb_omp_plugin.parsing.models import Key
from omeroweb_omp_plugin.parsing.rules import TEXT

NUMBER: Final = "number"
# `14.01.03` may be either.
EITHER: Final = "date or time"
_WEAK: Final = frozenset((TEXT, NUMBER, EITHER, ""))
COMPATIBLE: Final = {EITHER: ("date", "time of day")}


def is_strict(kind: str) -> bool:
    """Whether a column of this type takes values of this type only."""
    return kind not in _WEAK


def takes(key: Key, kind: str) -> bool:
    """Whether a column may have a value of this type."""
    return not is_strict(key.type) or kind == key.type or key.type in COMPATIBLE.get(kind, ())


def align(keys: Sequence[Key], words: Sequence[str], types: Sequence[str]) -> list[int]:
    """Find the column of each word.

    Args:
        keys: the columns.
        words: of a name.
        types: of the words.

    Returns:
        The index of each word's column, -1 for a word that has none. They ascend.
    """
    found = [-1] * len(words)
    before_key = before_word = 0
    for key, word in [*_certain(keys, words, types), (len(keys), len(words))]:
        between_keys = [n for n in range(before_key, key) if not is_strict(keys[n].type)]
        between_words = list(range(before_word, word))
        for column, at in _by_position(keys, between_keys, between_words, types):
            found[at] = column
        if word < len(words):
            found[word] = key
        before_key, before_word = key + 1, word + 1
    return found


def _certain(
    keys: Sequence[Key], words: Sequence[str], types: Sequence[str]
) -> list[tuple[int, int]]:
    """The longest sequence of columns and words that certainly belong together."""

    def belong(key: Key, at: int) -> bool:
        if is_strict(key.type):
            return takes(key, types[at])
        return bool(key.word) and key.word == words[at] and key.type == TEXT

    best = [[0] * (len(words) + 1) for _ in range(len(keys) + 1)]
    for key in range(len(keys) - 1, -1, -1):
        for at in range(len(words) - 1, -1, -1):
            both = best[key + 1][at + 1] + 1 if belong(keys[key], at) else 0
            best[key][at] = max(both, best[key + 1][at], best[key][at + 1])
    pairs, key, at = [], 0, 0
    while key < len(keys) and at < len(words):
        if belong(keys[key], at) and best[key][at] == best[key + 1][at + 1] + 1:
            pairs.append((key, at))
            key, at = key + 1, at + 1
        elif best[key][at] == best[key + 1][at]:
            key += 1
        else:
            at += 1
    return pairs


def _by_position(
    keys: Sequence[Key], columns: list[int], words: list[int], types: Sequence[str]
) -> list[tuple[int, int]]:
    """Columns and words between two certain places, if they can only belong together in one way."""
    for choices in (
        (columns, words),
        (
            [n for n in columns if not keys[n].word],
            words,
        ),
        (columns, [at for at in words if not is_strict(types[at])]),
        (
            [n for n in columns if not keys[n].word],
            [at for at in words if not is_strict(types[at])],
        ),
    ):
        if len(choices[0]) == len(choices[1]):
            return list(zip(*choices, strict=True))
    numbers = [n for n in columns if keys[n].type == NUMBER]
    values = [at for at in words if types[at] == NUMBER]
    return list(zip(numbers, values, strict=True)) if len(numbers) == len(values) else []
