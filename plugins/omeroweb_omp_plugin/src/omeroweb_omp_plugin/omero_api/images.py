"""Names of the images in containers, and how many there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from omero_plugin_common.omero_api import hql

_NAMES: Final = {
    "Project": "select i.id, i.name, d.name from ProjectDatasetLink pl join pl.child d "
    "join d.imageLinks l join l.child i where pl.parent.id in (:ids)",
    "Dataset": "select i.id, i.name, d.name from DatasetImageLink l join l.parent d "
    "join l.child i where d.id in (:ids)",
    "Screen": "select i.id, i.name, p.name from ScreenPlateLink sl join sl.child p join p.wells w "
    "join w.wellSamples s join s.image i where sl.parent.id in (:ids)",
    "Plate": "select i.id, i.name, p.name from WellSample s join s.well w join w.plate p "
    "join s.image i where p.id in (:ids)",
    "Image": "select i.id, i.name, '' from Image i where i.id in (:ids)",
}
_COUNTS: Final = {
    "Project": "select count(distinct i.id) from ProjectDatasetLink pl join pl.child d "
    "join d.imageLinks l join l.child i where pl.parent.id in (:ids)",
    "Dataset": "select count(distinct i.id) from DatasetImageLink l join l.child i "
    "where l.parent.id in (:ids)",
    "Screen": "select count(distinct i.id) from ScreenPlateLink sl join sl.child p "
    "join p.wells w join w.wellSamples s join s.image i where sl.parent.id in (:ids)",
    "Plate": "select count(distinct i.id) from WellSample s join s.well w join s.image i "
    "where w.plate.id in (:ids)",
    "Image": "select count(distinct i.id) from Image i where i.id in (:ids)",
}


class Named(NamedTuple):
    """An image.

    Attributes:
        id: its id.
        name: its name.
        place: name of the dataset or plate that it was found in.
    """

    id: int
    name: str
    place: str


def named_in(conn: Any, kind: str, ids: Sequence[int]) -> list[Named]:
    """The images of containers that the user may see; one call of OMERO per 5000 containers.

    Args:
        conn: the user's gateway.
        kind: `Project`, `Dataset`, `Screen`, `Plate`, or `Image` for images themselves.
        ids: of the containers.
    """
    lines = [line for some in hql.batches(ids) for line in hql.rows(conn, _NAMES[kind], ids=some)]
    return [Named(id_, name or "", place or "") for id_, name, place in lines]


def count_in(conn: Any, kind: str, ids: Sequence[int]) -> int:
    """How many images containers have, at most 5000 of them; one call of OMERO.

    Args:
        conn: the user's gateway.
        kind: as for `named_in`.
        ids: of the containers.
    """
    return int(hql.rows(conn, _COUNTS[kind], ids=ids)[0][0])


def datasets_of(conn: Any, images: Sequence[int]) -> list[str]:
    """The names of the datasets that images are in, each once; one call of OMERO per 5000."""
    query = (
        "select distinct d.name from DatasetImageLink l join l.parent d "
        "where l.child.id in (:ids) order by d.name"
    )
    names = (line[0] for some in hql.batches(images) for line in hql.rows(conn, query, ids=some))
    return list(dict.fromkeys(name or "" for name in names))
