"""Saving the pairs of images to CSV, and putting them back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from omero_plugin_common.errors import BadRequest
from omero_plugin_common.omero_api import hql
from omero_plugin_common.steps import Line, Outcome, RunningJob, Step, report_store, run_steps
from omeroweb_omp_plugin.omero_api.annotations import sets_of
from omeroweb_omp_plugin.omero_api.write import NewSet
from omeroweb_omp_plugin.planning import Existing, Keys, backup
from omeroweb_omp_plugin.services import change_images
from omeroweb_omp_plugin.services.change_images import ImageChange
from omeroweb_omp_plugin.services.preview import barred_from
from omeroweb_omp_plugin.store import backups, selections
from omeroweb_omp_plugin.store.selections import Holder, Image, Selection

# The kind of job that stores a backup.
BACKUP: Final = "omp.backup"


def as_csv(conn: Any, user_id: int, selection_id: UUID) -> Iterator[str]:
    """All pairs of a selection's images as lines of CSV, one call of OMERO per 5000 images.

    Raises:
        NotFound: there is no such selection of the user.
    """
    selection = selections.load(selection_id, user_id)
    yield backup.header()
    for some in hql.batches(selection.images):
        sets = sets_of(conn, [each.id for each in some])
        yield from backup.written(((each.id, each.name) for each in some), sets)


def read(text: str) -> list[backup.SavedSet]:
    """The sets of a backup.

    Raises:
        BadRequest: it is none, or it is empty; the message names the line.
    """
    try:
        sets = backup.read(text)
    except backup.NotABackup as error:
        raise BadRequest(str(error), code="not_a_backup") from None
    if not sets:
        raise BadRequest("There is no pair in this backup", code="not_a_backup")
    return sets


def images_in(sets: list[backup.SavedSet]) -> list[Image]:
    """The images of a backup, each once."""
    return [Image(id_, f"Image {id_}", "") for id_ in dict.fromkeys(each.image for each in sets)]


def make(running: RunningJob, conn: Any, selection: Selection) -> dict[str, Any]:
    """Store all pairs of a selection's images, under the id of the job.

    Args:
        running: the job.
        conn: the user's gateway.
        selection: the images.

    Returns:
        How many images had which outcome.
    """

    def work(step: Step[Holder]) -> list[Line]:
        sets = sets_of(conn, list(step.access))
        text = "".join(backup.written(((each.id, each.name) for each in step.objects), sets))
        backups.save(running.job.id, step.start, text)
        return [
            Line(each.id, each.name, "saved")
            if each.id in step.access
            else Line(each.id, each.name, "error", message="You may not see this image")
            for each in step.objects
        ]

    images: Sequence[Holder] = selection.images
    return run_steps(running, conn, images, work, lock=None)


def stored_as_csv(job: UUID) -> Iterator[str]:
    """A stored backup as lines of CSV, some images at a time."""
    yield backup.header()
    yield from backups.texts(job)


def restore_file(
    running: RunningJob, conn: Any, sets: list[backup.SavedSet], keys: Keys
) -> dict[str, Any]:
    """Restore the sets of a file; arguments and result as `restore`."""
    saved = by_image(sets)
    return restore(running, conn, images_in(sets), lambda _step: saved, keys)


def restore_stored(running: RunningJob, conn: Any, job: UUID, keys: Keys) -> dict[str, Any]:
    """Restore what a job has stored; arguments and result as `restore`."""

    def saved(step: Step[Holder]) -> Mapping[int, list[backup.SavedSet]]:
        text = backups.load(job, step.start, len(step.objects))
        return by_image(backup.read(backup.header() + text))

    images = [Image(each.id, each.name, "") for each in report_store.lines(job)]
    return restore(running, conn, images, saved, keys)


def by_image(sets: list[backup.SavedSet]) -> dict[int, list[backup.SavedSet]]:
    """Sets by their image."""
    saved: dict[int, list[backup.SavedSet]] = {}
    for each in sets:
        saved.setdefault(each.image, []).append(each)
    return saved


def restore(
    running: RunningJob,
    conn: Any,
    images: Sequence[Holder],
    saved_of: Callable[[Step[Holder]], Mapping[int, list[backup.SavedSet]]],
    keys: Keys,
) -> dict[str, Any]:
    """Give images back the sets of a backup that they have no more.

    They take the place of what the plugin has written since; sets of others stay. What is restored
    belongs to the user who restores it.

    Args:
        running: the job.
        conn: the user's gateway.
        images: those of the backup.
        saved_of: the sets of the backup, by image, for the images of a step.
        keys: the site's secrets.

    Returns:
        How many images had which outcome.
    """

    def work(step: Step[Holder]) -> list[Line]:
        saved = saved_of(step)
        existing = sets_of(conn, list(step.access))
        lacking: dict[int, list[backup.SavedSet]] = {}
        newer: dict[int, list[Existing]] = {}
        errors: dict[int, str] = {}
        for image in step.objects:
            if barred := barred_from(step.access.get(image.id)):
                errors[image.id] = barred
            else:
                before, now = saved.get(image.id, []), existing.get(image.id, ())
                lacking[image.id] = backup.missing(before, now)
                newer[image.id] = backup.newer(image.id, before, now, keys)

        changes = {
            image: ImageChange([_new(each) for each in some], newer[image])
            for image, some in lacking.items()
        }

        def lines(errors: Mapping[int, str]) -> list[Line]:
            return [
                _line(each, lacking.get(each.id, []), len(newer.get(each.id, ())), errors)
                for each in step.objects
            ]

        change_images.begin(step, changes, lines(errors))
        wanted = (each for one in changes.values() for each in one.write)
        refused = errors | change_images.write(conn, step, wanted).refused
        return lines(refused | change_images.take_away(conn, step, changes, refused))

    return run_steps(running, conn, images, work)


def _new(saved: backup.SavedSet) -> NewSet:
    return NewSet(saved.image, saved.pairs, saved.namespace, saved.description)


def _line(
    image: Holder, restored: list[backup.SavedSet], removed: int, errors: Mapping[int, str]
) -> Line:
    if image.id in errors:
        return Line(image.id, image.name, "error", message=errors[image.id])
    pairs = sum(len(each.pairs) for each in restored)
    outcome: Outcome = "restored" if restored else "removed" if removed else "unchanged"
    return Line(image.id, image.name, outcome, pairs, removed)
