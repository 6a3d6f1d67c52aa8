"""The panel at the right asks OMERO.server for less.

OMERO.web's own reads the object that it shows twice. To say how many tables hang on the parents of
an image or a well, it has a query for each kind of parent, which reads the parents with all that
lies between, and the tables with their owners.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Final

from omero_platform_fixes.read_once import read_once

LOGGER: Final = logging.getLogger(__name__)

# From a parent to what is looked at, as joins of HQL that end in `seen`.
_OF_AN_IMAGE: Final = {
    "Screen": "join parent.plateLinks pl join pl.child.wells w join w.wellSamples ws "
    "join ws.image seen",
    "Plate": "join parent.wells w join w.wellSamples ws join ws.image seen",
    "Project": "join parent.datasetLinks dl join dl.child.imageLinks il join il.child seen",
    "Dataset": "join parent.imageLinks il join il.child seen",
}
_OF_A_WELL: Final = {
    "Screen": "join parent.plateLinks pl join pl.child.wells seen",
    "Plate": "join parent.wells seen",
}


def _query(kind: str, parents: dict[str, str]) -> str:
    counts = (
        f"(select count(distinct link.id) from {parent} parent {joins} "  # noqa: S608 - constants
        "join parent.annotationLinks link join link.child note join note.file held "
        "where seen.id = it.id and (note.ns = :ns or held.mimetype = :mt))"
        for parent, joins in parents.items()
    )
    return f"select {', '.join(counts)} from {kind} it where it.id = :id"  # noqa: S608 - constants


_IMAGE: Final = _query("Image", _OF_AN_IMAGE)
_WELL: Final = _query("Well", _OF_A_WELL)


def repair() -> None:
    """Put ours in the place of what OMERO.web has, before its addresses are made."""
    from omeroweb.decorators import login_required
    from omeroweb.webclient import views
    from omeroweb.webclient.controller.container import BaseContainer

    BaseContainer.countTablesOnParents = counting(BaseContainer.countTablesOnParents)
    panel = views.load_metadata_details

    @login_required()  # type: ignore[untyped-decorator]
    def load_metadata_details(request: Any, *place: Any, conn: Any = None, **named: Any) -> Any:
        read_once(conn)
        return panel(request, *place, conn=conn, **named)

    views.load_metadata_details = load_metadata_details


def counting(stock: Callable[[Any], int]) -> Callable[[Any], int]:
    """What counts the tables on all parents of the image or the well that a panel shows.

    Args:
        stock: OMERO.web's own, for a server that does not take the one query.
    """

    def count(container: Any) -> int:
        from omero import QueryException

        try:
            if container.image is not None:
                return _counted(container.conn, _IMAGE, container.image.id)
            if container.well is not None:
                return _counted(container.conn, _WELL, container.well.id)
        except QueryException as error:
            LOGGER.warning("tables are counted by OMERO.web's own queries: %s", error.message)
            return stock(container)
        return 0

    return count


def _counted(gateway: Any, query: str, shown: int) -> int:
    from omero.constants.namespaces import NSBULKANNOTATIONS
    from omero.sys import ParametersI

    parameters = ParametersI()
    parameters.addId(shown)
    parameters.addString("ns", NSBULKANNOTATIONS)
    parameters.addString("mt", "OMERO.tables")
    everywhere = gateway.createServiceOptsDict()
    everywhere.setOmeroGroup("-1")
    lines = gateway.getQueryService().projection(query, parameters, everywhere)
    return sum(count.val for line in lines for count in line)
