"""Giving tags to images, and taking them away.

A tag of the image's group with this text is used again, the user's own first. A new one is made
only where there is none that the user may link; a step holds the lock of its groups, so that no
other job makes the same one meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from omero_plugin_common.steps import Step
from omeroweb_omp_plugin.omero_api.tags import make_tags, tags_named
from omeroweb_omp_plugin.planning.tags import NewTag, usable
from omeroweb_omp_plugin.services import change_images
from omeroweb_omp_plugin.store.selections import Holder


def plan_tags(
    conn: Any, user: int, step: Step[Holder], texts: Mapping[int, Sequence[str]]
) -> dict[int, list[NewTag]]:
    """Which tags images get.

    Args:
        conn: the user's gateway.
        user: id of the user.
        step: the images.
        texts: of tags that they lack, by image.

    Returns:
        By image; images that lack none are left out. One call of OMERO per group and 5000 texts.
    """
    groups = step.groups()
    by_group: dict[int, dict[str, None]] = {}
    for image, some in texts.items():
        by_group.setdefault(groups[image], {}).update(dict.fromkeys(some))
    known: dict[tuple[int, str], int] = {}
    for group, all_texts in by_group.items():
        known |= usable(tags_named(conn, group, list(all_texts)), user)

    def one(image: int, text: str) -> NewTag:
        tag = known.get((groups[image], text), 0)
        return NewTag(image, text, not tag, tag)

    return {image: [one(image, text) for text in some] for image, some in texts.items() if some}


def write_tags(conn: Any, step: Step[Holder], wanted: Iterable[NewTag]) -> dict[int, str]:
    """Give images their tags; each that does not exist is made once for its group.

    Returns:
        What OMERO said of the images that it refused, by id.
    """
    tags, groups = list(wanted), step.groups()
    if not tags:
        return {}
    unmade: dict[int, dict[str, None]] = {}
    for each in tags:
        if each.new:
            unmade.setdefault(groups[each.image], {})[each.text] = None
    made: dict[tuple[int, str], int] = {}
    for group, texts in unmade.items():
        step.progress(0)
        made |= {(group, text): id_ for text, id_ in make_tags(conn, group, list(texts)).items()}
    ready = (
        replace(each, annotation=made[groups[each.image], each.text]) if each.new else each
        for each in tags
    )
    return change_images.write(conn, step, ready).refused
