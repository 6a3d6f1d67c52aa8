"""The wells and plates that images are in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final, Literal, NamedTuple

from omero_plugin_common.omero_api import hql

_WELLS: Final = (
    "select s.image.id, w.row, w.column from WellSample s join s.well w "
    "where s.image.id in (:ids) order by s.id"
)
_PLACES: Final = (
    "select s.image.id, w.id, w.row, w.column, p.id, p.name from WellSample s join s.well w "
    "join w.plate p where s.image.id in (:ids) order by s.id"
)
_COUNTS: Final = {
    "Well": "select w.id, count(s.id) from WellSample s join s.well w where w.id in (:ids) "
    "group by w.id",
    "Plate": "select w.plate.id, count(s.id) from WellSample s join s.well w "
    "where w.plate.id in (:ids) group by w.plate.id",
}
_LETTERS: Final = 26


class Place(NamedTuple):
    """A well or a plate.

    Attributes:
        id: its id.
        name: such as `B3`, or the plate's.
    """

    id: int
    name: str


def wells_of(conn: Any, images: Sequence[int]) -> dict[int, str]:
    """The well of each image that is in a plate, such as `B3`; one call of OMERO per 5000."""
    lines = (line for some in hql.batches(images) for line in hql.rows(conn, _WELLS, ids=some))
    return {int(image): f"{row_name(row)}{column + 1}" for image, row, column in lines}


def whole(conn: Any, kind: Literal["Well", "Plate"], images: Sequence[int]) -> dict[int, Place]:
    """The well or plate of each image, where all images of that are among these.

    Args:
        conn: the user's gateway.
        kind: which of them.
        images: ids.

    Returns:
        By id of the image; without an image that is in several of them. Two calls of OMERO per
        5000 images.
    """
    found: dict[int, set[Place]] = {}
    for some in hql.batches(images):
        for image, well, row, column, plate, name in hql.rows(conn, _PLACES, ids=some):
            place = Place(int(well), f"{row_name(row)}{column + 1}")
            if kind == "Plate":
                place = Place(int(plate), name or "")
            found.setdefault(int(image), set()).add(place)
    in_one = {image: next(iter(places)) for image, places in found.items() if len(places) == 1}
    counts = Counter(place.id for place in in_one.values())
    ids = sorted(counts)
    all_of = {
        int(id_): int(count)
        for some in hql.batches(ids)
        for id_, count in hql.rows(conn, _COUNTS[kind], ids=some)
    }
    return {image: one for image, one in in_one.items() if counts[one.id] == all_of.get(one.id)}


def row_name(row: int) -> str:
    """The letters of a row of wells, counted from 0: `A` to `Z`, `AA`, `AB`."""
    more, last = divmod(row, _LETTERS)
    return (row_name(more - 1) if more else "") + chr(ord("A") + last)
