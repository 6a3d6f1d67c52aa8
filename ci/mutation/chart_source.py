"""Mutants of charts, line by line: Helm's templates have no library that reads them from Python."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from mutation.mutant import Mutant, between

# Without one of these the template is not a template any more, which any test notices.
_FRAME = re.compile(r"\{\{-?\s*(if|else|end|range|with|define)\b")
_COMMENTS = re.compile(r"\{\{-?\s*/\*.*?\*/\s*-?\}\}", re.DOTALL)
_FLIPPED: Final = {
    "true": "false",
    "false": "true",
    "and": "or",
    "or": "and",
    "eq": "ne",
    "ne": "eq",
}
_FLIP = re.compile(r"(?<![\w.$-])(true|false|and|or|eq|ne)(?![\w.-])")
_NUMBER = re.compile(r"(?<![\w.\"$/-])(\d+)(?![\w.\"/])")
_TEXT = re.compile(r"^(\s*(?:- )?[\w.]+: \"?)([A-Za-z][^\"{}#]*?)(\"?\s*)$")


def mutants(family: str, path: str, source: str) -> Iterator[Mutant]:
    """All mutants of one template or values file, from its top to its end.

    Args:
        family: the group that it belongs to.
        path: the file, from the root of the repository.
        source: its text.
    """
    lines = source.split("\n")
    in_comment = {
        line
        for found in _COMMENTS.finditer(source)
        for line in range(
            source.count("\n", 0, found.start()), source.count("\n", 0, found.end()) + 1
        )
    }
    for index, line in enumerate(lines):
        if index in in_comment or not line.strip() or line.strip().startswith("#"):
            continue
        for changed in _changed(line):
            text = "\n".join([*lines[:index], *changed, *lines[index + 1 :]])
            yield between(family, path, source, text, None)


def _changed(line: str) -> Iterator[list[str]]:
    """What may stand in the place of a line."""
    code, space, comment = line.partition(" #")
    rest = space + comment
    if not _FRAME.search(code):
        yield []
    if found := re.search(r"(\{\{-?\s*(?:else )?if )(.*?)(\s*-?\}\})", code):
        yield [f"{code[: found.end(1)]}not ({found[2]}){code[found.end(2) :]}{rest}"]
    if found := re.search(
        r"(\{\{-?\s*(?:with|range(?: \$\w+(?:, \$\w+)? :=)?) )(.*?)(\s*-?\}\})", code
    ):
        yield [f"{code[: found.end(1)]}list{code[found.end(2) :]}{rest}"]
    for found in _FLIP.finditer(code):
        yield [f"{code[: found.start()]}{_FLIPPED[found[1]]}{code[found.end() :]}{rest}"]
    for found in _NUMBER.finditer(code):
        # How far a line is indented: YAML reads most of them alike.
        if "indent" not in code[: found.start()][-8:]:
            yield [f"{code[: found.start()]}{int(found[1]) + 1}{code[found.end() :]}{rest}"]
    if (found := _TEXT.match(code)) and found[2] not in _FLIPPED:
        yield [f"{found[1]}{found[2]}XX{found[3]}{rest}"]
