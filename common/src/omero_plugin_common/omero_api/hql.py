"""Queries in HQL, and the context that says in which group a call works."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

# First: imported after Glacier2 it would define Glacier2's exceptions a second time.
import omero.clients  # isort: skip
import omero.sys
from omero.rtypes import rlist, rlong, rstring, unwrap

ALL_GROUPS: Final = -1
# Ids of one query: far below the 32 767 parameters of the server's database driver.
IDS: Final = 5000

Item = TypeVar("Item")
Values = Sequence[int] | Sequence[str] | int | str


def context(conn: Any, group: int = ALL_GROUPS) -> Any:
    """The context of a call in one group, or in all that the user may see."""
    options = conn.createServiceOptsDict()
    options.setOmeroGroup(group)
    return options


def parameters(**values: Values) -> Any:
    """Parameters of a query: an id, a list of ids, a text, a list of texts."""
    made = omero.sys.ParametersI()
    for name, value in values.items():
        if isinstance(value, str):
            made.add(name, rstring(value))
        elif isinstance(value, int):
            made.add(name, rlong(value))
        else:
            listed = [rstring(e) if isinstance(e, str) else rlong(e) for e in value]
            made.add(name, rlist(listed))
    return made


def rows(conn: Any, query: str, **values: Values) -> list[list[Any]]:
    """The lines of a query; a moment is milliseconds since 1970."""
    lines = conn.getQueryService().projection(query, parameters(**values), context(conn))
    return [[unwrap(value) for value in line] for line in lines]


def maps(conn: Any, query: str, **values: Values) -> list[Mapping[str, Any]]:
    """The lines of a query that selects one map, as dictionaries."""
    return [line[0] for line in rows(conn, query, **values)]


def objects(conn: Any, query: str, **values: Values) -> list[Any]:
    """The objects that a query selects, with what it fetches."""
    return list(conn.getQueryService().findAllByQuery(query, parameters(**values), context(conn)))


def batches(items: Sequence[Item], size: int = IDS) -> Iterator[Sequence[Item]]:
    """Parts of a list, none longer than `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
