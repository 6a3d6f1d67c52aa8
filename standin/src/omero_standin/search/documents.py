"""The texts of a row under which it is found, by field, as OMERO indexes them.

A text is split into words of letters and digits in lower case, by OMERO's own analyser. Source:
OMERO.server's `FullTextBridge`, and the fields that its model classes are indexed by.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Final

from omero_standin.binary.folder import DataFolder
from omero_standin.model import relations, schema
from omero_standin.model.enumeration import value_of
from omero_standin.model.row import Ref
from omero_standin.model.store import Row, Store

WORDS: Final = re.compile(r"[^\W_]+")
_INDEXED: Final = frozenset({"RString", "RInt", "RLong", "RDouble", "RFloat"})
# Which contents of files are text, and how large a file may be (`omero.search.max_file_size`).
_TEXT_TYPES: Final = frozenset({"text/plain", "text/csv", "text/xml", "application/xml"})
_LARGEST_FILE: Final = 131_072_000
_VALUES: Final = ("textValue", "longValue", "doubleValue")
Document = dict[str, list[str]]
Texts = Iterator[tuple[str, object]]


def words(text: str) -> list[str]:
    """The words of a text."""
    return WORDS.findall(text.lower())


def document(store: Store, data: DataFolder, row: Row, sees: Callable[[Row], bool]) -> Document:
    """The words of a row by field.

    Its own texts and numbers, its owner and group, what is attached to it, and for an image its
    channels and the files that it came from. Field "" holds what has no name.
    """
    found: defaultdict[str, list[str]] = defaultdict(list)
    found["id"].append(str(row.id))
    for field, text in _texts(store, data, row, sees):
        if text is not None:
            found[field] += words(str(text))
    return dict(found)


def _texts(store: Store, data: DataFolder, row: Row, sees: Callable[[Row], bool]) -> Texts:
    yield "", schema.java_name(row.kind)
    yield from _own(row)
    yield from _details(store, row)
    if row.kind == "OriginalFile":
        yield from _contents(data, row)
    if row.kind in ("FileAnnotation", "MapAnnotation"):
        yield from _annotation(store, data, row)
    for each in _annotations(store, row, sees):
        yield "annotation.type", each.kind
        yield "annotation.name", each.values.get("name")
        yield "annotation.ns", each.values.get("ns")
        yield from _annotation(store, data, each)
        if each.kind == "TagAnnotation":
            # The tag sets and the descriptions of a tag.
            for more in _annotations(store, each, sees):
                yield "annotation", more.values.get("textValue")
    if row.kind == "Image":
        yield from _image(store, row)


def _own(row: Row) -> Texts:
    for member in schema.members(row.kind).values():
        if member.shape is schema.Shape.SCALAR and member.target in _INDEXED:
            yield member.name, row.values.get(member.name)


def _details(store: Store, row: Row) -> Texts:
    if owner := store.find("Experimenter", row.owner):
        for name in ("omeName", "firstName", "lastName"):
            yield f"details.owner.{name}", owner.values.get(name)
    if group := store.find("ExperimenterGroup", row.group):
        yield "details.group.name", group.values.get("name")


def _annotations(store: Store, row: Row, sees: Callable[[Row], bool]) -> Iterator[Row]:
    for link in relations.links_from(row.kind):
        if link.child != "Annotation":
            continue
        for each in store.referring(link.kind, "parent", row.ref):
            child = store.get(*each.values["child"])
            if sees(each) and sees(child):
                yield child


def _annotation(store: Store, data: DataFolder, row: Row) -> Texts:
    for name in _VALUES:
        yield "annotation", row.values.get(name)
    yield "term", row.values.get("termValue")
    if row.kind == "TagAnnotation":
        yield "tag", row.values.get("textValue")
    for key, value in row.values.get("mapValue") or ():
        yield str(key), value
        yield "has_key", key
        yield "annotation", value
        yield "annotation", key
    held: Ref | None = row.values.get("file")
    file = None if held is None else store.get(*held)
    if file is not None:
        for name in ("name", "path", "hash", "mimetype"):
            yield f"file.{name}", file.values.get(name)
        yield "file.format", file.values.get("mimetype")
        yield "file.hasher", value_of(store, file, "hasher")
        yield from _contents(data, file)


def _contents(data: DataFolder, file: Row) -> Texts:
    if file.values.get("mimetype") not in _TEXT_TYPES:
        return
    path = data.content(file)
    if path.is_file() and path.stat().st_size <= _LARGEST_FILE:
        yield "file.contents", path.read_text(encoding="utf-8", errors="replace")


def _image(store: Store, image: Row) -> Texts:
    for pixels in store.referring("Pixels", "image", image.ref):
        for channel in store.referring("Channel", "pixels", pixels.ref):
            held: Ref | None = channel.values.get("logicalChannel")
            logical = None if held is None else store.get(*held)
            if logical is not None:
                yield "channel.name", logical.values.get("name")
                yield "channel.fluor", logical.values.get("fluor")
                yield "channel.mode", value_of(store, logical, "mode")
    for roi in store.referring("Roi", "image", image.ref):
        for link in store.referring("FolderRoiLink", "child", roi.ref):
            folder = store.get(*link.values["parent"])
            yield "roi.folder.name", folder.values.get("name")
    held = image.values.get("fileset")
    if held is None:
        return
    yield "fileset.templatePrefix", store.get(*held).values.get("templatePrefix")
    # As many as `omero.search.max_fileset_size` says where nobody sets it.
    for entry in store.referring("FilesetEntry", "fileset", held)[:10]:
        yield "fileset.entry.clientPath", entry.values.get("clientPath")
        file = store.get(*entry.values["originalFile"])
        yield "fileset.entry.name", file.values.get("name")
