"""What was written last: where a new visit to the same images starts.

It is stored at the end of a write, for each container, whoever wrote. The sets on the images would
not do: they have keys and values, but not how the names were read, so that new images of a dataset
would be read in another way than those beside them.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from omero_plugin_common.omero_api import users
from omeroweb_omp_plugin.parsing import Detected, settings_from
from omeroweb_omp_plugin.services.reading import Reading, reading_of
from omeroweb_omp_plugin.store import previews, written
from omeroweb_omp_plugin.store.previews import Preview
from omeroweb_omp_plugin.store.selections import Selection


@dataclass(frozen=True, slots=True)
class LastWritten:
    """Where a visit starts.

    Attributes:
        preview: has the values and ticks that users gave; the first preview comes after it.
        reading: how names are read, as the user asked for it.
        by: login name of who wrote; empty for the user who asks.
        written: when.
        edited: images with values that a user gave.
    """

    preview: UUID
    reading: Reading
    by: str
    written: datetime
    edited: int


def save(user_id: int, selection: Selection, preview: Preview) -> None:
    """Keep what a job has written.

    Args:
        user_id: who wrote.
        selection: the images.
        preview: what was written to them.
    """
    if not selection.containers:
        return
    reading = reading_of(preview).model_dump(mode="json")
    images = [each.id for each in selection.images]
    written.save(
        user_id, selection.containers, reading, images, preview.overrides, preview.ticks
    )  # fmt: skip


def start(
    conn: Any,
    user_id: int,
    selection: UUID,
    containers: Sequence[str],
    images: Sequence[int],
    detected: Detected,
) -> LastWritten | None:
    """Where a visit to some images starts; nothing when none of their containers was written.

    Nothing either when the names are built otherwise now: the keys would get wrong values.

    Args:
        conn: the user's gateway; all of these images may be read.
        user_id: the user.
        selection: the images.
        containers: that they are from.
        images: their ids.
        detected: how their names are built.
    """
    found = written.newest(containers) if containers else None
    if found is None:
        return None
    reading = Reading.model_validate_json(json.dumps(found.reading))
    if reading.mode == "detect":
        now = settings_from(detected)
        if (reading.pattern, len(reading.names)) != (now.pattern, len(now.names)):
            return None
    given, ticks = written.given_to(images)
    made = Preview(
        id=uuid.uuid4(),
        selection=selection,
        settings=reading.settings,
        mode="replace_own",
        overrides=given,
        columns=[],
        mismatching=[],
        changed=[],
        looked_up=0,
        reading=reading.mode,
        ticks=ticks,
    )
    previews.save(user_id, made)
    own = found.user_id == user_id
    names = {} if own else users.login_names(conn, [found.user_id])
    by = "" if own else names.get(found.user_id, "somebody else")
    return LastWritten(made.id, reading, by, found.written, len(given))


def as_json(one: LastWritten | None) -> dict[str, Any] | None:
    """As pages get it."""
    if one is None:
        return None
    return {
        "preview": str(one.preview),
        "settings": one.reading.model_dump(mode="json"),
        "by": one.by,
        "written": one.written.isoformat(),
        "edited": one.edited,
    }
