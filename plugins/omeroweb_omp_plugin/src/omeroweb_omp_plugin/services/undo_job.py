"""Undoing a job: what it added goes, what it removed comes back.

- It works on the images, wells and plates of the first job, in the same order, and reads what that
  job stored of them (`omero_plugin_common.steps.undo`).
- A set that the job wrote is removed unless somebody has edited it: then it stays, and the report
  says so.
- A set that the job removed is put back unless the image has it. One that other images still have
  is linked again; one that several images shared is shared again.
- Sets of others are given back to them in groups that the user owns. Elsewhere OMERO lets nobody
  write in another's name: the sets belong to who undoes, and the report says so.
- Tags that the job gave to images are taken away, and those that it made are deleted where nothing
  else has them. Tags that it took away are given again.
- Files with original metadata that the job deleted do not come back: they can be copied again.
- It writes, removes, stores and reports as the others do, so it can be undone itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from omero_plugin_common.omero_api.files import Attachment
from omero_plugin_common.steps import (
    Line,
    Outcome,
    RunningJob,
    Step,
    report_store,
    run_steps,
    undo_store,
)
from omero_plugin_common.steps.undo import REFUSED, Change
from omeroweb_omp_plugin.omero_api import owners
from omeroweb_omp_plugin.omero_api.annotations import annotations_of, sets_of, still_there
from omeroweb_omp_plugin.omero_api.original_metadata import attached_to
from omeroweb_omp_plugin.omero_api.remove import Linked
from omeroweb_omp_plugin.omero_api.tags import tags_on, take_tags
from omeroweb_omp_plugin.omero_api.write import NewSet
from omeroweb_omp_plugin.planning.acquisition import FILE_KEY
from omeroweb_omp_plugin.planning.existing import Kind
from omeroweb_omp_plugin.planning.pairs import visible
from omeroweb_omp_plugin.planning.tags import TagReversal, made_tags, split, tag_reversal
from omeroweb_omp_plugin.planning.undo import RemovedSet, Reversal, reversal
from omeroweb_omp_plugin.services import change_images
from omeroweb_omp_plugin.services.change_images import ImageChange, kind_of
from omeroweb_omp_plugin.services.delete_pairs import file_value
from omeroweb_omp_plugin.services.preview import barred_from
from omeroweb_omp_plugin.services.tag_images import plan_tags, write_tags
from omeroweb_omp_plugin.store.selections import Holder, Image, OnPlate


@dataclass(frozen=True, slots=True)
class _PutBack:
    """A set that an image has again: the link, and the annotation if that is new."""

    image: int
    owner: int
    link: int
    annotation: int | None


def undo_job(running: RunningJob, conn: Any, job: UUID) -> dict[str, Any]:
    """Undo a job of the same user.

    Args:
        running: the job that undoes.
        conn: the user's gateway.
        job: id of the job that is undone.

    Returns:
        How many images had which outcome.
    """
    user, led = running.job.user_id, owners.led_groups(conn)
    made: set[str] | None = None
    # Where sets are that are on other images, by the ids that they had when they were removed.
    places: dict[int, int] = {}

    def work(step: Step[Holder]) -> list[Line]:
        nonlocal made
        stored = undo_store.load(job, step.start, len(step.objects))
        readable, kind = list(step.access), kind_of(step)
        parts = {image: split(each) for image, each in stored.items()}
        # Only images have tags of the plugin's.
        tagged = [image for image in readable if image in parts and _changes(parts[image][1])]
        tags = tags_on(conn, tagged) if tagged else {}
        made = _made(job) if tagged and made is None else made
        sets = sets_of(conn, readable, kind)
        files = attached_to(conn, readable if kind == "Image" else [])
        reversals: dict[int, Reversal] = {}
        untag: dict[int, TagReversal] = {}
        notes: dict[int, list[str]] = {}
        for image in step.objects:
            if barred := barred_from(step.access.get(image.id), kind):
                notes[image.id] = [barred]
                continue
            empty = Change(image.id)
            change, of_tags = parts.get(image.id, (empty, empty))
            reversals[image.id] = one = reversal(change, sets.get(image.id, ()))
            untag[image.id] = both = tag_reversal(of_tags, tags.get(image.id, ()))
            notes[image.id] = list(_notes(one, both))
        new_tags = plan_tags(conn, user, step, {i: each.restore for i, each in untag.items()})
        changes = {
            image: ImageChange(
                [_new(image, each) for each in one.restore],
                one.remove,
                new_tags.get(image, ()),
                untag[image].remove,
            )
            for image, one in reversals.items()
        }

        def lines(errors: Mapping[int, str]) -> list[Line]:
            return [
                _line(
                    each,
                    reversals.get(each.id),
                    untag.get(each.id),
                    errors.get(each.id, ""),
                    notes[each.id],
                )
                for each in step.objects
            ]

        change_images.begin(step, changes, lines({}))
        put_back, errors = _put_back(conn, step, reversals, places)
        for id_, count in _give_back(conn, step, put_back, user, led).items():
            notes[id_].append(f"Yours now, because you may not write for its owner: {count}")
        going = [
            each for image, one in reversals.items() for each in _files(one, files.get(image, ()))
        ]
        wanted = (e for image, some in new_tags.items() if image not in errors for e in some)
        errors = errors | write_tags(conn, step, wanted)
        errors = errors | change_images.take_away(conn, step, changes, errors, going)
        leaving = [e for image, one in untag.items() if image not in errors for e in one.remove]
        kept, why = take_tags(conn, leaving, [e for e in leaving if e.text in (made or ())])
        if why:
            running.log(f"Tags that nothing has any more could not be deleted: {why}", "warning")
        return lines(errors | kept)

    objects = [_object(each) for each in report_store.lines(job)]
    return run_steps(running, conn, objects, work, kind=None)


def _made(job: UUID) -> set[str]:
    """The tags that a job made: one that was made in one step was used again in others."""
    return {text for each in undo_store.all_of(job) for text in made_tags(each)}


def _object(line: Line) -> Holder:
    """What a line of a report is of."""
    if line.kind == "Image":
        return Image(line.id, line.name, "")
    return OnPlate(line.id, line.name, cast(Kind, line.kind))


def _put_back(
    conn: Any, step: Step[Holder], reversals: Mapping[int, Reversal], places: dict[int, int]
) -> tuple[list[_PutBack], dict[int, str]]:
    """Give images their sets again: first those that are nowhere, then all others by a link."""
    wanted = [(image, each) for image, one in reversals.items() for each in one.restore]
    removed = sorted({each.annotation for _, each in wanted})
    places.update((id_, id_) for id_ in still_there(conn, removed))
    new: list[tuple[int, RemovedSet]] = []
    linked: list[tuple[int, RemovedSet]] = []
    seen = set(places)
    for image, each in wanted:
        (linked if each.annotation in seen else new).append((image, each))
        seen.add(each.annotation)
    written = change_images.write(conn, step, (_new(*each) for each in new))
    annotations = annotations_of(
        conn, [link for link in written.links if link != REFUSED], kind_of(step)
    )
    done = [
        _PutBack(image, each.owner, link, annotations.get(link))
        for (image, each), link in zip(new, written.links, strict=True)
    ]
    for (_, each), one in zip(new, done, strict=True):
        if one.annotation is not None:
            places[each.annotation] = one.annotation
    more = change_images.write(
        conn, step, (_new(image, each, places.get(each.annotation, 0)) for image, each in linked)
    )
    done += [
        _PutBack(image, each.owner, link, None)
        for (image, each), link in zip(linked, more.links, strict=True)
    ]
    return [each for each in done if each.link != REFUSED], written.refused | more.refused


def _give_back(
    conn: Any, step: Step[Holder], put_back: Iterable[_PutBack], user: int, led: frozenset[int]
) -> dict[int, int]:
    """Give sets to those who had them; how many of each image are the user's instead."""
    groups = step.groups()
    by_owner: dict[int, list[_PutBack]] = {}
    kept: list[_PutBack] = []
    for each in put_back:
        if each.owner == user:
            continue
        if groups[each.image] in led:
            by_owner.setdefault(each.owner, []).append(each)
        elif each.annotation is not None:
            kept.append(each)
    for owner, some in by_owner.items():
        annotations = [each.annotation for each in some if each.annotation is not None]
        if not owners.give(conn, owner, annotations, [each.link for each in some], kind_of(step)):
            kept += some
    return Counter(each.image for each in kept)


def _new(image: int, one: RemovedSet, annotation: int = 0) -> NewSet:
    return NewSet(image, one.pairs, one.namespace, one.description, annotation)


def _files(one: Reversal, files: Sequence[Attachment]) -> list[Linked]:
    """The files that belong to the sets that go."""
    named = {value for each in one.remove for name, value in each.pairs if name == FILE_KEY}
    return [
        Linked(each.target, each.link, each.annotation, each.deletable)
        for each in files
        if each.removable and file_value(each.annotation) in named
    ]


def _changes(change: Change) -> bool:
    return bool(change.added or change.removed)


def _notes(one: Reversal, tags: TagReversal) -> Iterator[str]:
    if edited := len(one.edited) + len(tags.edited):
        yield f"Kept, because somebody has edited it since: {edited}"
    if refused := len(one.refused) + len(tags.refused):
        yield f"Not removed, because you lack the permission: {refused}"
    if tags.remove:
        yield f"Tags removed: {len(tags.remove)}"
    if tags.restore:
        yield f"Tags added: {len(tags.restore)}"
    if any(name == FILE_KEY for each in one.restore for name, _ in each.pairs):
        yield "The file with the original metadata does not come back: copy the metadata again"


def _line(
    image: Holder,
    one: Reversal | None,
    tags: TagReversal | None,
    error: str,
    notes: Sequence[str],
) -> Line:
    message = error or " ".join(notes)
    if one is None or tags is None or error:
        return Line(image.id, image.name, "error", message=message)
    outcome: Outcome = "unchanged"
    if one.restore or tags.restore:
        outcome = "restored"
    elif one.remove or tags.remove:
        outcome = "removed"
    added = sum(len(visible(each.pairs)) for each in one.restore)
    return Line(image.id, image.name, outcome, added, len(one.remove), message)
