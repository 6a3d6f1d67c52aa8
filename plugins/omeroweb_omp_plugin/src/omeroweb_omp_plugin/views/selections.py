"""Selections of images, and backups of their pairs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Final
from uuid import UUID

from django.http import HttpResponse
from pydantic import Field

from omero_plugin_common.body import Body
from omero_plugin_common.web import Caller, json_view
from omero_plugin_common.web.answers import csv_answer
from omeroweb_omp_plugin.services import backup, last_written
from omeroweb_omp_plugin.services.make_selection import make_selection

_MOST_CONTAINERS: Final = 5000
Ids = Annotated[tuple[int, ...], Field(max_length=_MOST_CONTAINERS)]


class MakeSelection(Body):
    """What to select: containers with all their images, or images themselves.

    `within` is the project that they were chosen in: its saved sets are offered first.
    """

    projects: Ids = ()
    datasets: Ids = ()
    screens: Ids = ()
    plates: Ids = ()
    images: Annotated[tuple[int, ...], Field(max_length=100_000)] = ()
    within: int | None = None


@json_view("POST", body=MakeSelection)
def make(_request: Any, caller: Caller, body: MakeSelection) -> dict[str, Any]:
    """Select images; the answer says how their names seem to be built.

    Returns:
        {"selection", "images", "first": [name, …], "detected": {…}, "last": {"preview",
        "settings": {"mode", "pattern", "names", "shape_names", "constants"}, "by", "written",
        "edited"} or null, "fitting": [set, …]}
    """
    made = make_selection(
        caller.conn,
        caller.user_id,
        {
            "Project": body.projects,
            "Dataset": body.datasets,
            "Screen": body.screens,
            "Plate": body.plates,
            "Image": body.images,
        },
        body.within,
    )
    return {
        "selection": str(made.id),
        "images": made.images,
        "first": made.first,
        "detected": asdict(made.detected),
        "last": last_written.as_json(made.last),
        "fitting": made.fitting,
    }


@json_view("GET")
def backup_csv(_request: Any, caller: Caller, selection: UUID) -> HttpResponse:
    """All pairs of a selection's images, as a file to keep.

    Returns:
        CSV
    """
    lines = backup.as_csv(caller.conn, caller.user_id, selection)
    return csv_answer(lines, f"key-value-pairs-{selection}.csv")
