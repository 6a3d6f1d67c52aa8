"""Selections of images, and backups of their pairs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Final
from uuid import UUID

from django.http import HttpResponse
from pydantic import Field

from omero_plugin_common.web import Body, Caller, json_view
from omeroweb_omp_plugin.services import backup
from omeroweb_omp_plugin.services.make_selection import make_selection
from omeroweb_omp_plugin.store import selections

_MOST_CONTAINERS: Final = 5000
Ids = Annotated[tuple[int, ...], Field(max_length=_MOST_CONTAINERS)]


class Wanted(Body):
    """What to select: containers with all their images, or images themselves."""

    projects: Ids = ()
    datasets: Ids = ()
    screens: Ids = ()
    plates: Ids = ()
    images: Annotated[tuple[int, ...], Field(max_length=100_000)] = ()


@json_view("POST", body=Wanted)
def make(_request: Any, caller: Caller, body: Wanted) -> dict[str, Any]:
    """Select images; the answer says how their names seem to be built."""
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
    )
    return {
        "selection": str(made.id),
        "images": made.images,
        "first": made.first,
        "detected": asdict(made.detected),
    }


@json_view("GET")
def backup_csv(_request: Any, caller: Caller, selection: UUID) -> HttpResponse:
    """All pairs of a selection's images, as a file to keep."""
    found = selections.load(selection, caller.user_id)
    # Written whole: the user's connection ends with the view.
    text = "".join(backup.as_csv(caller.conn, found))
    return as_file(text, f"key-value-pairs-{selection}.csv")


def as_file(text: str, name: str) -> HttpResponse:
    """A CSV file for the browser to save."""
    # The mark tells spreadsheets that the text is UTF-8.
    response = HttpResponse("\ufeff" + text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
