"""Previews: how names are read, which values the user gave, what became known on the way."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, astuple, dataclass, field
from typing import Any, Final
from uuid import UUID

from omero_plugin_common import database
from omero_plugin_common.database.own_row import own_row
from omero_plugin_common.database.packed import pack, unpack
from omeroweb_omp_plugin.parsing import Mode as ReadingMode
from omeroweb_omp_plugin.parsing import ParserSettings, settings_of
from omeroweb_omp_plugin.planning import Mode
from omeroweb_omp_plugin.planning.existing import CLIENT_NAMESPACE
from omeroweb_omp_plugin.planning.outputs import Outputs
from omeroweb_omp_plugin.planning.pairs import Pairs
from omeroweb_omp_plugin.planning.ticks import Ticks
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
        changed: places of those that have other pairs after a write of all, as far as looked up.
        looked_up: how many images were compared with OMERO for that, from the first on.
        pairs: what happens to the pairs of each image of `changed`.
        reading: the mode that the user asked for; `settings` are what came of it.
        shapes: of the names, as the page gets them.
        ticks: the images that the user decided to write or not, by id.
        skipped: places of those that are not written.
        outputs: what is written beside the values of names.
        clashes: keys that have another value, by the place of the image, as far as looked up.
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
    pairs: list[Totals] = field(default_factory=list)
    reading: ReadingMode = "detect"
    shapes: list[dict[str, Any]] = field(default_factory=list)
    ticks: Ticks = field(default_factory=dict)
    skipped: list[int] = field(default_factory=list)
    outputs: Outputs = field(default_factory=Outputs)
    clashes: dict[int, list[str]] = field(default_factory=dict)

    @property
    def constants(self) -> Pairs:
        """Pairs that all images get."""
        return self.outputs.constants

    @property
    def changing(self) -> list[int]:
        """Places of the images that a write changes, as far as looked up."""
        skipped = set(self.skipped)
        return [at for at in self.changed if at not in skipped]

    @property
    def counts(self) -> Totals:
        """How many pairs change on the images that were compared and are written."""
        skipped = set(self.skipped)
        both = zip(self.changed, self.pairs, strict=True)
        written = [astuple(each) for at, each in both if at not in skipped]
        return Totals(*map(sum, zip(*written, strict=True)))

    @property
    def clashing(self) -> dict[str, int]:
        """On how many of the images that are written a key has another value already."""
        skipped = set(self.skipped)
        written = (keys for at, keys in self.clashes.items() if at not in skipped)
        return dict(Counter(key for keys in written for key in keys))


def save(user_id: int, preview: Preview) -> None:
    """Keep a new preview; of the earlier ones of its selection only the newest stay.

    Raises:
        psycopg2.IntegrityError: its selection was deleted meanwhile.
    """
    request = {
        "settings": asdict(preview.settings),
        "mode": preview.mode,
        "reading": preview.reading,
        "shapes": preview.shapes,
        **asdict(preview.outputs),
    }
    with database.default().transaction() as cursor:
        cursor.execute(
            "insert into omp_previews (id, selection, user_id, request, overrides, columns, "
            "mismatching, changed, looked_up, pairs, ticks, skipped, clashes) "
            "values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
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
                _packed(preview.pairs),
                pack(preview.ticks),
                pack(preview.skipped),
                pack(preview.clashes),
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


def found_changed(
    preview: UUID,
    changed: list[int],
    looked_up: int,
    pairs: list[Totals],
    clashes: dict[int, list[str]],
) -> None:
    """Note how far images were compared with OMERO; what another request found further stays."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "update omp_previews set changed = %s, looked_up = %s, pairs = %s, clashes = %s "
            "where id = %s and looked_up < %s",
            (pack(changed), looked_up, _packed(pairs), pack(clashes), preview, looked_up),
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


def _packed(pairs: list[Totals]) -> bytes:
    return pack([astuple(each) for each in pairs])


def _preview(row: Any) -> Preview:
    request = row["request"]
    # The previous version of the plugin leaves out what each image adds: they are compared again.
    compared = row["pairs"] is not None
    return Preview(
        id=row["id"],
        selection=row["selection"],
        settings=settings_of(request["settings"]),
        mode=request["mode"],
        overrides=_by_image(row["overrides"]),
        columns=row["columns"],
        mismatching=unpack(row["mismatching"]),
        changed=unpack(row["changed"]) if compared else [],
        looked_up=row["looked_up"] if compared else 0,
        pairs=[Totals(*each) for each in unpack(row["pairs"])] if compared else [],
        reading=request.get("reading", "detect"),
        shapes=request.get("shapes", []),
        ticks=_by_image(row["ticks"]),
        skipped=unpack(row["skipped"]) if row["skipped"] is not None else [],
        outputs=_outputs(request),
        clashes=_by_image(row["clashes"]),
    )


def _outputs(request: Any) -> Outputs:
    return Outputs(
        constants=tuple((key, value) for key, value in request.get("constants", ())),
        # What the previous version shows is what it writes: both values.
        doubled=request.get("doubled", "list"),
        also=tuple(request.get("also", ())),
        namespace=request.get("namespace", CLIENT_NAMESPACE),
        tags=tuple(request.get("tags", ())),
        target=request.get("target", "images"),
    )


def _by_image(packed: Any) -> dict[int, Any]:
    return {} if packed is None else {int(image): each for image, each in unpack(packed).items()}
