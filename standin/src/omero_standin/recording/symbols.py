"""Ids and texts of trees → symbols that say nothing about the server that they come from.

An id becomes `Image-B4.1`: the first image that the row B4 met. The same object has the same symbol
in the whole file. The number is counted by row: one object more in one row changes no other row.

A text stays what it is when the catalogue itself has said it, or when every OMERO has it (names of
types, values of enumerations). All others become `text-B4.1`: nobody's names get into a file, also
not those that a call answers with by surprise.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any, Final

from omero_standin.model.enumerations import original
from omero_standin.model.schema import exists, root
from omero_standin.recording.shown import Id, Ref, Text, Unordered, shown

# What OMERO itself writes into rows.
_PUBLIC: Final = frozenset({
    "", "Pending...", "unknown", "OMERO.tables", "application/x-python", "text/x-python", "UTF-8",
    "graph-fail", "bad-query", "cancelled", *original("PixelsType"),
    *original("EventType"),
})  # fmt: skip
_PERMISSIONS: Final = re.compile(r"([r-][wa-]){3}")
_PLAIN: Final = (str, int, float, type(None))
_TYPE: Final = re.compile(r"(?:ome\.model\.\w+\.|omero\.model\.)?(\w+)")


class Symbols:
    """What one run has met."""

    def __init__(self, prefix: str) -> None:
        """`prefix` begins every name that the run gives; it is written as `~`."""
        self._prefix = prefix
        self._row = ""
        self._counts: Counter[tuple[str, str]] = Counter()
        self._ids: dict[tuple[str, int], str] = {}
        self._texts: dict[str, str] = {}
        self._said: set[str] = set()

    def begin(self, row: str) -> None:
        """What is met from now on is met by this row."""
        self._row = row

    def call_it(self, kind: str, number: int, symbol: str) -> None:
        """Give an object that every run has, such as the caller, a symbol of its own."""
        self._ids[root(kind), number] = symbol

    def hide(self, text: str) -> None:
        """A text that must never be written: a name, a password, a session's key.

        All have the same symbol: a user may be called as the group or the host.
        """
        if text:
            self._texts[text] = "hidden"

    def said(self, tree: Any) -> Any:
        """The finished tree of what the catalogue gives to a call; its texts may be written."""
        self._hear(tree)
        return self.finished(tree)

    def _hear(self, tree: Any) -> None:
        if isinstance(tree, Text):
            self._said.add(tree.value)
        for each in _inside(tree):
            self._hear(each)

    def finished(self, tree: Any) -> Any:
        """A tree of plain values: symbols in the place of ids and texts."""
        if isinstance(tree, Id):
            return self._id(tree)
        if isinstance(tree, Text):
            return self._text(tree.value)
        if isinstance(tree, Unordered):
            # By what they are, before any new symbol is given.
            return [self.finished(each) for each in sorted(tree.lines, key=self._content)]
        if isinstance(tree, dict):
            return {name: self.finished(each) for name, each in tree.items()}
        if isinstance(tree, list):
            return [self.finished(each) for each in tree]
        if isinstance(tree, _PLAIN) and not isinstance(tree, Ref):
            return tree
        # A part of an answer that a row has picked out.
        return self.finished(shown(tree))

    def _content(self, tree: Any) -> str:
        return json.dumps(self._provisional(tree), sort_keys=True)

    def _provisional(self, tree: Any) -> Any:
        if isinstance(tree, Id):
            return self._ids.get((_root(tree.kind), tree.number), f"{tree.kind}-?")
        if isinstance(tree, Text):
            known = tree.value in self._texts or self._may_be_written(tree.value)
            return self._text(tree.value) if known else "?"
        if isinstance(tree, Unordered):
            return sorted(json.dumps(self._provisional(each)) for each in tree.lines)
        if isinstance(tree, dict):
            return {name: self._provisional(each) for name, each in tree.items()}
        if isinstance(tree, list):
            return [self._provisional(each) for each in tree]
        plain = isinstance(tree, _PLAIN) and not isinstance(tree, Ref)
        return tree if plain else self._provisional(shown(tree))

    def _id(self, met: Id) -> str:
        key = _root(met.kind), met.number
        if key not in self._ids:
            self._ids[key] = self._next(met.kind)
        return self._ids[key]

    def _text(self, text: str) -> str:
        if text in self._texts:
            return self._texts[text]
        if self._may_be_written(text):
            return text.replace(self._prefix, "~")
        self._texts[text] = self._next("text")
        return self._texts[text]

    def _may_be_written(self, text: str) -> bool:
        of_type = _TYPE.fullmatch(text)
        named = of_type is not None and exists(of_type[1])
        permissions = _PERMISSIONS.fullmatch(text) is not None
        return named or permissions or text in self._said or text in _PUBLIC

    def _next(self, kind: str) -> str:
        self._counts[self._row, kind] += 1
        return f"{kind}-{self._row}.{self._counts[self._row, kind]}"


def _root(kind: str) -> str:
    """Annotations of all types share their ids, and so do other families of types."""
    return root(kind) if exists(kind) else kind


def _inside(tree: Any) -> list[Any]:
    if isinstance(tree, dict):
        return list(tree.values())
    if isinstance(tree, Unordered):
        return tree.lines
    return tree if isinstance(tree, list) else []
