"""Projects and screens, datasets and plates, as a user sees them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal, NamedTuple

from omero_plugin_common.omero_api import hql
from omero_plugin_common.omero_api.containers import COLUMNS, WHO, Container, Kind, container

_CHILDREN: Final[dict[Kind, Kind]] = {"Project": "Dataset", "Screen": "Plate"}


class Parent(NamedTuple):
    """A project with a dataset, or a screen with a plate.

    Attributes:
        child: id of the dataset or plate.
        id: of the project or screen.
        name: of the project or screen.
    """

    child: int
    id: int
    name: str


def tops(conn: Any, kind: Literal["Project", "Screen"]) -> list[Container]:
    """All projects or screens that the user may see, with one call of OMERO."""
    query = f"select new map({COLUMNS}) from {kind} c {WHO} order by lower(c.name), c.id"  # noqa: S608
    return [container(kind, each) for each in hql.maps(conn, query)]


def orphans(conn: Any, kind: Literal["Dataset", "Plate"]) -> list[Container]:
    """The datasets or plates that are in no project or screen."""
    link = "ProjectDatasetLink" if kind == "Dataset" else "ScreenPlateLink"
    query = (
        f"select new map({COLUMNS}) from {kind} c {WHO} "  # noqa: S608
        f"where not exists (select l.id from {link} l where l.child.id = c.id) "
        "order by lower(c.name), c.id"
    )
    return [container(kind, each) for each in hql.maps(conn, query)]


def children(conn: Any, kind: Literal["Project", "Screen"], parent: int) -> list[Container]:
    """The datasets of a project or the plates of a screen."""
    child = _CHILDREN[kind]
    query = (
        f"select new map({COLUMNS}) from {kind}{child}Link l join l.child c {WHO} "  # noqa: S608
        "where l.parent.id = :id order by lower(c.name), c.id"
    )
    return [container(child, each) for each in hql.maps(conn, query, id=parent)]


def found(conn: Any, kind: Kind, ids: Sequence[int]) -> list[Container]:
    """Of these containers the ones that exist, and that the user may see; one call per 5000."""
    query = (
        f"select new map({COLUMNS}) from {kind} c {WHO} "  # noqa: S608
        "where c.id in (:ids) order by lower(c.name), c.id"
    )
    return [
        container(kind, each)
        for some in hql.batches(ids)
        for each in hql.maps(conn, query, ids=some)
    ]


def parents(conn: Any, kind: Literal["Dataset", "Plate"], ids: Sequence[int]) -> list[Parent]:
    """The projects of datasets or the screens of plates, with one call of OMERO per 5000."""
    link = "ProjectDatasetLink" if kind == "Dataset" else "ScreenPlateLink"
    query = (
        f"select l.child.id, p.id, p.name from {link} l join l.parent p "  # noqa: S608
        "where l.child.id in (:ids) order by lower(p.name), p.id"
    )
    return [
        Parent(child, id_, name or "")
        for some in hql.batches(ids)
        for child, id_, name in hql.rows(conn, query, ids=some)
    ]


def image_counts(
    conn: Any, kind: Literal["Dataset", "Plate"], ids: Sequence[int]
) -> dict[int, int]:
    """How many images are in each dataset or plate, with one call of OMERO per 5000."""
    counts = dict.fromkeys(ids, 0)
    query = (
        "select l.parent.id, count(l.id) from DatasetImageLink l where l.parent.id in (:ids) "
        "group by l.parent.id"
        if kind == "Dataset"
        else "select w.plate.id, count(s.id) from WellSample s join s.well w "
        "where w.plate.id in (:ids) group by w.plate.id"
    )
    for some in hql.batches(ids):
        counts.update({id_: int(count) for id_, count in hql.rows(conn, query, ids=some)})
    return counts
