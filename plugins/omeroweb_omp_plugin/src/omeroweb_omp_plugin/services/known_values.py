"""What OMERO knows of images, as pairs beside those of their names.

It is asked for once for each selection, and stored: what the preview shows is what the job writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from omeroweb_omp_plugin.omero_api.known import known_of
from omeroweb_omp_plugin.planning.known import KEYS, Known
from omeroweb_omp_plugin.planning.pairs import Pairs
from omeroweb_omp_plugin.store import known_values, selections
from omeroweb_omp_plugin.store.selections import Selection


def look_up(conn: Any, user_id: int, selection_id: UUID, wanted: Sequence[Known]) -> None:
    """Ask OMERO for what is not stored yet.

    Args:
        conn: the user's gateway.
        user_id: the user.
        selection_id: the images.
        wanted: what is to be written.

    Raises:
        NotFound: there is no such selection of the user.
    """
    if not wanted:
        return
    selection = selections.load(selection_id, user_id)
    images = [each.id for each in selection.images]
    stored = known_values.kinds(selection_id)
    for kind in wanted:
        if kind not in stored:
            values = known_of(conn, kind, images)
            known_values.save(selection_id, kind, [values.get(image, "") for image in images])


def known_pairs(selection: Selection, wanted: Sequence[Known]) -> dict[int, Pairs]:
    """What is stored, as pairs by id of the image."""
    if not wanted:
        return {}
    texts = known_values.load(selection.id, wanted)
    stored = [(KEYS[kind], texts[kind]) for kind in wanted if kind in texts]
    return {
        image.id: tuple((key, values[at]) for key, values in stored if values[at])
        for at, image in enumerate(selection.images)
    }
