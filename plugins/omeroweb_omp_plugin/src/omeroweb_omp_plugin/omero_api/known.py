"""What OMERO knows of images beside their names, one value for each image."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from omero_plugin_common.omero_api import hql
from omeroweb_omp_plugin.omero_api.wells import row_name
from omeroweb_omp_plugin.planning.known import Known

_PLACES: Final[dict[str, str]] = {
    "dataset": "select l.child.id, d.name from DatasetImageLink l join l.parent d "
    "where l.child.id in (:ids) order by d.name, d.id",
    "project": "select l.child.id, p.name from DatasetImageLink l join l.parent d "
    "join d.projectLinks pl join pl.parent p where l.child.id in (:ids) order by p.name, p.id",
    "plate": "select s.image.id, p.name from WellSample s join s.well w join w.plate p "
    "where s.image.id in (:ids) order by p.name, p.id",
    "screen": "select s.image.id, c.name from WellSample s join s.well w join w.plate p "
    "join p.screenLinks sl join sl.parent c where s.image.id in (:ids) order by c.name, c.id",
    "channels": "select p.image.id, lc.name from Pixels p join p.channels c "
    "join c.logicalChannel lc where p.image.id in (:ids) order by p.image.id, c.id",
}
_WELLS: Final = (
    "select s.image.id, w.row, w.column, s.id, w.id from WellSample s join s.well w "
    "where s.image.id in (:ids) order by s.id"
)
_FIELDS: Final = (
    "select s.well.id, s.id from WellSample s where s.well.id in (:ids) order by s.well.id, s.id"
)
_DATES: Final = "select i.id, i.acquisitionDate from Image i where i.id in (:ids)"
_SIZES: Final = (
    "select p.image.id, p.sizeX, p.sizeY, p.sizeZ, p.sizeC, p.sizeT from Pixels p "
    "where p.image.id in (:ids)"
)


def known_of(conn: Any, kind: Known, images: Sequence[int]) -> dict[int, str]:
    """One value for each image that has it.

    Args:
        conn: the user's gateway.
        kind: what is asked for.
        images: ids.

    Returns:
        By id of the image. Several names, as of the datasets that an image is in, stand behind
        each other. One call of OMERO per 5000 images; two for `field`.
    """
    if kind in _PLACES:
        return _joined(_rows(conn, _PLACES[kind], images))
    if kind == "date":
        lines = _rows(conn, _DATES, images)
        return {int(image): _moment(moment) for image, moment in lines if moment}
    if kind == "size":
        return {
            int(line[0]): " x ".join(map(str, line[1:])) for line in _rows(conn, _SIZES, images)
        }
    wells = list(_rows(conn, _WELLS, images))
    if kind == "field":
        fields = _fields(conn, sorted({int(line[4]) for line in wells}))
        return {int(image): str(fields[int(sample)]) for image, _, _, sample, _ in wells}
    return {int(image): _place(kind, row, column) for image, row, column, _, _ in wells}


def _place(kind: Known, row: int, column: int) -> str:
    if kind == "row":
        return row_name(row)
    return str(column + 1) if kind == "column" else f"{row_name(row)}{column + 1}"


def _rows(conn: Any, query: str, ids: Sequence[int]) -> Iterable[list[Any]]:
    return (line for some in hql.batches(ids) for line in hql.rows(conn, query, ids=some))


def _joined(lines: Iterable[Sequence[Any]]) -> dict[int, str]:
    values: dict[int, list[str]] = {}
    for image, name in lines:
        if name:
            values.setdefault(int(image), []).append(name)
    return {image: ", ".join(dict.fromkeys(names)) for image, names in values.items()}


def _fields(conn: Any, wells: Sequence[int]) -> dict[int, int]:
    """The number of each field in its well, counted from 1, by id of the sample."""
    numbers: dict[int, int] = {}
    counts: dict[int, int] = {}
    for well, sample in _rows(conn, _FIELDS, wells):
        counts[well] = numbers[int(sample)] = counts.get(well, 0) + 1
    return numbers


def _moment(milliseconds: int) -> str:
    # OMERO has the time of the microscope's clock, without its zone.
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
