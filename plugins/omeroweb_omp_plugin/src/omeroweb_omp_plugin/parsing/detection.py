"""What separates the words in a set of names, which words are labels, what to call the values."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from omeroweb_omp_plugin.parsing import separators
from omeroweb_omp_plugin.parsing.alignment import align, is_strict
from omeroweb_omp_plugin.parsing.columns import MANY, Column, column
from omeroweb_omp_plugin.parsing.cuts import cuts_for
from omeroweb_omp_plugin.parsing.engine import PatternSet, matcher
from omeroweb_omp_plugin.parsing.labels import label_columns
from omeroweb_omp_plugin.parsing.models import Detected, FoundScheme, Group, Key, ParserSettings
from omeroweb_omp_plugin.parsing.naming import unique, values_of
from omeroweb_omp_plugin.parsing.parser import extensions, proposed_names
from omeroweb_omp_plugin.parsing.rules import TEXT, Rules, Scheme, load_rules
from omeroweb_omp_plugin.parsing.shapes import Shapes
from omeroweb_omp_plugin.parsing.splitter import Splitter
from omeroweb_omp_plugin.parsing.words import Words

# Names whose words are looked at; the shapes of all names are.
_SAMPLE: Final = 400
_CANDIDATES: Final = 6
# What another separator has to add.
_GAIN: Final = 0.05
# Of two choices that tell the same, the one with more columns, if no separator is there yet.
_PER_COLUMN: Final = 0.01
_FREE_TEXT: Final = 0.2
_BLOCK: Final = 10_000
_MOST_GROUPS: Final = 8
_SMALLEST_GROUP: Final = 0.03
_NEARLY_ALL: Final = 0.95
_LONG_LIST: Final = 3
_LOST: Final = 0.6
# What a choice of separators loses that leaves a frequent sign in most values of a column.
_UNCUT: Final = 0.5


class _Row(NamedTuple):
    """A name of the sample in words, and the name."""

    words: tuple[str, ...]
    types: tuple[str, ...]
    base: str


class _Values(NamedTuple):
    """The values of a name, labels taken away: each has the label before it, or none."""

    words: tuple[str, ...]
    types: tuple[str, ...]
    labels: tuple[str, ...]
    base: str


@dataclass(frozen=True, slots=True)
class _Cut:
    """What a choice of separators makes of the set.

    Attributes:
        separators: the choice.
        groups: the names of the sample by their number of words, the commonest first.
        columns: of each of the groups.
        share: the share of all names that have the commonest number of words.
        score: the more columns tell, and the more names have them, the better.
    """

    separators: str
    groups: tuple[tuple[_Row, ...], ...]
    columns: tuple[tuple[Column, ...], ...]
    share: float
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
    candidates = shapes.signs()[:_CANDIDATES]
    cut = _best_cut(shapes, sample, words, candidates)
    found = _told(cut, shapes, sample, candidates, chosen, cut.separators)
    scheme = _scheme(sample, chosen)
    if scheme is None:
        return found
    rule, follow = scheme
    # What no name has, as the field of a plate with one, is no key.
    read = matcher(rule.pattern)
    rows = [row for base in sample if (row := read.find_whole(base)) is not None]
    keys = tuple(
        Key(name if any(values) else "", kind)
        for name, kind, values in zip(
            unique(rule.keys), rule.types, zip(*rows, strict=True), strict=True
        )
    )
    return replace(
        found,
        names=tuple(key.name for key in keys if key.name),
        confidence=round(follow / len(sample) * _enough(shapes.total), 3),
        groups=(Group(keys, follow, sample[0]),),
        scheme=FoundScheme(rule.name, rule.pattern, rule.source, follow, len(sample)),
        remarks=(),
    )


def learn(
    settings: ParserSettings, names: Sequence[str], rules: Rules | None = None
) -> ParserSettings:
    """The same settings, with what the names tell about their columns.

    Args:
        settings: with `detect` all is found out; with `separators` and their labels the types of
            the columns; a regular expression stays as it is.
        names: of files, in any order.
        rules: the nomenclature; the plugin's own when none is given.

    Raises:
        PatternRefused: the separators cannot be used.
    """
    if settings.mode == "detect":
        found = settings_from(detect(names, rules), settings.names)
        return replace(found, shape_names=settings.shape_names)
    if settings.mode == "regex" or settings.groups:
        return settings
    chosen = load_rules() if rules is None else rules
    words = Words(chosen)
    sample = [extensions(chosen).split(name)[0] for name in _spread(names)]
    signs, labels = separators.read(settings.pattern)
    rows = _rows(signs, sample, words)
    if not rows:
        return settings
    groups = _groups(rows, len(sample), labels, chosen, settings.names)
    shape = tuple(key.label for key in groups[0].keys)
    if len(settings.names) > len(shape):
        return settings
    if tuple(filter(None, labels)) != tuple(filter(None, shape)) or shape[: len(labels)] != labels:
        # The labels that were asked for are not where they would be: nothing is known.
        return settings
    return replace(settings, groups=groups)


def settings_from(detected: Detected, names: Sequence[str] = ()) -> ParserSettings:
    """The settings that make a parser of what was detected.

    Args:
        detected: the result of `detect`.
        names: names for the variables instead of the proposed ones.
    """
    given = tuple(names) or detected.names
    if detected.scheme is not None:
        return ParserSettings("regex", detected.scheme.pattern, given, detected.groups)
    return ParserSettings("separators", detected.pattern, given, detected.groups, detected.cuts)


def _present(signs: str, names: Sequence[str]) -> str:
    """Those of the signs that stand in some name."""
    blocks = ["".join(names[n : n + _BLOCK]) for n in range(0, len(names), _BLOCK)]
    return "".join(sign for sign in signs if any(sign in block for block in blocks))


def _spread(names: Sequence[str]) -> list[str]:
    """Some of the names, the same ones for any order."""
    step = max(1, -(-len(names) // _SAMPLE))
    return sorted(names)[::step]


def _scheme(sample: Sequence[str], rules: Rules) -> tuple[Scheme, int] | None:
    """The first scheme that nearly all of the names follow, and how many do."""
    if not rules.schemes:
        return None
    patterns = _schemes(rules)
    follow: Counter[int] = Counter()
    for base in sample:
        follow.update(patterns.matching(base))
    for at, rule in enumerate(rules.schemes):
        if follow[at] >= _NEARLY_ALL * len(sample):
            return rule, follow[at]
    return None


@functools.lru_cache(maxsize=8)
def _schemes(rules: Rules) -> PatternSet:
    return PatternSet([rule.pattern for rule in rules.schemes])


def _best_cut(
    shapes: Shapes, sample: Sequence[str], words: Words, candidates: Sequence[str]
) -> _Cut:
    """Begin with no separator, and add the one that helps most as long as one helps."""
    uncut = _Uncut("".join(candidates), words)
    best = _cut("", shapes, sample, words, uncut)
    while True:
        further = [
            _cut(best.separators + sign, shapes, sample, words, uncut)
            for sign in candidates
            if sign not in best.separators
            and not (best.separators and uncut.only_in_lists(sign, best.groups))
        ]
        # The first of equals: the commonest sign.
        better = max(further, key=lambda cut: cut.score, default=best)
        # Without any separator nothing is read at all, so the first one needs to add little.
        if better.score <= best.score + (_GAIN if best.separators else 0):
            return best
        best = better


class _Uncut:
    """Whether a value still has a frequent sign in it that could separate.

    `1872-2-3` and `PH3,DAPI,A488` are lists: all of one type, and better left whole.
    """

    def __init__(self, signs: str, words: Words) -> None:
        self._splitter = Splitter(signs, words)
        self._known: dict[str, bool] = {}

    def __call__(self, value: str) -> bool:
        found = self._known.get(value)
        if found is None:
            pieces, _ = self._splitter.split(value)
            # Also one at the beginning, as in `- 4`. What is at the end belongs to it: `dox+`.
            more = len(pieces) > 1 or (pieces != (value,) and value[0] in "_- ")
            found = self._known[value] = more and not self.is_list(value)
        return found

    def is_list(self, value: str) -> bool:
        """Whether the pieces of a value are of one type."""
        pieces, types = self._splitter.split(value)
        return len(pieces) >= _LONG_LIST and len(set(types)) == 1 and types[0] != TEXT

    def only_in_lists(self, sign: str, groups: Sequence[Sequence[_Row]]) -> bool:
        """Whether a sign stands only in lists, or in words that are the same in all names.

        A word that is the same everywhere may be cut when most of its pieces have types of
        their own.
        """
        for rows in groups:
            for values in zip(*(row.words for row in rows), strict=True):
                different = {value for value in values if sign in value}
                if not different or all(map(self.is_list, different)):
                    continue
                _, types = self._splitter.split(values[0])
                strict = list(filter(is_strict, types))
                of_their_own = len(set(strict)) == len(strict) and 2 * len(strict) >= len(types)
                if len(set(values)) > 1 or len(values) == 1 or of_their_own:
                    return False
        return True


def _cut(signs: str, shapes: Shapes, sample: Sequence[str], words: Words, uncut: _Uncut) -> _Cut:
    widths = shapes.widths(signs)
    often = max(widths.values())
    rows = _rows(signs, sample, words)
    judged = tuple(_columns(group, uncut, whole=not signs) for group in rows)
    score = 0.0
    for group, columns in zip(rows, judged, strict=True):
        share = widths[len(columns)] / shapes.total
        tells = sum(column.worth for column in columns) + _PER_COLUMN * len(columns)
        if any(column.uncut > MANY and column.kind == TEXT for column in columns):
            tells -= _UNCUT
        alike = 1.0 if len(group) > 1 or len(sample) == 1 else 0.0
        score += share**1.5 * tells * alike
    return _Cut(signs, rows, judged, often / shapes.total, score)


def _rows(signs: str, sample: Sequence[str], words: Words) -> tuple[tuple[_Row, ...], ...]:
    """The names of the sample in words, by their number, the commonest first."""
    splitter = Splitter(signs, words)
    rows: dict[int, list[_Row]] = {}
    for base in sample:
        row = _Row(*splitter.split(base), base)
        rows.setdefault(len(row.words), []).append(row)
    ordered = sorted(rows.items(), key=lambda item: (-len(item[1]), -item[0]))
    return tuple(tuple(group) for _, group in ordered)


def _columns(rows: Sequence[_Row], uncut: _Uncut, *, whole: bool) -> tuple[Column, ...]:
    values = zip(*(row.words for row in rows), strict=True)
    types = zip(*(row.types for row in rows), strict=True)
    judged = map(functools.partial(column, uncut=uncut), values, types)
    if whole:
        return tuple(judged)
    # Once names are cut, a word that is the same everywhere need not be cut further.
    return tuple(
        replace(each, worth=0.0, uncut=0.0) if each.constant and each.uncut else each
        for each in judged
    )


def _told(
    cut: _Cut,
    shapes: Shapes,
    sample: Sequence[str],
    candidates: Sequence[str],
    rules: Rules,
    signs: str,
) -> Detected:
    columns_of_words = [
        values for rows in cut.groups for values in zip(*(row.words for row in rows), strict=True)
    ]
    plain = Words(rules)
    cuts = cuts_for(columns_of_words, rules, lambda word: is_strict(plain[word]))
    rows = _rows(signs, sample, Words(rules, cuts)) if cuts else cut.groups
    main = _columns(rows[0], _Uncut("".join(candidates), plain), whole=False)
    at = label_columns(main, rules)
    kept = [n for n in range(len(main)) if n not in at]
    labels = [main[n - 1].constant if n - 1 in at else "" for n in kept]
    groups = _groups(rows, len(sample), labels, rules, ())
    pieces = shapes.widths(signs)
    ordered = tuple(sorted(pieces.items(), key=lambda item: (-item[1], -item[0])))
    confidence, remarks = _confidence(cut, main, shapes.total, ordered)
    return Detected(
        pattern=separators.write(signs, labels),
        separators=tuple(signs),
        labels=tuple(label for label in labels if label),
        names=tuple(key.name for key in groups[0].keys),
        confidence=confidence,
        groups=groups,
        cuts=tuple(cuts),
        pieces=ordered,
        remarks=remarks,
    )


def _groups(
    rows: Sequence[Sequence[_Row]],
    names_: int,
    labels: Sequence[str],
    rules: Rules,
    names: Sequence[str],
) -> tuple[Group, ...]:
    """The shapes of names, each with keys of its own; columns that are alike have the same key."""
    known = {label for label in labels if label}
    proposed = proposed_names(rules)
    found: list[Group] = []
    for group in rows[:_MOST_GROUPS]:
        if found and len(group) < max(2, _SMALLEST_GROUP * names_):
            continue
        kept = [_values(row, known) for row in group]
        counted = Counter(row.labels for row in kept)
        shape, _ = max(counted.items(), key=lambda item: (item[1], item[0]))
        alike = [row for row in kept if row.labels == shape]
        values = zip(*(row.words for row in alike), strict=True)
        types = zip(*(row.types for row in alike), strict=True)
        judged = list(map(column, values, types))
        kinds = _one_well([each.kind for each in judged])
        if not found:
            given = [
                (names[n].strip() if n < len(names) else "")
                or label
                or proposed.get(kind)
                or f"Var{n + 1}"
                for n, (kind, label) in enumerate(zip(kinds, shape, strict=True))
            ]
            keys = unique(given)
        else:
            keys = _keys_like(found, judged, kinds, shape, proposed)
        found.append(
            Group(
                tuple(
                    Key(name, kind, each.constant, label)
                    for name, kind, each, label in zip(keys, kinds, judged, shape, strict=True)
                ),
                len(group),
                min(row.base for row in alike),
            )
        )
    return tuple(found)


def _values(row: _Row, known: Collection[str]) -> _Values:
    places, labels, _ = values_of(row.words, known)
    return _Values(
        tuple(row.words[at] for at in places),
        tuple(row.types[at] for at in places),
        tuple(labels),
        row.base,
    )


def _one_well(kinds: Sequence[str]) -> list[str]:
    """An image is of one well: the first column of wells is it."""
    first = kinds.index("well") if "well" in kinds else -1
    return [TEXT if kind == "well" and n != first else kind for n, kind in enumerate(kinds)]


def _keys_like(
    found: Sequence[Group],
    columns: Sequence[Column],
    kinds: Sequence[str],
    labels: Sequence[str],
    proposed: Mapping[str, str],
) -> list[str]:
    """Names for the columns of a further shape: those of the first where they are alike."""
    main = found[0].keys
    taken = {key.name for group in found for key in group.keys}
    number = max(len(group.keys) for group in found)
    names = []
    free = [key for key in main if not key.label]
    at = [n for n, label in enumerate(labels) if not label]
    aligned = dict(
        zip(
            at,
            align(free, [columns[n].constant for n in at], [kinds[n] for n in at]),
            strict=True,
        )
    )
    by_label = {key.label: key.name for key in main if key.label}
    for n, (kind, label) in enumerate(zip(kinds, labels, strict=True)):
        if label in by_label:
            names.append(by_label[label])
        elif aligned.get(n, -1) >= 0:
            names.append(free[aligned[n]].name)
        elif is_strict(kind) and proposed.get(kind, "") not in {"", *taken, *names}:
            names.append(proposed[kind])
        else:
            number += 1
            while f"Var{number}" in taken:
                number += 1
            names.append(f"Var{number}")
    return unique(names)


def _enough(total: int) -> float:
    """Few names show little."""
    return float(1 - 0.5**total)


def _confidence(
    cut: _Cut, columns: Sequence[Column], total: int, pieces: Sequence[tuple[int, int]]
) -> tuple[float, tuple[str, ...]]:
    """The share of names with the same columns, less when columns tell nothing or names are few.

    It is low when values still have a frequent sign in them.
    """
    if not cut.separators and len(columns) < 2 and all(c.kind == TEXT for c in columns):
        return 0.0, ("Nothing separates values in these names.",)
    remarks = []
    if pieces[0][1] < total:
        others = ", ".join(
            f"{names} {'gives' if names == 1 else 'give'} {count}" for count, names in pieces[1:4]
        )
        remarks.append(
            f"{pieces[0][1]} of {total} names give {pieces[0][0]} pieces; {others}"
            + ("." if len(pieces) < 5 else " and so on.")
        )
    telling = [column for column in columns if column.constant or column.worth > _FREE_TEXT]
    told = len(telling) / len(columns) if columns else 0.0
    uncut = max((column.uncut for column in columns), default=0.0)
    if uncut > MANY:
        place = next(n for n, column in enumerate(columns, start=1) if column.uncut == uncut)
        remarks.append(f"Most values of piece {place} still have a sign in them that may separate.")
    share = pieces[0][1] / total
    return round(share * (0.5 + 0.5 * told) * _enough(total) * (1 - _LOST * uncut), 3), tuple(
        remarks
    )
