"""What separates the words in a set of names, which words are labels, what to call the values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from omeroweb_omp_plugin.parsing import separators
from omeroweb_omp_plugin.parsing.columns import Column, column
from omeroweb_omp_plugin.parsing.labels import label_columns
from omeroweb_omp_plugin.parsing.models import Detected, ParserSettings
from omeroweb_omp_plugin.parsing.naming import unique
from omeroweb_omp_plugin.parsing.parser import extensions
from omeroweb_omp_plugin.parsing.rules import TEXT, Rules, load_rules
from omeroweb_omp_plugin.parsing.shapes import Shapes
from omeroweb_omp_plugin.parsing.splitter import Splitter
from omeroweb_omp_plugin.parsing.words import Words

# Names whose words are looked at; the shapes of all names are.
_SAMPLE: Final = 400
_CANDIDATES: Final = 6
# What another separator has to add: half a column of one type.
_GAIN: Final = 0.05
# Of two choices that tell the same, the one with more columns, if no separator is there yet.
_PER_COLUMN: Final = 0.01
_FREE_TEXT: Final = 0.2
_BLOCK: Final = 10_000


@dataclass(frozen=True, slots=True)
class _Cut:
    """What a choice of separators makes of the set.

    Attributes:
        separators: the choice.
        share: the share of all names that have the commonest number of words.
        columns: those of the names of the sample that have this number.
        score: the more columns tell, and the more names have them, the better.
    """

    separators: str
    share: float
    columns: tuple[Column, ...]
    score: float


def detect(names: Sequence[str], rules: Rules | None = None) -> Detected:
    """Find what the names of a set have in common.

    Every name counts for the separators: a choice of them is good when as many names as possible
    get the same number of words. What the columns hold is judged from a sample, evenly spread over
    the sorted names. The order of the names changes nothing.

    Args:
        names: of files, in any order.
        rules: the nomenclature; the plugin's own when none is given.
    """
    chosen = load_rules() if rules is None else rules
    words = Words(chosen)
    cut_extension = extensions(chosen).split
    signs = _present(chosen.separators, names)
    shapes = Shapes((cut_extension(name)[0] for name in names), signs, words)
    if not shapes.total:
        return Detected("", (), (), (), 0.0)
    sample = [cut_extension(name)[0] for name in _spread(names)]
    return _told(_best_cut(shapes, sample, words), shapes.total, chosen)


def settings_from(detected: Detected, names: Sequence[str] = ()) -> ParserSettings:
    """The settings that make a parser of what was detected.

    Args:
        detected: the result of `detect`.
        names: names for the variables instead of the proposed ones.
    """
    return ParserSettings("separators", detected.pattern, tuple(names) or detected.names)


def _present(signs: str, names: Sequence[str]) -> str:
    """Those of the signs that stand in some name."""
    blocks = ["".join(names[n : n + _BLOCK]) for n in range(0, len(names), _BLOCK)]
    return "".join(sign for sign in signs if any(sign in block for block in blocks))


def _spread(names: Sequence[str]) -> list[str]:
    """Some of the names, the same ones for any order."""
    step = max(1, -(-len(names) // _SAMPLE))
    return sorted(names)[::step]


def _best_cut(shapes: Shapes, sample: Sequence[str], words: Words) -> _Cut:
    """Begin with no separator, and add the one that helps most as long as one helps."""
    candidates = shapes.signs()[:_CANDIDATES]
    best = _cut("", shapes, sample, words)
    while True:
        further = [
            _cut(best.separators + sign, shapes, sample, words)
            for sign in candidates
            if sign not in best.separators
        ]
        # The first of equals: the commonest sign.
        better = max(further, key=lambda cut: cut.score, default=best)
        # Without any separator nothing is read at all, so the first one needs to add little.
        if better.score <= best.score + (_GAIN if best.separators else 0):
            return best
        best = better


def _cut(signs: str, shapes: Shapes, sample: Sequence[str], words: Words) -> _Cut:
    widths = shapes.widths(signs)
    width, often = max(widths.items(), key=lambda item: (item[1], item[0]))
    share = often / shapes.total
    columns = _columns(signs, sample, words)
    tells = sum(column.worth for column in columns) + _PER_COLUMN * width
    return _Cut(signs, share, columns, share * share * tells)


def _columns(signs: str, sample: Sequence[str], words: Words) -> tuple[Column, ...]:
    """The columns of those names of the sample that have the commonest number of words."""
    splitter = Splitter(signs, words)
    rows: dict[int, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {}
    for base in sample:
        row = splitter.split(base)
        rows.setdefault(len(row[0]), []).append(row)
    commonest = max(rows.items(), key=lambda item: (len(item[1]), item[0]))[1]
    values = zip(*(row[0] for row in commonest), strict=True)
    types = zip(*(row[1] for row in commonest), strict=True)
    return tuple(map(column, values, types))


def _told(cut: _Cut, total: int, rules: Rules) -> Detected:
    columns = cut.columns
    at = label_columns(columns, rules, total)
    kept = [n for n in range(len(columns)) if n not in at]
    labels = [columns[n - 1].constant if n - 1 in at else "" for n in kept]
    proposed = {rule.name: rule.variable for rule in rules.types}
    names = [
        label or proposed.get(columns[n].kind) or f"Var{position + 1}"
        for position, (n, label) in enumerate(zip(kept, labels, strict=True))
    ]
    return Detected(
        pattern=separators.write(cut.separators, labels),
        separators=tuple(cut.separators),
        labels=tuple(label for label in labels if label),
        names=tuple(unique(names)),
        confidence=_confidence(cut, total),
    )


def _confidence(cut: _Cut, total: int) -> float:
    """The share of names with the same columns, less when columns tell nothing or names are few."""
    if not cut.separators and len(cut.columns) < 2 and all(c.kind == TEXT for c in cut.columns):
        return 0.0
    telling = [column for column in cut.columns if column.constant or column.worth > _FREE_TEXT]
    told = len(telling) / len(cut.columns) if cut.columns else 0.0
    return round(cut.share * (0.5 + 0.5 * told) * (1 - 0.5**total), 3)
