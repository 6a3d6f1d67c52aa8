"""What a job did to the sets of an image, as it is stored, and what undoes it.

A set that the job added is known by its link to the image. It is removed if it is still as the job
wrote it; one that somebody has edited since is theirs. A set that the job removed is put back
unless the image has it, or one with the same pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from omero_plugin_common.steps.undo import UNKNOWN, Change
from omeroweb_omp_plugin.planning.existing import Existing
from omeroweb_omp_plugin.planning.pairs import Pairs


@dataclass(frozen=True, slots=True)
class RemovedSet:
    """A set that a job took from an image.

    Attributes:
        annotation: id that it had, or still has on other images.
        namespace: of the annotation; empty for none.
        description: of the annotation; empty for none.
        pairs: names and values in their order.
        owner: id of the user whose it was.
    """

    annotation: int
    namespace: str
    description: str
    pairs: Pairs
    owner: int


@dataclass(frozen=True, slots=True)
class Reversal:
    """What undoes a job on one image.

    Attributes:
        remove: sets that the job added.
        refused: such ones that the user may not remove.
        edited: such ones that somebody has changed since; they stay.
        restore: sets that the job removed, and that the image has no more.
    """

    remove: tuple[Existing, ...] = ()
    refused: tuple[Existing, ...] = ()
    edited: tuple[Existing, ...] = ()
    restore: tuple[RemovedSet, ...] = ()


def stored_content(namespace: str, description: str, pairs: Pairs) -> list[Any]:
    """A set that is added, as `Change.added` has it."""
    return [namespace, description, [list(pair) for pair in pairs]]


def stored_set(one: Existing) -> list[Any]:
    """A set that is removed, as `Change.removed` has it."""
    return [one.annotation, one.owner, *_content(one)]


def reversal(change: Change, sets: Sequence[Existing]) -> Reversal:
    """What undoes a job on an image.

    Args:
        change: what the job did.
        sets: what the image has now.
    """
    added = _added(change, sets)
    edited = tuple(one for one, content in added if _content(one) != content)
    as_written = [one for one, content in added if _content(one) == content]
    remove = tuple(each for each in as_written if each.removable)
    refused = tuple(each for each in as_written if not each.removable)
    leaving = {each.link for each in remove}
    staying = [each for each in sets if each.link not in leaving]
    return Reversal(remove, refused, edited, _lacking(change, staying))


def _added(change: Change, sets: Sequence[Existing]) -> list[tuple[Existing, list[Any]]]:
    """What the job added and is still there, with what it was then."""
    by_link = {each.link: each for each in sets}
    found: list[tuple[Existing, list[Any]]] = []
    # Without an id, because the worker died before it was stored: the newest of the same content.
    free = [e for e in sorted(sets, key=lambda e: -e.link) if e.link not in change.ids]
    for content, link in zip(change.added, change.ids, strict=True):
        if link == UNKNOWN:
            one = next((each for each in free if _content(each) == content), None)
            if one is not None:
                free.remove(one)
        else:
            one = by_link.get(link)
        if one is not None:
            found.append((one, content))
    return found


def _lacking(change: Change, staying: Sequence[Existing]) -> tuple[RemovedSet, ...]:
    ids = {each.annotation for each in staying}
    contents = [_content(each) for each in staying if each.annotation not in _ids(change)]
    lacking = []
    for annotation, owner, namespace, description, pairs in change.removed:
        if annotation in ids:
            continue
        content = [namespace, description, pairs]
        if content in contents:
            contents.remove(content)
            continue
        kept = tuple((name, value) for name, value in pairs)
        lacking.append(RemovedSet(annotation, namespace, description, kept, owner))
    return tuple(lacking)


def _ids(change: Change) -> set[int]:
    return {each[0] for each in change.removed}


def _content(one: Existing) -> list[Any]:
    return stored_content(one.namespace, one.description, one.pairs)
