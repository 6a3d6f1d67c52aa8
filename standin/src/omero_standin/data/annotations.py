"""Annotations of described rows."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Final

from omero_standin.binary.folder import DataFolder
from omero_standin.data.builder import Builder
from omero_standin.model import schema
from omero_standin.model.store import Row

CLIENT_MAP: Final = "openmicroscopy.org/omero/client/mapAnnotation"
RATING: Final = "openmicroscopy.org/omero/insight/rating"
TAG_SET: Final = "openmicroscopy.org/omero/insight/tagset"


class Annotations:
    """The annotations of one owner in one group; a tag of one text is made once."""

    def __init__(self, builder: Builder, files: DataFolder) -> None:
        """Contents of attachments go to `files`."""
        self._builder = builder
        self._files = files
        self._tags: dict[str, Row] = {}

    def tag(self, text: str) -> Row:
        """The tag of this text."""
        if text not in self._tags:
            self._tags[text] = self._builder.add("TagAnnotation", textValue=text)
        return self._tags[text]

    def tag_set(self, name: str, tags: list[str]) -> None:
        """A tag that holds tags."""
        holder = self._builder.add("TagAnnotation", textValue=name, ns=TAG_SET)
        self._builder.link("AnnotationAnnotationLink", holder, [self.tag(each) for each in tags])

    def annotate(self, rows: list[Row], described: dict[str, Any]) -> None:
        """Hang on rows what a description says: each on all of them."""
        makers: dict[str, Callable[[Any], list[Row]]] = {
            "tags": lambda texts: [self.tag(str(text)) for text in texts],
            "key-values": self._map,
            "comments": lambda texts: [
                self._builder.add("CommentAnnotation", textValue=str(text)) for text in texts
            ],
            "rating": lambda stars: [
                self._builder.add("LongAnnotation", longValue=int(stars), ns=RATING)
            ],
            "attachments": lambda files: [self._attachment(**each) for each in files],
        }
        for key, make in makers.items():
            if key in described and rows:
                kind = f"{schema.root(rows[0].kind)}AnnotationLink"
                for child in make(described[key]):
                    pairs = [{"parent": row.ref, "child": child.ref} for row in rows]
                    self._builder.rows(kind, pairs)

    def _map(self, pairs: dict[str, Any]) -> list[Row]:
        values = [(str(name), str(value)) for name, value in pairs.items()]
        return [self._builder.add("MapAnnotation", mapValue=values, ns=CLIENT_MAP)]

    def _attachment(self, name: str, text: str, mimetype: str = "text/plain") -> Row:
        content = text.encode()
        file = self._builder.add(
            "OriginalFile",
            name=name,
            path="",
            size=len(content),
            mimetype=mimetype,
            hasher=self._builder.named("ChecksumAlgorithm", "SHA1-160"),
            hash=hashlib.sha1(content, usedforsecurity=False).hexdigest(),
        )
        self._files.content(file).write_bytes(content)
        return self._builder.add("FileAnnotation", file=file.ref)
