"""Leaving out the images that were written before."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from omero_plugin_common.omero_api import hql
from omeroweb_omp_plugin.omero_api.annotations import sets_of
from omeroweb_omp_plugin.planning import origins
from omeroweb_omp_plugin.services.preview import tick_images
from omeroweb_omp_plugin.store import previews, selections
from omeroweb_omp_plugin.store.hash_keys import site_keys
from omeroweb_omp_plugin.store.previews import Preview


def only_new(conn: Any, user_id: int, preview_id: UUID) -> Preview:
    """A new preview without the images that have a set which this plugin read from their names.

    A set that somebody has edited since counts as well: the image was written once.

    Args:
        conn: the user's gateway.
        user_id: the user.
        preview_id: the one to start from; it stays as it is.

    Raises:
        NotFound: there is no such preview of the user.
    """
    keys = site_keys()
    preview = previews.load(preview_id, user_id)
    images = [each.id for each in selections.load(preview.selection, user_id).images]
    written = {
        image: False
        for some in hql.batches(images)
        for image, sets in sets_of(conn, some).items()
        if {"names", "edited"} & set(origins(image, sets, keys).values())
    }
    return tick_images(user_id, preview_id, written)
