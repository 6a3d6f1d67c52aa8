"""The lines of a preview: what a write would do to each image."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal
from uuid import UUID

from omero_plugin_common import permissions
from omeroweb_omp_plugin.configuration import LOOKED_UP
from omeroweb_omp_plugin.omero_api.annotations import sets_of
from omeroweb_omp_plugin.omero_api.tags import tags_on
from omeroweb_omp_plugin.planning import Existing, Keys, Plan, plan_image
from omeroweb_omp_plugin.planning.arrange import AS_SELECTED, Arrangement, Row, arranged
from omeroweb_omp_plugin.planning.pairs import Pairs
from omeroweb_omp_plugin.planning.row import cells
from omeroweb_omp_plugin.planning.tags import ImageTag, missing, texts_of
from omeroweb_omp_plugin.planning.totals import Totals, totals
from omeroweb_omp_plugin.services.known_values import known_pairs
from omeroweb_omp_plugin.services.last_used import LastUsed
from omeroweb_omp_plugin.services.plate_targets import (
    Above,
    plan_places,
)
from omeroweb_omp_plugin.services.preview.wanted import (
    barred_from,
    complaints,
    outside,
    pairs_in,
    places_of,
)
from omeroweb_omp_plugin.store import previews, selections
from omeroweb_omp_plugin.store.hash_keys import site_keys
from omeroweb_omp_plugin.store.previews import Preview
from omeroweb_omp_plugin.store.selections import Image, Selection

Filter = Literal["all", "mismatching", "changed", "skipped"]
_ARRANGED: Final = LastUsed[Any, Sequence[int]](16)
# Images of one call of OMERO while it is searched for those that change.
_LOOK: Final = 5000


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines of the preview.

    Attributes:
        total: lines that the filter lets through, as far as known.
        rows: this page's.
        skipped: lines that the filter lets through and that are not written.
        looked_up: images that were compared with OMERO, when the filter asks for changes.
        images: all images of the selection.
        counts: how many pairs change on the images that were compared.
        clashes: on how many of these a key has another value already, in the mode `add`.
    """

    total: int
    rows: list[dict[str, Any]]
    skipped: int
    looked_up: int
    images: int
    counts: Totals
    clashes: dict[str, int]


def page(
    conn: Any,
    user_id: int,
    preview_id: UUID,
    which: Filter,
    offset: int,
    limit: int,
    arrangement: Arrangement = AS_SELECTED,
) -> Page:
    """Some lines of a user's preview.

    The filter `changed` compares 5000 images with OMERO in one request, from where the last one
    stopped: ask again until `looked_up` is `images`.

    Raises:
        NotFound: there is no such preview of the user.
    """
    preview, keys = previews.load(preview_id, user_id), site_keys()
    selection = selections.load(preview.selection, user_id)
    if which == "changed":
        preview = _look_further(conn, preview, selection, keys)
    shown = places(preview, selection, which, arrangement)
    left_out = set(preview.skipped)
    rows = list(_rows(conn, preview, selection, shown[offset : offset + limit], keys))
    return Page(
        len(shown),
        rows,
        sum(at in left_out for at in shown),
        preview.looked_up,
        len(selection.images),
        preview.counts,
        preview.clashing,
    )


def places(
    preview: Preview,
    selection: Selection,
    which: Filter,
    arrangement: Arrangement = AS_SELECTED,
) -> Sequence[int]:
    """Places of the images that a filter shows, as far as known, in the order of the table."""
    if which == "mismatching":
        found: Sequence[int] = preview.mismatching
    elif which == "changed":
        found = preview.changing
    else:
        found = preview.skipped if which == "skipped" else range(len(selection.images))
    if arrangement == AS_SELECTED:
        return found
    # Every page of the table needs the same order, and reading all names takes a second.
    # A preview stays as it is, but for what is compared with OMERO.
    of = (preview.id, which, arrangement, preview.looked_up)
    # An array takes a fifth of what a list takes.
    return _ARRANGED.get(
        of,
        lambda: array(
            "L", arranged(_arrangeable(preview, selection, found, arrangement), arrangement)
        ),
    )


def _arrangeable(
    preview: Preview, selection: Selection, found: Sequence[int], arrangement: Arrangement
) -> Iterator[Row]:
    images = [selection.images[at] for at in found]
    values: Iterable[Mapping[str, str]]
    if arrangement.by_key:
        read = pairs_in(preview, selection, images)
        values = (dict(wanted) for _, _, wanted in read)
    else:
        # What was read from a name is part of it: a search finds it there.
        common = dict(preview.constants)
        known = known_pairs(selection, preview.outputs.also)
        values = (
            {**dict(known.get(image.id, ())), **common, **preview.overrides.get(image.id, {})}
            for image in images
        )
    misfits, left_out = set(preview.mismatching), set(preview.skipped)
    # What needs a look comes first.
    changing = set(preview.changing)
    for at, image, own in zip(found, images, values, strict=True):
        signs = (
            at in misfits and at in left_out,
            at in left_out,
            at in misfits,
            image.id in preview.overrides,
            at in changing,
            True,
        )
        state = signs.index(True)
        yield Row(at, image.name, own, state)


def _look_further(conn: Any, preview: Preview, selection: Selection, keys: Keys) -> Preview:
    changed, at, pairs = list(preview.changed), preview.looked_up, list(preview.pairs)
    clashes = dict(preview.clashes)
    end = min(at + LOOKED_UP, len(selection.images))
    while at < end:
        some = selection.images[at : min(at + _LOOK, end)]
        ids = [each.id for each in some]
        sets = sets_of(conn, ids)
        tags = _tags_on(conn, preview, ids)
        writable = permissions.permitted(conn, "Image", ids, "annotate")
        read = pairs_in(preview, selection, some)
        above = _above(conn, preview, selection, ids, keys)
        for place, (image, _, wanted) in enumerate(read, start=at):
            plan = _plan(preview, image, wanted, sets.get(image.id, ()), keys, above)
            over = above.plan(image.id)
            # A well's pairs count once, with its first image.
            counting = [plan] if image.id in writable else []
            if over and above.where.first.get(over.image) == image.id:
                counting.append(over)
            if keys_there := dict.fromkeys(key for each in counting for key in each.clashes):
                clashes[place] = list(keys_there)
            new_tags = _new_tags(plan, above, wanted, preview, tags) if image.id in writable else ()
            if any(each.changes for each in counting) or (over and over.changes) or new_tags:
                changed.append(place)
                of_tags = Totals(tags=len(new_tags))
                pairs.append(sum((totals(cells(each)) for each in counting), of_tags))
        at += len(some)
    if at > preview.looked_up:
        previews.found_changed(preview.id, changed, at, pairs, clashes)
    return replace(preview, changed=changed, looked_up=at, pairs=pairs, clashes=clashes)


def _rows(
    conn: Any, preview: Preview, selection: Selection, places: Sequence[int], keys: Keys
) -> Iterator[dict[str, Any]]:
    """Lines of the table. An image that is not written is shown as it would be written."""
    images = [selection.images[at] for at in places]
    left_out = {selection.images[at].id for at in preview.skipped}
    ids = [each.id for each in images]
    sets: Mapping[int, Sequence[Existing]] = sets_of(conn, ids)
    tags = _tags_on(conn, preview, ids)
    access = permissions.access(conn, "Image", ids)
    read = pairs_in(preview, selection, images)
    above = _above(conn, preview, selection, ids, keys)
    for image, name, wanted in read:
        barred = barred_from(access.get(image.id))
        wanted = () if barred else wanted
        plan = _plan(preview, image, wanted, sets.get(image.id, ()), keys, above)
        over = above.plan(image.id)
        plans = [over, plan] if over else [plan]
        new_tags = _new_tags(plan, above, wanted, preview, tags)
        changes = any(each.changes for each in plans) or bool(new_tags)
        yield {
            "id": image.id,
            "name": image.name,
            "place": image.place,
            "written": image.id not in left_out,
            "state": _state(wanted, barred, changes=changes, written=image.id not in left_out),
            "reasons": [
                *filter(None, [barred]),
                *complaints(image, name, preview.overrides),
                *outside(wanted),
                *_reasons(plan),
            ],
            "edited": sorted(preview.overrides.get(image.id, {})),
            "cells": [each.as_json() for each in cells(*plans)],
            "tags": list(new_tags),
            "on": above.on(image.id, wanted),
        }


def _plan(
    preview: Preview,
    image: Image,
    wanted: Pairs,
    sets: Sequence[Existing],
    keys: Keys,
    above: Above,
) -> Plan:
    """What a write does to an image, besides what it does to its well or plate."""
    left = above.left(image.id, wanted)
    return plan_image(
        image.id,
        left,
        sets,
        preview.mode,
        keys,
        **preview.outputs.for_plans,
        elsewhere=len(left) < len(wanted),
    )


def _above(
    conn: Any, preview: Preview, selection: Selection, ids: Sequence[int], keys: Keys
) -> Above:
    """What a write does to the wells or plates of some images."""
    where = places_of(preview, selection)
    return plan_places(conn, where, ids, preview.mode, preview.outputs, keys)


def _tags_on(conn: Any, preview: Preview, images: Sequence[int]) -> dict[int, list[ImageTag]]:
    return tags_on(conn, images) if preview.outputs.tags else {}


def _new_tags(
    plan: Plan,
    above: Above,
    wanted: Pairs,
    preview: Preview,
    there: Mapping[int, Sequence[ImageTag]],
) -> tuple[str, ...]:
    """The tags that a write gives to an image."""
    lasting = plan.lasting(wanted, above.pairs(plan.image))
    texts = texts_of(lasting, preview.outputs.tags)
    return missing(texts, there.get(plan.image, ()))


def _state(wanted: Sequence[object], barred: str, *, changes: bool, written: bool) -> str:
    if barred:
        return "refused"
    if not wanted:
        return "empty"
    if not written:
        return "skipped"
    return "changed" if changes else "same"


def _reasons(plan: Plan) -> list[str]:
    count = len(plan.refused)
    return [f"Kept on this image: {count} set{'s' if count > 1 else ''} of others"] if count else []
