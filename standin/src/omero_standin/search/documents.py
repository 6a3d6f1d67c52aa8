"""The texts of a row under which it is found, by field, as OMERO indexes them.

A text is split into words of letters and digits in lower case, by OMERO's own analyser.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any, Final

from omero_standin.model import relations
from omero_standin.model.store import Row, Store

WORDS: Final = re.compile(r"[^\W_]+")
_OWN: Final = ("name", "description")
_TEXTS: Final = ("textValue", "longValue", "doubleValue", "boolValue", "termValue", "description")
Document = dict[str, list[str]]


def words(text: str) -> list[str]:
    """The words of a text."""
    return WORDS.findall(text.lower())


def document(store: Store, row: Row, sees: Callable[[Row], bool]) -> Document:
    """The words of a row by field: its own texts, its annotations', the names of attached files."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    found["id"].append(str(row.id))
    for name in _OWN:
        found[name] += words(str(row.values.get(name) or ""))
    for annotation in _annotations(store, row, sees):
        for field, text in _texts(store, annotation):
            found[field] += words(text)
    return dict(found)


def _annotations(store: Store, row: Row, sees: Callable[[Row], bool]) -> Iterator[Row]:
    for link in relations.links_from(row.kind):
        if link.child != "Annotation":
            continue
        for each in store.referring(link.kind, "parent", row.ref):
            child = store.get(*each.values["child"])
            if sees(each) and sees(child):
                yield child


def _texts(store: Store, annotation: Row) -> Iterator[tuple[str, str]]:
    values: dict[str, Any] = annotation.values
    for name in _TEXTS:
        if values.get(name) is not None:
            text = str(values[name])
            yield "annotation", text
            if annotation.kind == "TagAnnotation" and name == "textValue":
                yield "tag", text
    if values.get("ns"):
        yield "annotation.ns", str(values["ns"])
    for key, value in values.get("mapValue") or ():
        yield "annotation", f"{key} {value}"
        yield str(key).lower(), str(value)
    if (file := values.get("file")) is not None:
        name = str(store.get(*file).values.get("name") or "")
        yield "file.name", name
        yield "annotation", name
