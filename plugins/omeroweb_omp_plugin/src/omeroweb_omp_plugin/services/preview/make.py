"""Making a preview: all names are read once, and what came of it is stored."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from typing import Final
from uuid import UUID

from omero_plugin_common.errors import BadRequest
from omeroweb_omp_plugin import parsing
from omeroweb_omp_plugin.parsing import ParserSettings
from omeroweb_omp_plugin.planning import Mode
from omeroweb_omp_plugin.planning.outputs import Outputs
from omeroweb_omp_plugin.planning.ticks import Ticks, skipped
from omeroweb_omp_plugin.services.known_values import known_pairs
from omeroweb_omp_plugin.services.preview.carry_over import (
    carried_over,
    new_names,
    of_these,
    ticks_carried_over,
)
from omeroweb_omp_plugin.services.preview.wanted import (
    check_keys,
    complaints,
    outside,
    parser_for,
    wanted_of,
)
from omeroweb_omp_plugin.services.shapes import Shapes
from omeroweb_omp_plugin.services.site_rules import site_rules
from omeroweb_omp_plugin.store import previews, selections
from omeroweb_omp_plugin.store.previews import Overrides, Preview
from omeroweb_omp_plugin.store.selections import Selection

_DEFAULT: Final = Outputs()


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
            earlier = of_these(earlier, selections.load(selection_id, user_id))
        overrides = carried_over(earlier, selection_id, settings) | overrides
        names = new_names(earlier, selection_id, settings)
        tags = dict.fromkeys(names.get(key, key) for key in outputs.tags)
        outputs = replace(outputs, tags=tuple(tags))
        ticks = ticks_carried_over(earlier, settings)
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
    check_keys(key for key, _ in outputs.constants)
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
        if complaints(image, each, overrides) or outside(wanted):
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
    check_keys(name for given in overrides.values() for name in given)


def _columns(read: Iterable[str], overrides: Overrides) -> list[str]:
    names = dict.fromkeys(read)
    for given in overrides.values():
        for name in given:
            names.setdefault(name)
    return list(names)
