"""Key-value pairs of images in a namespace of this plugin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

# First: imported after Glacier2 it would define Glacier2's exceptions a second time.
import omero.clients  # isort: skip
import omero.model
from omero.rtypes import rstring

from omero_plugin_common.omero_api import hql

Pairs = tuple[tuple[str, str], ...]


def pairs_of(conn: Any, images: Sequence[int], namespace: str) -> dict[int, set[Pairs]]:
    """The sets of pairs that images have in a namespace, by the id of the image.

    Args:
        conn: the user's gateway.
        images: ids.
        namespace: of the annotations.
    """
    query = (
        "select l from ImageAnnotationLink l join fetch l.child a "
        "where l.parent.id in (:ids) and a.class = MapAnnotation and a.ns = :ns"
    )
    found: dict[int, set[Pairs]] = {}
    for some in hql.batches(images):
        for link in hql.objects(conn, query, ids=list(some), ns=namespace):
            values = link.child.getMapValue() or ()
            pairs = tuple((pair.name or "", pair.value or "") for pair in values)
            found.setdefault(int(link.parent.id.val), set()).add(pairs)
    return found


def add_pairs(conn: Any, group: int, image: int, pairs: Pairs, namespace: str) -> int:
    """Give an image a set of pairs; the id of the annotation.

    Args:
        conn: the user's gateway.
        group: the image's group.
        image: its id.
        pairs: names and values, in their order.
        namespace: of the annotation.
    """
    link = omero.model.ImageAnnotationLinkI()
    link.parent = omero.model.ImageI(image, False)
    link.child = omero.model.MapAnnotationI()
    link.child.ns = rstring(namespace)
    link.child.setMapValue([omero.model.NamedValue(name, value) for name, value in pairs])
    saved = conn.getUpdateService().saveAndReturnObject(link, hql.context(conn, group))
    return int(saved.child.id.val)
