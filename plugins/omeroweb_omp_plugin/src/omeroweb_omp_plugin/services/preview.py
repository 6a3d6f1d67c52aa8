"""The preview: what a write would do, image by image."""

from __future__ import annotations

import itertools
import uuid
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal
from uuid import UUID

from omero_plugin_common import permissions
from omero_plugin_common.errors import BadRequest
from omeroweb_omp_plugin import parsing
from omeroweb_omp_plugin.configuration import LOOKED_UP
from omeroweb_omp_plugin.omero_api.annotations import sets_of
from omeroweb_omp_plugin.omero_api.tags import tags_on
from omeroweb_omp_plugin.parsing import ParsedName, Parser, ParserSettings
from omeroweb_omp_plugin.planning import Existing, Keys, Mode, Plan, plan_image, wanted_pairs
from omeroweb_omp_plugin.planning.arrange import AS_SELECTED, Arrangement, Row, arranged
from omeroweb_omp_plugin.planning.outputs import Outputs
from omeroweb_omp_plugin.planning.pairs import RESERVED, Pairs
from omeroweb_omp_plugin.planning.row import cells
from omeroweb_omp_plugin.planning.tags import ImageTag, missing, texts_of
from omeroweb_omp_plugin.planning.ticks import Ticks, skipped, with_ticks
from omeroweb_omp_plugin.planning.totals import Totals, totals
from omeroweb_omp_plugin.services.known_values import known_pairs
from omeroweb_omp_plugin.services.last_used import LastUsed
from omeroweb_omp_plugin.services.plate_targets import (
    NOWHERE,
    Above,
    Places,
    find_places,
    plan_places,
)
from omeroweb_omp_plugin.services.shapes import Shapes
from omeroweb_omp_plugin.services.site_rules import site_rules
from omeroweb_omp_plugin.store import previews, selections
from omeroweb_omp_plugin.store.hash_keys import site_keys
from omeroweb_omp_plugin.store.previews import Overrides, Preview
from omeroweb_omp_plugin.store.selections import Image, Selection

Filter = Literal["all", "mismatching", "changed", "skipped"]
_ARRANGED: Final = LastUsed[Any, Sequence[int]](16)
_PLACES: Final = LastUsed[UUID, Places](4)
# Images of one call of OMERO while it is searched for those that change.
_LOOK: Final = 5000
_DEFAULT: Final = Outputs()
# An image, what its name says, and the pairs that it is to have.
Wanted = tuple[Image, ParsedName, Pairs]


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


def parser_for(settings: ParserSettings) -> Parser:
    """The parser of a preview.

    Raises:
        BadRequest: the pattern is refused; the message shows where and why.
    """
    _check_keys([*settings.names, *itertools.chain.from_iterable(settings.shape_names)])
    try:
        return parsing.compile_parser(settings, site_rules())
    except parsing.PatternRefused as error:
        raise BadRequest(str(error), code="pattern_refused") from None


def read_again(
    user_id: int,
    selection_id: UUID,
    settings: ParserSettings,
    overrides: Overrides,
    mode: Mode,
    after: UUID | None,
    outputs: Outputs = _DEFAULT,
) -> Preview:
    """A preview that takes over the values and ticks which the user gave in an earlier one.

    Args:
        user_id: the user.
        selection_id: the images.
        settings: how names are read.
        overrides: values that the user gives now; they count more than the earlier ones.
        mode: what happens to the pairs that images have.
        after: the earlier preview, if there is one.
        outputs: what is written beside the values of names.

    Raises:
        NotFound, BadRequest: as `make_preview`; there is no such earlier preview.
    """
    ticks: Ticks = {}
    if after is not None:
        earlier = previews.load(after, user_id)
        if earlier.selection != selection_id:
            earlier = _of_these(earlier, selections.load(selection_id, user_id))
        overrides = carried_over(earlier, selection_id, settings) | overrides
        names = _renamed(earlier, selection_id, settings)
        tags = dict.fromkeys(names.get(key, key) for key in outputs.tags)
        outputs = replace(outputs, tags=tuple(tags))
        ticks = _ticks_carried_over(earlier, settings)
    return make_preview(
        user_id,
        selection_id,
        settings,
        overrides,
        mode,
        ticks=ticks,
        outputs=outputs,
    )


def make_preview(
    user_id: int,
    selection_id: UUID,
    settings: ParserSettings,
    overrides: Overrides,
    mode: Mode,
    reading: parsing.Mode | None = None,
    ticks: Ticks | None = None,
    outputs: Outputs = _DEFAULT,
) -> Preview:
    """Read all names, and keep what came of it.

    Args:
        user_id: the user.
        selection_id: the images.
        settings: how names are read; with `detect` that is found out first.
        overrides: values that the user gave, by image and variable.
        mode: what happens to the pairs that images have.
        reading: the mode that the user asked for, where the settings are what came of it.
        ticks: images that the user decided to write or not.
        outputs: what is written beside the values of names.

    Raises:
        NotFound: no such selection.
        BadRequest: the pattern is refused, or a value is for an image that was not selected.
    """
    selection = selections.load(selection_id, user_id)
    reading = reading or settings.mode
    if settings.mode != "detect":
        # A pattern that is refused is told with its place.
        parser_for(settings)
    settings = parsing.learn(settings, [each.name for each in selection.images], site_rules())
    _check_overrides(overrides, selection)
    _check_keys(key for key, _ in outputs.constants)
    parser = parser_for(settings)
    known = known_pairs(selection, outputs.also)
    columns: dict[str, None] = {}
    mismatching = []
    shapes = Shapes(settings)
    # One name at a time: all of them at once would be a hundred thousand tables.
    for at, (image, each, wanted) in enumerate(
        wanted_of(parser, selection.images, overrides, outputs.constants, known)
    ):
        columns.update(dict.fromkeys([name for name, _ in wanted]))
        shapes.count(each)
        if _complaints(image, each, overrides) or _outside(wanted):
            mismatching.append(at)
    made = Preview(
        id=uuid.uuid4(),
        selection=selection_id,
        settings=settings,
        mode=mode,
        overrides=overrides,
        columns=_columns(columns, overrides),
        mismatching=mismatching,
        changed=[],
        looked_up=0,
        reading=reading,
        outputs=outputs,
        shapes=[asdict(each) for each in shapes.told(parser, settings)],
        ticks=ticks or {},
        skipped=skipped([each.id for each in selection.images], mismatching, ticks or {}),
    )
    previews.save(user_id, made)
    return made


def load(user_id: int, preview: UUID) -> dict[str, Any]:
    """What a user's preview was made from, and what is known of it.

    Raises:
        NotFound: there is none.
    """
    return as_json(previews.load(preview, user_id))


def change_values(
    user_id: int,
    preview_id: UUID,
    values: Mapping[int, Mapping[str, str | None]],
    ticks: Mapping[int, bool] | None = None,
) -> Preview:
    """A new preview with other values for some images; the old one stays as it is.

    Args:
        user_id: the user.
        preview_id: the one to start from.
        values: by image and variable; nothing gives the name's own value back, an empty text
            removes the variable.
        ticks: images that are written, or not, from now on.

    Raises:
        NotFound, BadRequest: as `make_preview`.
    """
    preview = previews.load(preview_id, user_id)
    merged = {image: dict(given) for image, given in preview.overrides.items()}
    for image, given in values.items():
        own = merged.setdefault(image, {})
        for name, value in given.items():
            if value is None:
                own.pop(name, None)
            else:
                own[name] = value
        if not own:
            del merged[image]
    return make_preview(
        user_id,
        preview.selection,
        preview.settings,
        merged,
        preview.mode,
        preview.reading,
        {**preview.ticks, **(ticks or {})},
        preview.outputs,
    )


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


def carried_over(old: Preview, selection: UUID, settings: ParserSettings) -> Overrides:
    """The values that the user gave before names were read in another way.

    A variable that has only got another name takes its values along.
    """
    renamed = _renamed(old, selection, settings)
    return {
        image: {renamed.get(name) or name: value for name, value in given.items()}
        for image, given in old.overrides.items()
    }


def _renamed(old: Preview, selection: UUID, now: ParserSettings) -> dict[str, str]:
    """What keys are called now, by what they were called."""
    before = old.settings
    renamed: dict[str, str] = {}
    if old.selection == selection and _same_way(before, now):
        for was, is_ in zip(_keys_of(before), (now.names, *now.shape_names), strict=False):
            if len(was) == len(is_):
                renamed |= {old: new for old, new in zip(was, is_, strict=True) if old and new}
    return renamed


def _keys_of(settings: ParserSettings) -> list[list[str]]:
    """The keys of each shape, as they are called."""
    given = [settings.names, *settings.shape_names]
    found = [[key.name for key in group.keys if key.name] for group in settings.groups]
    return [
        list(names) or list(keys)
        for names, keys in itertools.zip_longest(given, found, fillvalue=())
    ]


def _same_way(before: ParserSettings, now: ParserSettings) -> bool:
    """Whether names are cut as before, whatever their parts are called."""
    # What is detected in the same images is the same; it was resolved before it was stored.
    detected = now.mode == "detect" and bool(before.groups)
    return detected or (before.mode == now.mode and before.pattern == now.pattern)


def _of_these(preview: Preview, selection: Selection) -> Preview:
    """What a preview of other images says of these: a reload of the page chooses them again."""
    known = {each.id for each in selection.images}
    given = {image: values for image, values in preview.overrides.items() if image in known}
    ticks = {image: ticked for image, ticked in preview.ticks.items() if image in known}
    return replace(preview, overrides=given, ticks=ticks)


def _ticks_carried_over(old: Preview, settings: ParserSettings) -> Ticks:
    """The user's ticks before names were read in another way.

    Images stay left out. Misfits were ticked because of the values that were shown: when names are
    cut in another way, these are others.
    """
    if _same_way(old.settings, settings):
        return old.ticks
    return {image: ticked for image, ticked in old.ticks.items() if not ticked}


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


def wanted_of(
    parser: Parser,
    images: Iterable[Image],
    overrides: Overrides,
    constants: Pairs = (),
    known: Mapping[int, Pairs] | None = None,
) -> Iterator[Wanted]:
    """What each image is to have: the one way from a name to pairs, for preview and jobs."""
    some = list(images)
    # All names at once, which is several times as fast as one by one.
    for image, read in zip(some, parser.parse_all([each.name for each in some]), strict=True):
        own = known.get(image.id, ()) if known else ()
        yield image, read, wanted_pairs(read.pairs, overrides.get(image.id), constants, own)


def pairs_in(preview: Preview, selection: Selection, images: Sequence[Image]) -> Iterator[Wanted]:
    """What images of a preview are to have."""
    known = known_pairs(selection, preview.outputs.also)
    parser = parser_for(preview.settings)
    return wanted_of(parser, images, preview.overrides, preview.constants, known)


def places_of(preview: Preview, selection: Selection) -> Places:
    """The wells or plates that pairs are written to; none when they go to the images."""
    target, skipped = preview.outputs.target, set(preview.skipped)
    if target == "images":
        return NOWHERE
    written = [one for at, one in enumerate(selection.images) if at not in skipped]
    return _PLACES.get(
        preview.id,
        lambda: find_places(
            selection,
            target,
            ((image.id, wanted) for image, _, wanted in pairs_in(preview, selection, written)),
        ),
    )


def _above(
    conn: Any, preview: Preview, selection: Selection, ids: Sequence[int], keys: Keys
) -> Above:
    """What a write does to the wells or plates of some images."""
    where = places_of(preview, selection)
    return plan_places(conn, where, ids, preview.mode, preview.outputs, keys)


def barred_from(access: permissions.Access | None, kind: str = "image") -> str:
    """Why a user may not write to an image, a well or a plate; empty for one that is open."""
    if access is None:
        return f"This {kind.lower()} no longer exists, or you may no longer see it"
    return "" if access.allows("annotate") else f"You may not annotate this {kind.lower()}"


def _complaints(image: Image, read: ParsedName, overrides: Overrides) -> tuple[str, ...]:
    """What does not fit in a name; nothing once the user has looked at it and given values."""
    return () if image.id in overrides else read.warnings


def _outside(wanted: Pairs) -> tuple[str, ...]:
    """Values that the site does not list for their key, in words."""
    if not (listed := site_rules().listed):
        return ()
    lists = dict(listed)
    return tuple(
        f"“{value}” is not one of this site's values for “{key}”."
        for key, value in wanted
        if key in lists and value not in lists[key]
    )


def _columns(read: Iterable[str], overrides: Overrides) -> list[str]:
    names = dict.fromkeys(read)
    for given in overrides.values():
        for name in given:
            names.setdefault(name)
    return list(names)


def check_images(images: Iterable[int], selection: Selection) -> None:
    """Whether all of these are in the selection.

    Raises:
        BadRequest: one is not.
    """
    known = {each.id for each in selection.images}
    if strangers := [image for image in images if image not in known]:
        raise BadRequest(f"Image {strangers[0]} is not in the selection")


def _check_overrides(overrides: Overrides, selection: Selection) -> None:
    check_images(overrides, selection)
    _check_keys(name for given in overrides.values() for name in given)


def _check_keys(keys: Iterable[str]) -> None:
    if taken := RESERVED & set(keys):
        raise BadRequest(f"No key can be called {', '.join(sorted(taken))}")


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
                *_complaints(image, name, preview.overrides),
                *_outside(wanted),
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


def _lists(columns: Iterable[str]) -> dict[str, list[str]]:
    """The values that the site lists for keys."""
    lists = dict(site_rules().listed)
    return {key: list(lists[key]) for key in columns if key in lists}


def as_json(preview: Preview) -> dict[str, Any]:
    """A preview as pages get it."""
    return {
        "preview": str(preview.id),
        "selection": str(preview.selection),
        "settings": asdict(preview.settings),
        "reading": preview.reading,
        "constants": [{"key": key, "value": value} for key, value in preview.constants],
        "shapes": preview.shapes,
        "mode": preview.mode,
        "columns": preview.columns,
        "lists": _lists(preview.columns),
        "mismatching": len(preview.mismatching),
        "edited": len(preview.overrides),
        "skipped": len(preview.skipped),
        "skippedMisfits": len(set(preview.skipped) & set(preview.mismatching)),
        "changed": len(preview.changing),
        "lookedUp": preview.looked_up,
        "counts": asdict(preview.counts),
        "doubled": preview.outputs.doubled,
        "also": list(preview.outputs.also),
        "namespace": preview.outputs.namespace,
        "tags": list(preview.outputs.tags),
        "target": preview.outputs.target,
        "clashes": preview.clashing,
    }
