"""Changing sets and tags of images, wells and plates: stored for undo, then written, then removed.

An object keeps its old sets until its new ones are written: whatever happens in between, it has at
least one of them, and the same changes done again finish the work.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from omero_plugin_common.omero_api import hql
from omero_plugin_common.steps import Change, Line, Step
from omeroweb_omp_plugin.omero_api.remove import Linked, remove
from omeroweb_omp_plugin.omero_api.write import LINKS, NewSet, Written, write_sets
from omeroweb_omp_plugin.planning.existing import Existing, Kind
from omeroweb_omp_plugin.planning.tags import ImageTag, NewTag, stored_removal, stored_tag
from omeroweb_omp_plugin.planning.undo import stored_content, stored_set
from omeroweb_omp_plugin.store.selections import Holder


@dataclass(frozen=True, slots=True)
class ImageChange:
    """What is done to one image, well or plate.

    Attributes:
        write: sets that it gets.
        remove: sets that it has and that are taken from it.
        tags: that it gets.
        untag: tags that it has and that are taken from it.
    """

    write: Sequence[NewSet] = ()
    remove: Sequence[Existing] = ()
    tags: Sequence[NewTag] = ()
    untag: Sequence[ImageTag] = ()


def begin(step: Step[Holder], changes: Mapping[int, ImageChange], lines: list[Line]) -> None:
    """Store what is about to be done.

    Args:
        step: the images.
        changes: by image.
        lines: what the report will say when all goes well.
    """
    step.plan(
        lines,
        [
            Change(
                image,
                [*map(_stored, one.write), *map(_stored, one.tags)],
                [*map(stored_set, one.remove), *map(stored_removal, one.untag)],
            )
            for image, one in changes.items()
            if one.write or one.remove or one.tags or one.untag
        ],
    )


def write(conn: Any, step: Step[Holder], wanted: Iterable[NewSet | NewTag]) -> Written:
    """Give objects new sets, or tags that exist, in each object's own group, and store their ids.

    Returns:
        The links in the order of what was wanted.
    """
    sets, groups = list(wanted), step.groups()
    by_group: dict[int, list[int]] = {}
    for place, each in enumerate(sets):
        by_group.setdefault(groups[each.image], []).append(place)
    links = [0] * len(sets)
    refused: dict[int, str] = {}
    done = 0
    for group, places in by_group.items():
        for part in hql.batches(places, LINKS):
            step.progress(done)
            saved = write_sets(conn, group, [sets[place] for place in part], kind_of(step))
            refused |= saved.refused
            for place, link in zip(part, saved.links, strict=True):
                links[place] = link
            done += len(part)
    added: dict[int, list[tuple[Any, int]]] = {}
    for each, link in zip(sets, links, strict=True):
        added.setdefault(each.image, []).append((_stored(each), link))
    if added:
        step.added(added)
    return Written(links, refused)


def take_away(
    conn: Any,
    step: Step[Holder],
    changes: Mapping[int, ImageChange],
    errors: Mapping[int, str],
    files: Sequence[Linked] = (),
) -> dict[int, str]:
    """Remove what is to be removed, from images without an error so far.

    Returns:
        What OMERO said of the links that it refused, by id of the image.
    """
    leaving = [
        Linked(image, each.link, each.annotation, each.deletable)
        for image, one in changes.items()
        for each in one.remove
    ]
    leaving = [each for each in [*leaving, *files] if each.image not in errors]
    if not leaving:
        return {}
    step.progress(sum(1 for each in changes.values() if each.write))
    return remove(conn, leaving, kind_of(step))


def kind_of(step: Step[Holder]) -> Kind:
    """What the objects of a step are."""
    return step.objects[0].kind


def _stored(one: NewSet | NewTag) -> Any:
    if isinstance(one, NewTag):
        return stored_tag(one)
    return stored_content(one.namespace, one.description, one.pairs)
