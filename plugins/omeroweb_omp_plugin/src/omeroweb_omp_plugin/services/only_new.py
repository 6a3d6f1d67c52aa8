"""Leaving out the images that were written before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from omero_plugin_common.omero_api import hql
from omeroweb_omp_plugin.omero_api.annotations import sets_of
from omeroweb_omp_plugin.planning import origins
from omeroweb_omp_plugin.services.plate_targets import written_places
from omeroweb_omp_plugin.services.preview import pairs_in, places_of, tick_images
from omeroweb_omp_plugin.store import previews, selections
from omeroweb_omp_plugin.store.hash_keys import site_keys
from omeroweb_omp_plugin.store.previews import Preview
from omeroweb_omp_plugin.store.selections import Image, Selection


def only_new(conn: Any, user_id: int, preview_id: UUID) -> Preview:
    """A new preview without the images that have a set which this plugin read from their names.

    A set that somebody has edited since counts as well: the image was written once. So does one
    whose pairs are all on its well or plate.

    Args:
        conn: the user's gateway.
        user_id: the user.
        preview_id: the one to start from; it stays as it is.

    Raises:
        NotFound: there is no such preview of the user.
    """
    keys = site_keys()
    preview = previews.load(preview_id, user_id)
    selection = selections.load(preview.selection, user_id)
    written: dict[int, bool] = {}
    for some in hql.batches(selection.images):
        for image, sets in sets_of(conn, [each.id for each in some]).items():
            if {"names", "edited"} & set(origins(image, sets, keys).values()):
                written[image] = False
        written |= dict.fromkeys(_on_places(conn, preview, selection, some), False)
    return tick_images(user_id, preview_id, written)


def _on_places(
    conn: Any, preview: Preview, selection: Selection, images: Sequence[Image]
) -> Iterator[int]:
    """The images whose wells or plates have all that their names say."""
    where = places_of(preview, selection)
    if not where.of:
        return
    ids = [each.id for each in images]
    above = written_places(conn, where, ids, preview.mode, preview.outputs)
    for image, _, wanted in pairs_in(preview, selection, images):
        if wanted and not above.left(image.id, wanted):
            yield image.id
