"""OMERO.tables that belong to images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

# First: imported after Glacier2 it would define Glacier2's exceptions a second time.
import omero.clients  # isort: skip
import omero.grid
import omero.model
from omero.rtypes import rstring

from omero_plugin_common.errors import Unavailable
from omero_plugin_common.omero_api import hql

# OMERO.server ignores which repository is asked for: tables are in its own.
_REPOSITORY: Final = 0


@dataclass(frozen=True, slots=True)
class Column:
    """A column of numbers.

    Attributes:
        name: short, for programs.
        description: for people, with the unit.
        values: as many as the other columns have.
    """

    name: str
    description: str
    values: Sequence[float]


def attach_table(
    conn: Any, group: int, image: int, name: str, columns: Sequence[Column], namespace: str
) -> int:
    """Create a table and attach it to an image.

    The table is complete before it is attached: what is attached is never half of a table.

    Args:
        conn: the user's gateway.
        group: the image's group.
        image: its id; it becomes the first column.
        name: of the table's file.
        columns: the others.
        namespace: of the file annotation.

    Returns:
        The id of the file annotation.

    Raises:
        Unavailable: this site has no OMERO.tables now.
    """
    options = hql.context(conn, group)
    table = conn.c.sf.sharedResources(options).newTable(_REPOSITORY, name, options)
    if table is None:
        raise Unavailable("OMERO.tables does not answer on this site", code="no_tables")
    try:
        data = [omero.grid.ImageColumn("Image", "", [image] * len(columns[0].values))]
        data += [
            omero.grid.DoubleColumn(each.name, each.description, list(map(float, each.values)))
            for each in columns
        ]
        table.initialize([_empty(each) for each in data])
        table.addData(data)
        file = int(table.getOriginalFile().id.val)
    finally:
        table.close()
    link = omero.model.ImageAnnotationLinkI()
    link.parent = omero.model.ImageI(image, False)
    link.child = omero.model.FileAnnotationI()
    link.child.ns = rstring(namespace)
    link.child.file = omero.model.OriginalFileI(file, False)
    return int(conn.getUpdateService().saveAndReturnObject(link, options).child.id.val)


def _empty(column: Any) -> Any:
    """The same column without values: `initialize` defines, `addData` fills."""
    return type(column)(column.name, column.description, [])
