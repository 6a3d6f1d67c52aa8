"""Tags, key-value pairs, comments, ratings and attachments on described things."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import omero.model
from omero.rtypes import rlong, rstring

from omero_standin.data.annotations import CLIENT_MAP, RATING, TAG_SET
from omero_standin.through_api.connection import Connection

_TAG = "select o.id from TagAnnotation o where o.textValue = :text"


class Annotations:
    """The annotations of one user in one group; a tag of one text is made once."""

    def __init__(self, me: Connection) -> None:
        """Nothing is made yet."""
        self._me = me
        self._tags: dict[str, int] = {}

    def tag_set(self, name: str, tags: list[str]) -> None:
        """A tag that holds tags."""
        if self._me.ids(f"{_TAG} and o.ns = :ns", text=name, ns=TAG_SET):
            return
        links = []
        for text in tags:
            link = omero.model.AnnotationAnnotationLinkI()
            link.child = omero.model.TagAnnotationI(self._tag(text), False)
            links.append(link)
        holder = self._save("Tag", ns=TAG_SET, textValue=rstring(name))
        for link in links:
            link.parent = omero.model.TagAnnotationI(holder, False)
        self._me.save_all(links)

    def annotate(self, kind: str, ids: list[int], described: dict[str, Any]) -> None:
        """Hang on things of one type what a description says: each on all of them."""
        makers: dict[str, Callable[[Any], list[tuple[str, int]]]] = {
            "tags": lambda texts: [("Tag", self._tag(str(text))) for text in texts],
            "key-values": lambda pairs: [("Map", self._map(pairs))],
            "comments": lambda texts: [
                ("Comment", self._save("Comment", textValue=rstring(str(text)))) for text in texts
            ],
            "rating": lambda stars: [
                ("Long", self._save("Long", ns=RATING, longValue=rlong(int(stars))))
            ],
            "attachments": lambda files: [("File", self._attachment(**each)) for each in files],
        }
        links = []
        for key, make in makers.items():
            for form, annotation in make(described[key]) if key in described else ():
                links += [_link(kind, each, form, annotation) for each in ids]
        self._me.save_all(links)

    def _tag(self, text: str) -> int:
        if text not in self._tags:
            found = self._me.ids(f"{_TAG} and o.ns is null", text=text)
            self._tags[text] = found[0] if found else self._save("Tag", textValue=rstring(text))
        return self._tags[text]

    def _map(self, pairs: dict[str, Any]) -> int:
        values = [omero.model.NamedValue(str(name), str(value)) for name, value in pairs.items()]
        return self._save("Map", ns=CLIENT_MAP, mapValue=values)

    def _attachment(self, name: str, text: str, mimetype: str = "text/plain") -> int:
        content = text.encode()
        file = self._me.gateway.createOriginalFileFromFileObj(
            io.BytesIO(content), "", name, len(content), mimetype
        )
        return self._save("File", file=omero.model.OriginalFileI(file.getId(), False))

    def _save(self, form: str, ns: str = "", **values: Any) -> int:
        made = getattr(omero.model, f"{form}AnnotationI")()
        if ns:
            made.ns = rstring(ns)
        for name, value in values.items():
            setattr(made, name, value)
        return int(self._me.save(made).id.val)


def _link(kind: str, parent: int, form: str, annotation: int) -> Any:
    link = getattr(omero.model, f"{kind}AnnotationLinkI")()
    link.parent = getattr(omero.model, f"{kind}I")(parent, False)
    link.child = getattr(omero.model, f"{form}AnnotationI")(annotation, False)
    return link
