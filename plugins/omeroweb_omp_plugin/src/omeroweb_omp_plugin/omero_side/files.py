"""Text files attached to images."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

# First: imported after Glacier2 it would define Glacier2's exceptions a second time.
import omero.clients  # isort: skip
import omero.model
from omero.rtypes import rlong, rstring

from omeroweb_omp_plugin.omero_side import ask

# Says that the plugin attached it; the name has the image, so a file on another image is a copy.
NAMESPACE: Final = "omero-platform/omp/original-metadata"
_BLOCK_BYTES: Final = 1_000_000
_LINKS: Final = (
    "select l from ImageAnnotationLink l join fetch l.child a join fetch a.file f "
    "where l.parent.id in (:ids) and a.class = FileAnnotation and a.ns = :ns order by l.id"
)


@dataclass(frozen=True, slots=True)
class Attached:
    """One file of the plugin on one image.

    Attributes:
        image: id of the image.
        link: id of the link.
        annotation: id of the file annotation.
        name: of the file.
        sha1: of its content.
        removable: whether the user may take it from the image.
        deletable: whether the user may delete it.
    """

    image: int
    link: int
    annotation: int
    name: str
    sha1: str
    removable: bool
    deletable: bool


def file_name(image: int) -> str:
    """The name of the file that belongs to an image."""
    return f"original_metadata_{image}.txt"


def attached_to(conn: Any, images: Sequence[int]) -> dict[int, list[Attached]]:
    """The plugin's own files on images, by image; those that were copied there are left out."""
    found: dict[int, list[Attached]] = {}
    for some in ask.batches(images):
        for link in ask.objects(conn, _LINKS, ids=some, ns=NAMESPACE):
            one = _attached(link)
            if one.name == file_name(one.image):
                found.setdefault(one.image, []).append(one)
    return found


def attach(conn: Any, group: int, image: int, text: str) -> int:
    """Attach a text to an image.

    Args:
        conn: the user's gateway.
        group: the image's group.
        image: its id.
        text: the content.

    Returns:
        The id of the file annotation.
    """
    content, options = text.encode("utf-8", "replace"), ask.context(conn, group)
    # The link first: a worker that dies afterwards leaves a file that the next attempt finds and
    # replaces, because it has no checksum yet.
    link = conn.getUpdateService().saveAndReturnObject(_link(image, len(content)), options)
    annotation = link.child
    store = conn.c.sf.createRawFileStore(options)
    try:
        store.setFileId(annotation.file.id.val, options)
        for start in range(0, len(content), _BLOCK_BYTES):
            block = content[start : start + _BLOCK_BYTES]
            store.write(block, start, len(block), options)
        store.save(options)
    finally:
        store.close(options)
    return int(annotation.id.val)


def _link(image: int, size: int) -> Any:
    file = omero.model.OriginalFileI()
    file.name, file.path = rstring(file_name(image)), rstring("")
    file.mimetype, file.size = rstring("text/plain"), rlong(size)
    file.hasher = omero.model.ChecksumAlgorithmI()
    file.hasher.value = rstring("SHA1-160")
    annotation = omero.model.FileAnnotationI()
    annotation.ns = rstring(NAMESPACE)
    annotation.file = file
    link = omero.model.ImageAnnotationLinkI()
    link.parent, link.child = omero.model.ImageI(image, False), annotation
    return link


def sha1(text: str) -> str:
    """What OMERO computes for a file with this content."""
    return hashlib.sha1(text.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()


def _attached(link: Any) -> Attached:
    annotation = link.child
    file = annotation.file
    return Attached(
        image=link.parent.id.val,
        link=link.id.val,
        annotation=annotation.id.val,
        name=file.name.val if file.name is not None else "",
        sha1=file.hash.val if file.hash is not None else "",
        removable=bool(link.details.permissions.canDelete()),
        deletable=bool(annotation.details.permissions.canDelete()),
    )
