"""What a new preview takes over from an earlier one: values, ticks, renamed keys."""

from __future__ import annotations

import itertools
from dataclasses import replace
from uuid import UUID

from omeroweb_omp_plugin.parsing import ParserSettings
from omeroweb_omp_plugin.planning.ticks import Ticks
from omeroweb_omp_plugin.store.previews import Overrides, Preview
from omeroweb_omp_plugin.store.selections import Selection


def carried_over(old: Preview, selection: UUID, settings: ParserSettings) -> Overrides:
    """The values that the user gave before names were read in another way.

    A variable that has only got another name takes its values along.
    """
    renamed = new_names(old, selection, settings)
    return {
        image: {renamed.get(name) or name: value for name, value in given.items()}
        for image, given in old.overrides.items()
    }


def new_names(old: Preview, selection: UUID, now: ParserSettings) -> dict[str, str]:
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


def of_these(preview: Preview, selection: Selection) -> Preview:
    """What a preview of other images says of these: a reload of the page chooses them again."""
    known = {each.id for each in selection.images}
    given = {image: values for image, values in preview.overrides.items() if image in known}
    ticks = {image: ticked for image, ticked in preview.ticks.items() if image in known}
    return replace(preview, overrides=given, ticks=ticks)


def ticks_carried_over(old: Preview, settings: ParserSettings) -> Ticks:
    """The user's ticks before names were read in another way.

    Images stay left out. Misfits were ticked because of the values that were shown: when names are
    cut in another way, these are others.
    """
    if _same_way(old.settings, settings):
        return old.ticks
    return {image: ticked for image, ticked in old.ticks.items() if not ticked}
