"""Every query that the installed OMERO packages contain, as far as it stands in one expression.

Queries are read from the sources with `ast`: literals, `+`, `%`, `.format` and f-strings. What is
filled in at run time is filled with what fits its place.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import omero.clients

_PACKAGES: Final = re.compile(r"^(omero|omeroweb|ezomero)(_(?!ext$)\w+)?$")
_QUERY: Final = re.compile(r"^\s*(select\b.+\bfrom|from)\s+[\w.{%]+", re.IGNORECASE | re.DOTALL)
_HOLE: Final = "\0"
_PLACEHOLDER: Final = re.compile(r"%\([a-z_]+\)[sdi]|%[sdi]|\{[\w.\[\]]*\}|\0")


@dataclass(frozen=True)
class Found:
    """A query and where it is."""

    place: str
    text: str


def queries() -> Iterator[Found]:
    """All queries, each text once."""
    root = Path(omero.clients.__file__).parents[1]
    seen: set[str] = set()
    for package in sorted(path for path in root.iterdir() if path.is_dir()):
        if not _PACKAGES.match(package.name):
            continue
        for source in sorted(package.rglob("*.py")):
            for line, text in _texts(ast.parse(source.read_text(encoding="utf-8"))):
                filled = " ".join(_filled(text).split())
                if _is_query(filled) and filled not in seen:
                    seen.add(filled)
                    yield Found(f"{source.relative_to(root)}:{line}", filled)


def _is_query(text: str) -> bool:
    # In prose, a word after `from` is followed by something that no query goes on with.
    return bool(_QUERY.match(text)) and (
        text.lower().startswith("select")
        or bool(re.match(r"from \w+( as)? \w+( where| join| left|$)", text, re.IGNORECASE))
    )


def _texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        text = _text(node)
        if text is None:
            waiting.extend(ast.iter_child_nodes(node))
        else:
            yield getattr(node, "lineno", 0), text


def _text(node: ast.AST) -> str | None:
    match node:
        case ast.Constant(value=str(value)):
            return value
        case ast.JoinedStr(values=values):
            return "".join(_text(each) or _HOLE for each in values)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            first, second = _text(left), _text(right)
            if first is None and second is None:
                return None
            return f"{first or _HOLE}{second or _HOLE}"
        case ast.BinOp(left=left, op=ast.Mod()):
            return _text(left)
        case ast.Call(func=ast.Attribute(value=value, attr="format")):
            return _text(value)
    return None


def _filled(text: str) -> str:
    """The text with something fitting in each place that is filled at run time."""
    return re.sub(r"\bwhere\s*$", "", _PLACEHOLDER.sub(_fitting, text), flags=re.IGNORECASE)


def _fitting(match: re.Match[str]) -> str:
    before, after = match.string[: match.start()], match.string[match.end() :]
    if re.match(r"(Annotation)?Link\b|Annotation\b", after):
        return "Image" if re.match(r"(Annotation)?Link", after) else "Tag"
    if match.group() in ("%d", "%i"):
        return "1"
    if re.search(r"\bfrom\s+$", before, re.IGNORECASE):
        return _type_with(after)
    if re.search(r"\b(where|and)\s+$", before, re.IGNORECASE):
        return "1 = 1 and " if after.startswith("not") else "1 = 1"
    if re.search(r"((=|\bin\s*\(|\bselect|,|order by)\s*|')$", before, re.IGNORECASE):
        return "" if after.startswith("id") else "1"
    if before.endswith("."):
        return "dataset" if after.startswith("Links") else "parent"
    return ""


def _type_with(after: str) -> str:
    """A type that has the members that the rest of a query names."""
    if ".plate " in after:
        return "Well"
    if "Links" in after:
        return "Image"
    if re.search(r"\.(parent|child)\b|\.%s\.id", after):
        return "ImageAnnotationLink"
    return "Image"
