"""Changing the values of one key on many images of a preview at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from omero_plugin_common.errors import BadRequest
from omeroweb_omp_plugin.planning.arrange import AS_SELECTED, Arrangement
from omeroweb_omp_plugin.planning.edits import Edit, Row, Values, edited
from omeroweb_omp_plugin.services import preview as previewing
from omeroweb_omp_plugin.services.preview import Filter, change_values, pairs_in
from omeroweb_omp_plugin.store import previews, selections
from omeroweb_omp_plugin.store.previews import Preview

LONGEST_VALUE: Final = 10_000


@dataclass(frozen=True, slots=True)
class Edited:
    """What came of an edit.

    Attributes:
        preview: the new one; the one that was edited when nothing is different.
        images: how many have other values.
    """

    preview: Preview
    images: int


def edit_images(
    user_id: int,
    preview_id: UUID,
    images: Sequence[int],
    key: str,
    edit: Edit,
    arrangement: Arrangement = AS_SELECTED,
) -> Edited:
    """Edit chosen images.

    Args:
        user_id: the user.
        preview_id: the one to start from; it stays as it is.
        images: ids, in any order; the order of the table counts.
        key: whose values are changed.
        edit: what happens to them.
        arrangement: of the table.

    Raises:
        NotFound, BadRequest: as `make_preview`; an image is not in the selection; a value would be
            too long.
    """
    preview = previews.load(preview_id, user_id)
    selection = selections.load(preview.selection, user_id)
    previewing.check_images(images, selection)
    chosen = set(images)
    in_order = previewing.places(preview, selection, "all", replace(arrangement, search=""))
    places = [at for at in in_order if selection.images[at].id in chosen]
    return _edit(user_id, preview, places, key, edit)


def edit_shown(
    user_id: int,
    preview_id: UUID,
    which: Filter,
    key: str,
    edit: Edit,
    arrangement: Arrangement = AS_SELECTED,
) -> Edited:
    """Edit all images that the table shows.

    Images that are skipped stay skipped when they are edited among others: nobody has looked at
    each of them.

    Raises:
        NotFound, BadRequest: as `edit_images`.
    """
    preview = previews.load(preview_id, user_id)
    selection = selections.load(preview.selection, user_id)
    places = previewing.places(preview, selection, which, arrangement)
    skipped = [] if which in ("mismatching", "skipped") else preview.skipped
    return _edit(user_id, preview, places, key, edit, skipped)


def _edit(
    user_id: int,
    preview: Preview,
    places: Sequence[int],
    key: str,
    edit: Edit,
    skipped: Sequence[int] = (),
) -> Edited:
    selection = selections.load(preview.selection, user_id)
    images = [selection.images[at] for at in places]
    read = pairs_in(preview, selection, images)
    rows: list[Row] = [(image.id, dict(wanted)) for image, _, wanted in read]
    values = edited(rows, key, edit)
    _check_length(values)
    if not values:
        return Edited(preview, 0)
    left_out = {selection.images[at].id: False for at in skipped}
    changed = {image: ticked for image, ticked in left_out.items() if image in values}
    made = change_values(user_id, preview.id, values, changed)
    return Edited(made, len(values))


def _check_length(values: Values) -> None:
    if any(len(value) > LONGEST_VALUE for given in values.values() for value in given.values()):
        raise BadRequest(f"A value would have more than {LONGEST_VALUE:,} characters")
