"""The wells that images are in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from omero_plugin_common.omero_api import hql

_WELLS: Final = (
    "select s.image.id, w.row, w.column from WellSample s join s.well w "
    "where s.image.id in (:ids) order by s.id"
)
_LETTERS: Final = 26


def wells_of(conn: Any, images: Sequence[int]) -> dict[int, str]:
    """The well of each image that is in a plate, such as `B3`; one call of OMERO per 5000."""
    lines = (line for some in hql.batches(images) for line in hql.rows(conn, _WELLS, ids=some))
    return {int(image): f"{row_name(row)}{column + 1}" for image, row, column in lines}


def row_name(row: int) -> str:
    """The letters of a row of wells, counted from 0: `A` to `Z`, `AA`, `AB`."""
    more, last = divmod(row, _LETTERS)
    return (row_name(more - 1) if more else "") + chr(ord("A") + last)
