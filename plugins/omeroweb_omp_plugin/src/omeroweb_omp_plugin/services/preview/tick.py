"""Ticks of a preview: which images are written."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from omeroweb_omp_plugin.planning.arrange import Arrangement
from omeroweb_omp_plugin.planning.ticks import skipped, with_ticks
from omeroweb_omp_plugin.services.preview.make import check_images
from omeroweb_omp_plugin.services.preview.rows import Filter, places
from omeroweb_omp_plugin.store import previews, selections
from omeroweb_omp_plugin.store.previews import Preview
from omeroweb_omp_plugin.store.selections import Selection


def tick_images(user_id: int, preview_id: UUID, wanted: Mapping[int, bool]) -> Preview:
    """A new preview in which some images are written or not; the old one stays as it is.

    Args:
        user_id: the user.
        preview_id: the one to start from.
        wanted: whether an image is written, by id.

    Raises:
        NotFound: there is no such preview of the user.
        BadRequest: an image is not in the selection.
    """
    preview = previews.load(preview_id, user_id)
    return _tick(user_id, preview, selections.load(preview.selection, user_id), wanted)


def tick_shown(
    user_id: int, preview_id: UUID, which: Filter, *, ticked: bool, search: str = ""
) -> Preview:
    """A new preview in which all images that the table shows are written, or none of them.

    Args:
        user_id: the user.
        preview_id: the one to start from.
        which: the filter of the table.
        ticked: whether they are written.
        search: the text that the table is searched for.

    Raises:
        NotFound: there is no such preview of the user.
    """
    preview = previews.load(preview_id, user_id)
    selection = selections.load(preview.selection, user_id)
    shown = places(preview, selection, which, Arrangement(search))
    wanted = {selection.images[at].id: ticked for at in shown}
    return _tick(user_id, preview, selection, wanted)


def _tick(
    user_id: int, preview: Preview, selection: Selection, wanted: Mapping[int, bool]
) -> Preview:
    check_images(wanted, selection)
    misfits = {selection.images[at].id for at in preview.mismatching}
    ticks = with_ticks(preview.ticks, wanted, misfits)
    left_out = skipped([each.id for each in selection.images], preview.mismatching, ticks)
    # No name is read in another way, and what was compared with OMERO stays compared.
    made = replace(preview, id=uuid.uuid4(), ticks=ticks, skipped=left_out)
    if preview.outputs.target != "images":
        # What a well's images have in common depends on which of them are written.
        made = replace(made, changed=[], looked_up=0, pairs=[], clashes={})
    previews.save(user_id, made)
    return made
