"""Lucene's query language, as far as users type it into OMERO.web's search field.

Words, "phrases", wildcards (`*`, `?`), `field:word`, `+`, `-`, `AND`, `OR`, `NOT`, brackets. Words
without an operator are alternatives, as Lucene's default is in OMERO.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from omero_standin import refuse
from omero_standin.search.documents import Document, words

Matcher = Callable[[Document], bool]
_TOKEN: Final = re.compile(r'\s*([()]|[+-](?=\S)|(?:[\w.]+:)?"[^"]*"|[^\s()]+)')


def matcher(query: str, *, leading_wildcard: bool) -> Matcher:
    """Whether a document matches a query; an error for a query that cannot be read."""
    if not query or not query.strip():
        raise refuse.usage("a search needs something to search for")
    return _Parser(query, leading_wildcard=leading_wildcard).whole()


class _Parser:
    def __init__(self, query: str, *, leading_wildcard: bool) -> None:
        self._query = query
        self._tokens = [match[1] for match in _TOKEN.finditer(query)]
        self._at = 0
        self._leading = leading_wildcard

    def whole(self) -> Matcher:
        found = self._clauses()
        if self._at < len(self._tokens):
            raise self._error()
        return found

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self, *texts: str) -> str:
        if self._peek() in texts:
            self._at += 1
            return self._tokens[self._at - 1]
        return ""

    def _clauses(self) -> Matcher:
        must: list[Matcher] = []
        should: list[Matcher] = []
        never: list[Matcher] = []
        last: list[Matcher] | None = None
        while self._peek() not in ("", ")"):
            joined = self._take("AND", "&&", "OR", "||")
            sign = self._take("+", "-", "NOT", "!")
            clause = self._clause()
            if joined in ("AND", "&&") and last is should:
                # `a AND b` makes both required.
                must.append(should.pop())
            if sign in ("-", "NOT", "!"):
                last = never
            elif sign == "+" or joined in ("AND", "&&"):
                last = must
            else:
                last = should
            last.append(clause)
        if not (must or should or never):
            raise self._error()
        return lambda document: (
            all(each(document) for each in must)
            and not any(each(document) for each in never)
            and (bool(must) or any(each(document) for each in should))
        )

    def _clause(self) -> Matcher:
        token = self._peek()
        if token in ("", ")", "AND", "OR"):
            raise self._error()
        self._at += 1
        if token == "(":
            inner = self._clauses()
            if not self._take(")"):
                raise self._error()
            return inner
        field, colon, text = token.rpartition(":")
        return self._term(field if colon else None, text)

    def _term(self, field: str | None, text: str) -> Matcher:
        if text.startswith('"'):
            return _phrase(field, words(text))
        bare = text.split("^")[0].split("~")[0]
        if "*" not in bare and "?" not in bare:
            return _phrase(field, words(bare))
        if bare[0] in "*?" and not self._leading:
            raise refuse.usage(f"a search may not begin with a wildcard: {text}")
        pattern = re.compile(
            "".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in bare.lower())
        )
        return lambda document: any(pattern.fullmatch(word) for word in _words(document, field))

    def _error(self) -> Exception:
        return refuse.usage(f"the search cannot be read: {self._query}")


def _phrase(field: str | None, wanted: list[str]) -> Matcher:
    """The words in a row, in one field."""

    def matches(document: Document) -> bool:
        fields = [document.get(field, [])] if field is not None else _combined(document)
        size = len(wanted)
        return size > 0 and any(
            held[at : at + size] == wanted for held in fields for at in range(len(held) - size + 1)
        )

    return matches


def _combined(document: Document) -> list[list[str]]:
    """What words without a field are sought in: all fields but the id."""
    return [held for name, held in document.items() if name != "id"]


def _words(document: Document, field: str | None) -> list[str]:
    if field is not None:
        return document.get(field, [])
    return [word for held in _combined(document) for word in held]
