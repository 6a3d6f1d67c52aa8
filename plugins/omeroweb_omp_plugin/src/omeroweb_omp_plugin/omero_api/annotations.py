"""The sets of key-value pairs that images, wells and plates have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from omero_plugin_common.omero_api import hql
from omeroweb_omp_plugin.planning import Existing
from omeroweb_omp_plugin.planning.existing import Kind

# Beside owners and rights this brings the pairs, which OMERO loads with each annotation.
_LINKS: Final = (
    "select l from {kind}AnnotationLink l join fetch l.child a "
    "where l.parent.id in (:ids) and a.class = MapAnnotation order by l.id"
)


def sets_of(conn: Any, images: Sequence[int], kind: Kind = "Image") -> dict[int, list[Existing]]:
    """The sets of images, wells or plates, with what the user may do with them.

    Args:
        conn: the user's gateway.
        images: ids; of wells or plates, theirs.
        kind: what the ids are of.

    Returns:
        By id; objects without a set are left out. One call of OMERO per 5000 ids.
    """
    by_image: dict[int, list[Existing]] = {}
    for some in hql.batches(images):
        for link in hql.objects(conn, _LINKS.format(kind=kind), ids=some):
            by_image.setdefault(link.parent.id.val, []).append(_existing(link))
    return by_image


def annotations_of(conn: Any, links: Sequence[int], kind: Kind = "Image") -> dict[int, int]:
    """The annotations that links of images lead to, by id of the link; one call per 5000.

    Args:
        conn: the user's gateway.
        links: ids.
        kind: what the links are of.
    """
    query = f"select l.id, l.child.id from {kind}AnnotationLink l where l.id in (:ids)"  # noqa: S608
    return {
        int(link): int(annotation)
        for some in hql.batches(links)
        for link, annotation in hql.rows(conn, query, ids=some)
    }


def still_there(conn: Any, annotations: Sequence[int]) -> set[int]:
    """Of these sets the ones that exist, and that the user may see; one call per 5000."""
    query = "select a.id from MapAnnotation a where a.id in (:ids)"
    return {
        int(line[0])
        for some in hql.batches(annotations)
        for line in hql.rows(conn, query, ids=some)
    }


def _existing(link: Any) -> Existing:
    annotation = link.child
    details = annotation.details
    return Existing(
        annotation=annotation.id.val,
        link=link.id.val,
        namespace=annotation.ns.val if annotation.ns is not None else "",
        description=annotation.description.val if annotation.description is not None else "",
        pairs=tuple((pair.name or "", pair.value or "") for pair in annotation.getMapValue() or ()),
        owner=details.owner.id.val,
        removable=bool(link.details.permissions.canDelete()),
        deletable=bool(details.permissions.canDelete()),
    )
