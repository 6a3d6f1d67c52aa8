"""Taking annotations from images."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

# First: imported after Glacier2 it would define Glacier2's exceptions a second time.
import omero.clients  # isort: skip
import omero.cmd

from omero_plugin_common.omero_api import commands, hql

# What else in OMERO's model can have an annotation and is a user's.
_HOLDERS: Final = (
    "Annotation", "Channel", "Dataset", "Detector", "Dichroic", "Fileset", "Filter", "Folder",
    "Instrument", "LightPath", "LightSource", "Objective", "OriginalFile", "PlaneInfo", "Plate",
    "PlateAcquisition", "Project", "Reagent", "Roi", "Screen", "Shape", "Well",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Linked:
    """An annotation on one image.

    Attributes:
        image: id of the image.
        link: id of the link.
        annotation: id of the annotation.
        deletable: whether the user may delete the annotation itself.
    """

    image: int
    link: int
    annotation: int
    deletable: bool


def remove(conn: Any, linked: Sequence[Linked]) -> dict[int, str]:
    """Take annotations from their images, and delete those that are then nowhere else.

    An annotation that another image, a dataset or anything else has as well stays there.

    Args:
        conn: the user's gateway.
        linked: which, from images of any groups.

    Returns:
        What OMERO said of the links that it refused, by id of the image. Four calls of OMERO.
    """
    if not linked:
        return {}
    lonely = _lonely(conn, linked)
    # An annotation takes its links along.
    targets = {
        "Annotation": sorted(lonely),
        "ImageAnnotationLink": [each.link for each in linked if each.annotation not in lonely],
    }
    targets = {kind: ids for kind, ids in targets.items() if ids}
    try:
        commands.run(conn, omero.cmd.Delete2(targetObjects=targets))
    except commands.CommandFailed as error:
        if len({each.image for each in linked}) == 1:
            return {linked[0].image: f"OMERO did not accept it: {str(error)[:300]}"}
        half = len(linked) // 2
        return remove(conn, linked[:half]) | remove(conn, linked[half:])
    return {}


def _lonely(conn: Any, linked: Iterable[Linked]) -> set[int]:
    """Of these the annotations that nothing else has, and that the user may delete."""
    links: dict[int, list[int]] = {}
    for each in linked:
        if each.deletable:
            links.setdefault(each.annotation, []).append(each.link)
    if not links:
        return set()
    elsewhere = " ".join(
        f"and not exists (select l{at}.id from {kind}AnnotationLink l{at} "  # noqa: S608
        f"where l{at}.child.id = a.id)"
        for at, kind in enumerate(_HOLDERS)
    )
    query = (
        "select a.id from Annotation a where a.id in (:ids) "  # noqa: S608
        "and not exists (select l.id from ImageAnnotationLink l where l.child.id = a.id "
        f"and l.id not in (:links)) {elsewhere}"
    )
    going = [each.link for each in linked]
    return {line[0] for line in hql.rows(conn, query, ids=list(links), links=going)}
