"""What is asked of OMERO. The only file with HQL."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import omero.sys
from omero.rtypes import rint, rlong, rstring, unwrap

# What a column of the table sorts by. A user's text never becomes part of a query.
ORDERS: Final = {"name": "lower(d.name)", "id": "d.id", "created": "e.time"}
# An empty text is part of every name.
_OWNED: Final = (
    "from Dataset d join d.details.group g join d.details.creationEvent e "
    "where d.details.owner.id = :owner and locate(:text, lower(d.name)) > 0"
)


def page(
    conn: Any, owner_id: int, *, text: str, order: str, descending: bool, offset: int, limit: int
) -> tuple[int, list[dict[str, Any]]]:
    """One page of a user's datasets.

    Args:
        conn: the user's gateway.
        owner_id: whose datasets.
        text: what must be part of the name, in capitals or not; empty for all.
        order: a key of ORDERS.
        descending: which way round.
        offset: rows before the first.
        limit: rows at most.

    Returns:
        How many there are in all, and the rows of the page.
    """
    parameters = omero.sys.ParametersI().add("owner", rlong(owner_id))
    parameters.add("text", rstring(text.lower()))
    [[total]] = _ask(conn, f"select count(d.id) {_OWNED}", parameters)
    parameters.theFilter = omero.sys.Filter()
    parameters.theFilter.offset, parameters.theFilter.limit = rint(offset), rint(limit)
    way = "desc" if descending else "asc"
    sorting = f"order by {ORDERS[order]} {way}, d.id {way}"
    found = _ask(conn, f"select d.id, d.name, g.name, e.time {_OWNED} {sorting}", parameters)
    counts = image_counts(conn, [row[0] for row in found])
    rows = [
        {"id": id_, "name": name, "group": group, "created": int(created), "images": counts[id_]}
        for id_, name, group, created in found
    ]
    return int(total), rows


def image_counts(conn: Any, ids: Iterable[int]) -> dict[int, int]:
    """How many images are in each dataset, with one query for all of them."""
    counts = dict.fromkeys(ids, 0)
    if counts:
        parameters = omero.sys.ParametersI().addIds(list(counts))
        query = (
            "select l.parent.id, count(l.id) from DatasetImageLink l "
            "where l.parent.id in (:ids) group by l.parent.id"
        )
        counts.update({id_: int(count) for id_, count in _ask(conn, query, parameters)})
    return counts


def _ask(conn: Any, query: str, parameters: Any) -> list[list[Any]]:
    """The rows of a query over all the user's groups; moments are milliseconds since 1970."""
    rows = conn.getQueryService().projection(query, parameters, conn.SERVICE_OPTS)
    return [[unwrap(value) for value in row] for row in rows]
