"""Which variable each word of a name is the value of."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from omeroweb_omp_plugin.parsing.alignment import align, is_strict, takes
from omeroweb_omp_plugin.parsing.models import Group, Key
from omeroweb_omp_plugin.placeholders import in_words, placeholder

_REMEMBERED: Final = 10_000


def unique(names: Iterable[str]) -> list[str]:
    """The names, with `_2`, `_3`, … after those that came before."""
    taken: set[str] = set()
    told = []
    for name in names:
        free, number = name, 1
        while free in taken:
            number += 1
            free = f"{name}_{number}"
        taken.add(free)
        told.append(free)
    return told


def values_of(
    words: Sequence[str], known: Collection[str]
) -> tuple[list[int], list[str], list[int]]:
    """Where the values are among the words of a name.

    Args:
        words: of a name.
        known: words that are labels of the word after them.

    Returns:
        The places of the values, the label before each or nothing, and the places of labels that no
        value follows.
    """
    if not known:
        return list(range(len(words))), [""] * len(words), []
    places, labels, unfollowed = [], [], []
    waiting = ""
    for at, word in enumerate(words):
        label, waiting = waiting, ""
        if not label and word in known:
            if at + 1 < len(words) and words[at + 1] not in known:
                waiting = word
                continue
            unfollowed.append(at)
        places.append(at)
        labels.append(label)
    return places, labels, unfollowed


class Layout(NamedTuple):
    """Where the values of a name are, and what they are called. Names of one shape share it.

    Attributes:
        keys: of the values, in the order of the name.
        places: which words are the values; none when all are.
        lacking: the keys of the commonest shape that have no value.
        beyond: which words have no key of that shape.
        unfollowed: which words are labels without a value.
        group: the place of the shape; -1 when it is none of the known ones.
        fits: whether there is nothing to say about it.
    """

    keys: tuple[str, ...]
    places: tuple[int, ...] | None
    lacking: tuple[str, ...]
    beyond: tuple[int, ...]
    unfollowed: tuple[int, ...]
    group: int
    fits: bool


class Naming:
    """Names of variables for the words of names.

    Words that are labels name the word after them, wherever it stands. The others go by position
    when the types of all are those of a known shape, and else are aligned with the likeliest one.
    When no shape is known, they go by position alone.
    """

    def __init__(
        self,
        names: Sequence[str],
        labels: Sequence[str],
        groups: Sequence[Group] = (),
        proposed: Mapping[str, str] | None = None,
        shape_names: Sequence[Sequence[str]] = (),
    ) -> None:
        """Take what is known of the columns.

        Args:
            names: of the variables of the commonest shape; a piece with an empty one has none.
            labels: before the values, by position; an empty one is none.
            groups: the known shapes, the commonest first.
            proposed: names of variables for values of a type.
            shape_names: as `names`, for the other shapes. Names of a shape with a key of these fit.
        """
        if groups and len(names) > len(groups[0].keys):
            # Somebody expects more values than these names have: nothing is known of those.
            groups = ()
        self._known = bool(groups)
        self._proposed = proposed or {}
        main = groups[0].keys if groups else ()
        width = max(len(names), len(labels), len(main))
        labels = (*labels, *[""] * (width - len(labels)))
        given = [
            _own_name(names, n)
            or (main[n].name if n < len(main) else "")
            or label
            or placeholder(n + 1)
            for n, label in enumerate(labels)
        ]
        blank = Key("")
        own = unique(given)
        # Other shapes have some of the same keys.
        renamed = {old.name: name for old, name in zip(main, own, strict=False)}
        self._groups = [
            tuple(
                Key(name, old.type, old.word, label)
                for name, old, label in zip(
                    own, [*main, *[blank] * (width - len(main))], labels, strict=True
                )
            ),
            *(
                _renamed(group, renamed, shape_names[n] if n < len(shape_names) else ())
                for n, group in enumerate(groups[1:])
            ),
        ]
        self._looked_at = {n for n, names in enumerate(shape_names, start=1) if any(names)}
        # Without names, any number of words is right.
        self._expected = len(main) if groups else len(names)
        self._labels = {key.label for key in self._groups[0] if key.label}
        # Words that show where in a name one is.
        self._telling = {key.word for keys in self._groups for key in keys if key.word}
        # Layouts that the types alone tell.
        self.known: dict[tuple[str, ...], Layout] = {}
        self._others: dict[tuple[str, ...], Layout] = {}

    def layout(self, words: Sequence[str], types: tuple[str, ...]) -> Layout:
        """What the words are called.

        Args:
            words: of a name.
            types: of the words; labels have one of their own.
        """
        found = self.known.get(types)
        if found is not None:
            return found
        if not self._known:
            return self._keep(self.known, types, self._arranged(words, types))
        # Beside types, words that are the same in all names of a shape tell where one is. A type is
        # never a word: it has a sign before it.
        signature = tuple(
            word if word in self._telling else f"/{kind}"
            for word, kind in zip(words, types, strict=True)
        )
        found = self._others.get(signature)
        if found is None:
            found = self._arranged(words, types)
            self._keep(
                self.known if found.group >= 0 else self._others,
                (types if found.group >= 0 else signature),
                found,
            )
        return found

    @staticmethod
    def _keep(
        where: dict[tuple[str, ...], Layout], types: tuple[str, ...], layout: Layout
    ) -> Layout:
        if len(where) > _REMEMBERED:
            where.clear()
        where[types] = layout
        return layout

    def warnings(self, layout: Layout, words: Sequence[str]) -> tuple[str, ...]:
        """What a person should know when values and names do not go together."""
        told = [f"The label “{words[at]}” has no value after it." for at in layout.unfollowed]
        if not layout.keys:
            return (*told, "There is no value in this name.")
        if layout.lacking:
            told.append(f"No value for {', '.join(map(in_words, layout.lacking))}.")
        if layout.beyond:
            beyond = ", ".join(f"“{words[at]}”" for at in layout.beyond)
            told.append(f"More pieces than keys: {beyond}.")
        return tuple(told)

    def _arranged(self, words: Sequence[str], types: Sequence[str]) -> Layout:
        places, labels, unfollowed = values_of(words, self._labels)
        kinds = [types[at] for at in places]
        group = self._fitting(kinds, labels)
        if group >= 0:
            columns = list(range(len(places)))
        elif self._known:
            columns = self._aligned([words[at] for at in places], kinds, labels)
        else:
            # A label without a value stands in the column of the value.
            lone = {at: words[at] for at in unfollowed}
            columns = self._in_order(
                [lone.get(at, label) for at, label in zip(places, labels, strict=True)]
            )
        main = self._groups[0]
        keys = self._groups[max(group, 0)]
        named = self._named(keys, columns, kinds, labels)
        expected = [key.name for key in main[: self._expected]]
        whole = not self._known and (not expected or len(named) == len(expected))
        # Somebody has looked at a further shape when its keys have names.
        whole = whole or group in self._looked_at
        filled = set(named)
        lacking = tuple(key for key in expected if key not in filled)
        beyond = tuple(at for at, key in zip(places, named, strict=True) if key not in expected)
        if whole:
            lacking = beyond = ()
        return Layout(
            keys=tuple(named),
            places=None if len(places) == len(words) else tuple(places),
            lacking=lacking,
            beyond=beyond,
            unfollowed=tuple(unfollowed),
            group=group if self._known else 0,
            fits=bool(named) and not (lacking or beyond or unfollowed),
        )

    def _fitting(self, kinds: Sequence[str], labels: Sequence[str]) -> int:
        """The known shape that the values have, -1 for none."""
        if not self._known:
            return -1
        for at, keys in enumerate(self._groups):
            if len(keys) == len(kinds) and all(
                key.label == label and takes(key, kind)
                for key, label, kind in zip(keys, labels, kinds, strict=True)
            ):
                return at
        return -1

    def _aligned(
        self, words: Sequence[str], kinds: Sequence[str], labels: Sequence[str]
    ) -> list[int]:
        """The columns of the commonest shape, -1 for a value that belongs to none."""
        keys = self._groups[0]
        by_label = {key.label: n for n, key in reversed(list(enumerate(keys))) if key.label}
        columns = [-1] * len(words)
        free_keys = [n for n, key in enumerate(keys) if not key.label]
        free_words = [at for at, label in enumerate(labels) if not label]
        found = align(
            [keys[n] for n in free_keys],
            [words[at] for at in free_words],
            [kinds[at] for at in free_words],
        )
        for at, column in zip(free_words, found, strict=True):
            columns[at] = free_keys[column] if column >= 0 else -1
        for at, label in enumerate(labels):
            column = by_label.get(label, -1) if label else -1
            if column >= 0 and takes(keys[column], kinds[at]):
                columns[at] = column
        return columns

    def _in_order(self, labels: Sequence[str]) -> list[int]:
        keys = self._groups[0]
        by_label = {key.label: n for n, key in reversed(list(enumerate(keys))) if key.label}
        free = [n for n, key in enumerate(keys) if by_label.get(key.label) != n]
        columns, taken = [], 0
        for label in labels:
            if label:
                columns.append(by_label[label])
                continue
            columns.append(free[taken] if taken < len(free) else len(by_label) + taken)
            taken += 1
        return columns

    def _named(
        self,
        keys: Sequence[Key],
        columns: Sequence[int],
        kinds: Sequence[str],
        labels: Sequence[str],
    ) -> list[str]:
        """A key for each value. One that belongs to no column gets the name of its type or none."""
        taken = {key.name for group in self._groups for key in group}
        named = []
        number = max(len(group) for group in self._groups)
        for column, kind, label in zip(columns, kinds, labels, strict=True):
            if 0 <= column < len(keys):
                named.append(keys[column].name)
                continue
            proposed = self._proposed.get(kind, "") if self._known and is_strict(kind) else ""
            own = label or proposed
            if not own or own in taken or own in named:
                number = number + 1 if self._known else column + 1
                own = placeholder(number)
            named.append(own)
        return unique(named)


def _own_name(names: Sequence[str], at: int) -> str:
    """What somebody calls a piece; a placeholder if it has no name, nothing if nobody was asked."""
    return (names[at].strip() or placeholder(at + 1)) if at < len(names) else ""


def _renamed(group: Group, shared: Mapping[str, str], names: Sequence[str]) -> tuple[Key, ...]:
    """The keys of a further shape: those that the commonest has are called as they are there."""
    named = [
        shared.get(key.name) or _own_name(names, n) or key.name for n, key in enumerate(group.keys)
    ]
    return tuple(
        replace(key, name=name) for key, name in zip(group.keys, unique(named), strict=True)
    )
