"""Files that OMERO has already: by name in a dataset, and by checksum anywhere."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from omero_plugin_common.omero_api import hql


@dataclass(frozen=True, slots=True)
class Same:
    """An image that was imported from a file like one of those asked for.

    Attributes:
        key: what is the same: the file's name, or its SHA-1.
        image: id of the image.
        name: of the image.
    """

    key: str
    image: int
    name: str


def names_in(conn: Any, dataset: int, names: Sequence[str]) -> list[Same]:
    """Images of a dataset that were imported from a file of one of these names, one of each name.

    Args:
        conn: the user's gateway.
        dataset: its id.
        names: of files, without folders; one call of OMERO per 5000.
    """
    query = (
        "select f.name, i.id, i.name from DatasetImageLink l join l.child i join i.fileset s "
        "join s.usedFiles e join e.originalFile f where l.parent.id = :dataset "
        "and f.name in (:names) order by i.id"
    )
    return [
        each
        for some in hql.batches(names)
        for each in _first_of_each(hql.rows(conn, query, dataset=dataset, names=list(some)))
    ]


def stored(conn: Any, sums: Collection[str]) -> set[str]:
    """Which of these SHA-1 a file has that the user may see; one call of OMERO per 5000."""
    query = "select distinct f.hash from OriginalFile f where f.hash in (:sums)"
    return {
        str(row[0])
        for some in hql.batches(sorted(sums))
        for row in hql.rows(conn, query, sums=list(some))
    }


def images_of(conn: Any, sums: Sequence[str]) -> list[Same]:
    """An image for each of these SHA-1, as far as one was imported from such a file."""
    query = (
        "select f.hash, i.id, i.name from Image i join i.fileset s join s.usedFiles e "
        "join e.originalFile f where f.hash in (:sums) order by i.id"
    )
    return _first_of_each(hql.rows(conn, query, sums=list(sums))) if sums else []


def _first_of_each(rows: Sequence[Sequence[Any]]) -> list[Same]:
    found: dict[str, Same] = {}
    for key, image, name in rows:
        found.setdefault(str(key), Same(str(key), int(image), str(name or "")))
    return list(found.values())
