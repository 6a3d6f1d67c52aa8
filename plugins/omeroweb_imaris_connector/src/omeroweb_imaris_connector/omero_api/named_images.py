"""Images by a part of their name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

# First: imported after Glacier2 it would define Glacier2's exceptions a second time.
import omero.clients  # noqa: F401  # isort: skip
from omero.rtypes import unwrap

from omero_plugin_common.omero_api import hql

PAGE: Final = 100
_QUERY: Final = (
    "select i.id, i.name, p.sizeX, p.sizeY, p.sizeZ, p.sizeC, p.sizeT "
    "from Image i join i.pixels p where lower(i.name) like :name "
    "and i.id < :before order by i.id desc"
)


@dataclass(frozen=True, slots=True)
class NamedImage:
    """An image that the user may see.

    Attributes:
        id: its id.
        name: its name.
        sizes: X, Y, Z, C, T.
    """

    id: int
    name: str
    sizes: tuple[int, ...]


def named(conn: Any, part: str, before: int) -> list[NamedImage]:
    """A page of images whose name contains a text, the newest first.

    Args:
        conn: the user's gateway.
        part: of the name, in upper or lower case.
        before: only ids below it.
    """
    values = hql.parameters(name=f"%{_literal(part.lower())}%", before=before)
    values.page(0, PAGE)
    rows = conn.getQueryService().projection(_QUERY, values, hql.context(conn))
    return [_image([unwrap(value) for value in row]) for row in rows]


def _literal(part: str) -> str:
    """The text, in which `%` and `_` mean themselves; PostgreSQL escapes by backslash."""
    return part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _image(row: list[Any]) -> NamedImage:
    id_, name, *sizes = row
    return NamedImage(int(id_), str(name), tuple(int(size) for size in sizes))
