"""Which variable each word of a name is the value of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


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


class Naming:
    """Names of variables, by position; words that are labels name the word after them.

    A label that is missing in a name moves nothing: each label has a column of its own, and the
    other words go to the columns without one.
    """

    def __init__(self, names: Sequence[str], labels: Sequence[str]) -> None:
        """Take names and labels of the columns; an empty one is none."""
        self.expected = tuple(names)
        width = max(len(names), len(labels))
        labels = (*labels, *[""] * (width - len(labels)))
        self._named = [
            (names[n].strip() if n < len(names) else "") or label or f"Var{n + 1}"
            for n, label in enumerate(labels)
        ]
        self._variables = tuple(unique(self._named))
        self._columns = {label: n for n, label in reversed(list(enumerate(labels))) if label}
        self._free = [n for n, label in enumerate(labels) if self._columns.get(label) != n]
        self.has_labels = bool(self._columns)

    def pairs(self, values: Sequence[str]) -> tuple[tuple[str, str], ...]:
        """Variable and value, by position alone."""
        if len(values) > len(self._variables):
            self._widen(len(values))
        return tuple(zip(self._variables, values, strict=False))

    def labelled(self, words: Sequence[str]) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
        """Variable and value, labels observed, and what there is to say about it."""
        found: list[tuple[str, str]] = []
        warnings = []
        free = 0
        waiting: int | None = None
        for n, word in enumerate(words):
            column = self._columns.get(word)
            if waiting is not None:
                found.append((self._variable(waiting), word))
                waiting = None
                continue
            follows = n + 1 < len(words) and words[n + 1] not in self._columns
            if column is not None and follows:
                waiting = column
                continue
            if column is not None:
                warnings.append(f"The label “{word}” has no value after it.")
            else:
                column = self._free_column(free)
                free += 1
            found.append((self._variable(column), word))
        variables = unique(variable for variable, _ in found)
        values = (value for _, value in found)
        return tuple(zip(variables, values, strict=True)), tuple(warnings)

    def warnings(self, pairs: Sequence[tuple[str, str]]) -> tuple[str, ...]:
        """What a person should know when values and names do not go together."""
        if not pairs:
            return ("There is no value in this name.",)
        if not self.expected or len(pairs) == len(self.expected):
            return ()
        filled = {variable for variable, _ in pairs}
        expected = self._variables[: len(self.expected)]
        lacking = [f"“{variable}”" for variable in expected if variable not in filled]
        beyond = [f"“{value}”" for variable, value in pairs if variable not in expected]
        told = [f"No value for {', '.join(lacking)}."] if lacking else []
        if beyond:
            told.append(f"More values than names: {', '.join(beyond)}.")
        return tuple(told)

    def _free_column(self, number: int) -> int:
        if number < len(self._free):
            return self._free[number]
        return len(self._columns) + number

    def _variable(self, column: int) -> str:
        if column >= len(self._variables):
            self._widen(column + 1)
        return self._variables[column]

    def _widen(self, width: int) -> None:
        self._named += [f"Var{n + 1}" for n in range(len(self._named), width)]
        self._variables = tuple(unique(self._named))
