"""Files attached to images, datasets and other objects."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

# First: imported after Glacier2 it would define Glacier2's exceptions a second time.
import omero.clients  # isort: skip
import omero.cmd
import omero.model
from omero.rtypes import rlong, rstring

from omero_plugin_common.errors import BadRequest
from omero_plugin_common.omero_api import commands, hql
from omero_plugin_common.permissions import KINDS

# Of one call: a round trip each, so larger ones are faster, up to what a connection takes at once.
_BLOCK_BYTES: Final = 4 * 2**20


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file on one object.

    Attributes:
        target: id of the object.
        link: id of the link.
        annotation: id of the file annotation.
        name: of the file.
        path: where the file came from, as it was attached; empty if nobody said.
        sha1: of its content; empty for a file that was not written to its end.
        removable: whether the user may remove it from the object.
        deletable: whether the user may delete the annotation itself.
    """

    target: int
    link: int
    annotation: int
    name: str
    path: str
    sha1: str
    removable: bool
    deletable: bool


@dataclass(frozen=True, slots=True)
class NewFile:
    """What a file is called that is attached.

    Attributes:
        name: of the file.
        namespace: of the file annotation; says which plugin attached it.
        mimetype: of the file.
        path: where the file comes from.
    """

    name: str
    namespace: str
    mimetype: str = "text/plain"
    path: str = ""


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file that was attached.

    Attributes:
        annotation: id of the file annotation.
        sha1: of its content as OMERO computed it.
    """

    annotation: int
    sha1: str


def attachments(
    conn: Any, kind: str, ids: Sequence[int], namespace: str
) -> dict[int, list[Attachment]]:
    """The files of a namespace that objects have, by id of the object.

    Args:
        conn: the user's gateway.
        kind: of the objects, such as `Image`; one of `permissions.KINDS`.
        ids: of the objects; one call of OMERO per 5000.
        namespace: of the file annotations.

    Raises:
        BadRequest: another kind.
    """
    query = (
        f"select l from {_kind(kind)}AnnotationLink l join fetch l.child a "  # noqa: S608
        "join fetch a.file f where l.parent.id in (:ids) and a.class = FileAnnotation "
        "and a.ns = :ns order by l.id"
    )
    by_target: dict[int, list[Attachment]] = {}
    for some in hql.batches(ids):
        for link in hql.objects(conn, query, ids=some, ns=namespace):
            one = _attachment(link)
            by_target.setdefault(one.target, []).append(one)
    return by_target


def attach(
    conn: Any,
    group: int,
    kind: str,
    target: int,
    file: NewFile,
    content: bytes | BinaryIO,
    *,
    sent: Callable[[int], None] | None = None,
) -> Uploaded:
    """Attach a file to an object.

    Args:
        conn: the user's gateway.
        group: the object's group.
        kind: of the object, such as `Image`; one of `permissions.KINDS`.
        target: id of the object.
        file: its name and what else is stored of it.
        content: the bytes, or an open file; it is sent in blocks of 4 MiB.
        sent: is called with the bytes of each block; what it raises ends the transfer, and leaves a
            file whose checksum is another one.

    Raises:
        BadRequest: another kind.
    """
    options = hql.context(conn, group)
    source = io.BytesIO(content) if isinstance(content, bytes) else content
    size = source.seek(0, os.SEEK_END)
    source.seek(0)
    annotation = _annotation(file, size)
    # The link first: a worker that dies afterwards leaves a file that the next attempt finds and
    # replaces, because it does not have the right checksum yet.
    saved = conn.getUpdateService().saveAndReturnObject(
        _link(_kind(kind), target, annotation), options
    )
    store = conn.c.sf.createRawFileStore(options)
    try:
        store.setFileId(saved.child.file.id.val, options)
        at = 0
        while block := source.read(_BLOCK_BYTES):
            store.write(block, at, len(block), options)
            at += len(block)
            if sent is not None:
                sent(len(block))
        written = store.save(options)
    finally:
        store.close(options)
    return Uploaded(int(saved.child.id.val), _sum(written))


def link(conn: Any, group: int, kind: str, targets: Sequence[int], annotation: int) -> None:
    """Attach a file that is in OMERO to more objects; one call of OMERO per 5000.

    Args:
        conn: the user's gateway.
        group: the objects' group.
        kind: of the objects.
        targets: their ids; none of them has the file.
        annotation: id of the file annotation.

    Raises:
        BadRequest: another kind.
    """
    child = omero.model.FileAnnotationI(annotation, False)
    for some in hql.batches(targets):
        links = [_link(_kind(kind), target, child) for target in some]
        conn.getUpdateService().saveArray(links, hql.context(conn, group))


def delete(conn: Any, group: int, annotations: Sequence[int]) -> None:
    """Delete file annotations with their files, from all objects; none is fine.

    Raises:
        CommandFailed: the user may not, or one is not there.
    """
    if annotations:
        request = omero.cmd.Delete2(targetObjects={"Annotation": list(annotations)})
        commands.run(conn, request, group)


def sha1(content: bytes) -> str:
    """What OMERO computes for a file with this content."""
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


def _kind(kind: str) -> str:
    """The kind, which becomes part of a query."""
    if kind not in KINDS:
        raise BadRequest(f"{str(kind)[:50]!r} is not a kind of object")
    return kind


def _annotation(new: NewFile, size: int) -> Any:
    file = omero.model.OriginalFileI()
    file.name, file.path = rstring(new.name), rstring(new.path)
    file.mimetype, file.size = rstring(new.mimetype), rlong(size)
    file.hasher = omero.model.ChecksumAlgorithmI()
    file.hasher.value = rstring("SHA1-160")
    annotation = omero.model.FileAnnotationI()
    annotation.ns = rstring(new.namespace)
    annotation.file = file
    return annotation


def _link(kind: str, target: int, annotation: Any) -> Any:
    link = getattr(omero.model, f"{kind}AnnotationLinkI")()
    link.parent = getattr(omero.model, f"{kind}I")(target, False)
    link.child = annotation
    return link


def _attachment(link: Any) -> Attachment:
    annotation = link.child
    file = annotation.file
    return Attachment(
        target=link.parent.id.val,
        link=link.id.val,
        annotation=annotation.id.val,
        name=file.name.val if file.name is not None else "",
        path=file.path.val if file.path is not None else "",
        sha1=_sum(file),
        removable=bool(link.details.permissions.canDelete()),
        deletable=bool(annotation.details.permissions.canDelete()),
    )


def _sum(file: Any) -> str:
    """Empty when OMERO has computed none, or nothing was written."""
    return str(file.hash.val) if file is not None and file.hash is not None else ""
