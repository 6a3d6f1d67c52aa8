"""Query text → words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from omero_standin import refuse

_WORD: Final = re.compile(
    r"""(?P<space>\s+)
      |(?P<text>'(?:[^']|'')*')
      |(?P<number>\d+(?:\.\d+)?[lLdDfF]?)
      |(?P<parameter>:\w+)
      |(?P<name>[A-Za-z_][\w]*(?:\s*\.\s*[A-Za-z_]\w*)*)
      |(?P<sign><>|!=|<=|>=|\|\||[-+*/=<>(),?])""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Word:
    """One word: `kind` is text, number, parameter, name, sign or end."""

    kind: str
    text: str


def words(query: str) -> Iterator[Word]:
    """Split a query; a dotted path is one word."""
    at = 0
    while at < len(query):
        match = _WORD.match(query, at)
        if match is None:
            raise refuse.bad_query(
                f"cannot read the character {query[at]!r} at position {at}", query
            )
        at = match.end()
        kind = match.lastgroup or ""
        if kind == "name":
            yield Word(kind, re.sub(r"\s+", "", match.group()))
        elif kind != "space":
            yield Word(kind, match.group())
    yield Word("end", "")
