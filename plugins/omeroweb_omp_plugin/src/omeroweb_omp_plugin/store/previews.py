"""Previews: how names are read, which values the user gave, what became known on the way."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Final
from uuid import UUID

from omero_plugin_common import database
from omero_plugin_common.database.own_row import own_row
from omero_plugin_common.database.packed import pack, unpack
from omeroweb_omp_plugin.parsing import Mode as ReadingMode
from omeroweb_omp_plugin.parsing import ParserSettings, settings_of
from omeroweb_omp_plugin.planning import Mode
from omeroweb_omp_plugin.planning.totals import Totals

Overrides = dict[int, dict[str, str]]

# Newest previews of a selection: each pause in typing makes one.
KEPT: Final = 10
_GONE: Final = "This preview no longer exists: start again from step 1"


@dataclass(frozen=True, slots=True)
class Preview:
    """What a user wants to do with a selection.

    Attributes:
        id: of the preview.
        selection: the images.
        settings: how their names are read.
        mode: what happens to the pairs that images have.
        overrides: values that the user gave, by image and variable.
        columns: the variables, in the order of the table.
        mismatching: places in the selection of the images whose names do not fit.
        changed: places of those that a write would change, as far as looked up.
        looked_up: how many images were compared with OMERO for that, from the first on.
        counts: how many pairs change on the images that were compared.
        reading: the mode that the user asked for; `settings` are what came of it.
        constants: pairs that all images get.
        shapes: of the names, as the page gets them.
    """

    id: UUID
    selection: UUID
    settings: ParserSettings
    mode: Mode
    overrides: Overrides
    columns: list[str]
    mismatching: list[int]
    changed: list[int]
    looked_up: int
    counts: Totals = field(default_factory=Totals)
    reading: ReadingMode = "detect"
    constants: tuple[tuple[str, str], ...] = ()
    shapes: list[dict[str, Any]] = field(default_factory=list)


def save(user_id: int, preview: Preview) -> None:
    """Keep a new preview; of the earlier ones of its selection only the newest stay.

    Raises:
        psycopg2.IntegrityError: its selection was deleted meanwhile.
    """
    request = {
        "settings": asdict(preview.settings),
        "mode": preview.mode,
        "reading": preview.reading,
        "constants": preview.constants,
        "shapes": preview.shapes,
    }
    with database.default().transaction() as cursor:
        cursor.execute(
            "insert into omp_previews (id, selection, user_id, request, overrides, columns, "
            "mismatching, changed, looked_up, counts) "
            "values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (
                preview.id,
                preview.selection,
                user_id,
                json.dumps(request),
                pack(preview.overrides),
                json.dumps(preview.columns),
                pack(preview.mismatching),
                pack(preview.changed),
                preview.looked_up,
                json.dumps(asdict(preview.counts)),
            ),
        )
        cursor.execute(
            "delete from omp_previews where id in (select id from omp_previews "
            "where selection = %s and not for_job order by created desc offset %s)",
            (preview.selection, KEPT),
        )


def load(preview: UUID, user_id: int) -> Preview:
    """A user's preview.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    statement = "select * from omp_previews where id = %s and user_id = %s"
    return _preview(own_row(statement, (preview, user_id), _GONE))


def found_changed(preview: UUID, changed: list[int], looked_up: int, counts: Totals) -> None:
    """Note how far images were compared with OMERO; what another request found further stays."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "update omp_previews set changed = %s, looked_up = %s, counts = %s "
            "where id = %s and looked_up < %s",
            (pack(changed), looked_up, json.dumps(asdict(counts)), preview, looked_up),
        )


def keep_for_a_job(preview: UUID, user_id: int) -> None:
    """Keep a preview as long as its selection: a job works with it.

    What the user changes makes another preview, so this one stays as it is.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    own_row(
        "update omp_previews set for_job = true where id = %s and user_id = %s returning id",
        (preview, user_id),
        _GONE,
    )


def _preview(row: Any) -> Preview:
    request = row["request"]
    return Preview(
        id=row["id"],
        selection=row["selection"],
        settings=settings_of(request["settings"]),
        mode=request["mode"],
        overrides={int(image): values for image, values in unpack(row["overrides"]).items()},
        columns=row["columns"],
        mismatching=unpack(row["mismatching"]),
        changed=unpack(row["changed"]),
        looked_up=row["looked_up"],
        counts=Totals(**(row["counts"] or {})),
        reading=request.get("reading", "detect"),
        constants=tuple((key, value) for key, value in request.get("constants", ())),
        shapes=request.get("shapes", []),
    )
