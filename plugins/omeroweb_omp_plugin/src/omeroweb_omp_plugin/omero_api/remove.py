"""Taking annotations from images, wells and plates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

# First: imported after Glacier2 it would define Glacier2's exceptions a second time.
import omero.clients  # isort: skip
import omero.cmd

from omero_plugin_common.omero_api import commands, hql
from omeroweb_omp_plugin.planning.existing import Kind

# What else in OMERO's model can have an annotation and is a user's.
_HOLDERS: Final = (
    "Annotation", "Channel", "Dataset", "Detector", "Dichroic", "Fileset", "Filter", "Folder",
    "Image", "Instrument", "LightPath", "LightSource", "Objective", "OriginalFile", "PlaneInfo",
    "Plate", "PlateAcquisition", "Project", "Reagent", "Roi", "Screen", "Shape", "Well",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Linked:
    """An annotation on one image, well or plate.

    Attributes:
        image: its id.
        link: id of the link.
        annotation: id of the annotation.
        deletable: whether the user may delete the annotation itself.
    """

    image: int
    link: int
    annotation: int
    deletable: bool


def remove(conn: Any, linked: Sequence[Linked], kind: Kind = "Image") -> dict[int, str]:
    """Take annotations from their objects, and delete those that are then nowhere else.

    An annotation that another image, a dataset or anything else has as well stays there.

    Args:
        conn: the user's gateway.
        linked: which, from objects of any groups.
        kind: what these are.

    Returns:
        What OMERO said of the links that it refused, by id of the object. Three calls of OMERO, and
        one more per 2500 annotations.
    """
    if not linked:
        return {}
    lonely = alone_on(conn, linked, kind)
    # An annotation takes its links along.
    targets = {
        "Annotation": sorted(lonely),
        f"{kind}AnnotationLink": [each.link for each in linked if each.annotation not in lonely],
    }
    targets = {kind: ids for kind, ids in targets.items() if ids}
    try:
        commands.run(conn, omero.cmd.Delete2(targetObjects=targets))
    except commands.CommandFailed as error:
        if len({each.image for each in linked}) == 1:
            return {linked[0].image: f"OMERO did not accept it: {str(error)[:300]}"}
        half = len(linked) // 2
        return remove(conn, linked[:half], kind) | remove(conn, linked[half:], kind)
    return {}


def alone_on(conn: Any, linked: Iterable[Linked], kind: Kind = "Image") -> set[int]:
    """Of these the annotations that nothing else has, and that the user may delete."""
    links: dict[int, list[int]] = {}
    for each in linked:
        if each.deletable:
            links.setdefault(each.annotation, []).append(each.link)
    elsewhere = " ".join(
        f"and not exists (select l{at}.id from {holder}AnnotationLink l{at} "  # noqa: S608
        f"where l{at}.child.id = a.id)"
        for at, holder in enumerate(_HOLDERS)
        if holder != kind
    )
    query = (
        "select a.id from Annotation a where a.id in (:ids) "  # noqa: S608
        f"and not exists (select l.id from {kind}AnnotationLink l where l.child.id = a.id "
        f"and l.id not in (:links)) {elsewhere}"
    )
    lonely: set[int] = set()
    for some in _parts(links):
        going = [link for annotation in some for link in links[annotation]]
        lonely.update(line[0] for line in hql.rows(conn, query, ids=some, links=going))
    return lonely


def _parts(links: dict[int, list[int]]) -> Iterator[list[int]]:
    """Annotations of one query, with their links not many more ids than a query may have."""
    some: list[int] = []
    size = 0
    for annotation, own in links.items():
        if some and size + 1 + len(own) > hql.IDS:
            yield some
            some, size = [], 0
        some.append(annotation)
        size += 1 + len(own)
    if some:
        yield some
