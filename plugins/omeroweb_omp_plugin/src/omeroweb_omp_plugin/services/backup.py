"""Saving the pairs of images to CSV, and putting them back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from omero_plugin_common.errors import BadRequest
from omero_plugin_common.omero_api import hql
from omero_plugin_common.steps import Line, Outcome, RunningJob, Step, run_steps
from omeroweb_omp_plugin.omero_api.annotations import sets_of
from omeroweb_omp_plugin.omero_api.write import NewSet
from omeroweb_omp_plugin.planning import Existing, Keys, backup
from omeroweb_omp_plugin.services import change_images
from omeroweb_omp_plugin.services.change_images import ImageChange
from omeroweb_omp_plugin.services.preview import barred_from
from omeroweb_omp_plugin.store import selections
from omeroweb_omp_plugin.store.selections import Image


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


def restore(
    running: RunningJob, conn: Any, sets: list[backup.SavedSet], keys: Keys
) -> dict[str, Any]:
    """Give images back the sets of a backup that they have no more.

    They take the place of what the plugin has written since; sets of others stay. What is restored
    belongs to the user who restores it.

    Args:
        running: the job.
        conn: the user's gateway.
        sets: those of the backup.
        keys: the site's secrets.

    Returns:
        How many images had which outcome.
    """
    saved: dict[int, list[backup.SavedSet]] = {}
    for each in sets:
        saved.setdefault(each.image, []).append(each)

    def work(step: Step[Image]) -> list[Line]:
        existing = sets_of(conn, list(step.access))
        lacking: dict[int, list[backup.SavedSet]] = {}
        newer: dict[int, list[Existing]] = {}
        errors: dict[int, str] = {}
        for image in step.objects:
            if barred := barred_from(step.access.get(image.id)):
                errors[image.id] = barred
            else:
                before, now = saved[image.id], existing.get(image.id, ())
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

    return run_steps(running, conn, images_in(sets), work)


def _new(saved: backup.SavedSet) -> NewSet:
    return NewSet(saved.image, saved.pairs, saved.namespace, saved.description)


def _line(
    image: Image, restored: list[backup.SavedSet], removed: int, errors: Mapping[int, str]
) -> Line:
    if image.id in errors:
        return Line(image.id, image.name, "error", message=errors[image.id])
    pairs = sum(len(each.pairs) for each in restored)
    outcome: Outcome = "restored" if restored else "removed" if removed else "unchanged"
    return Line(image.id, image.name, outcome, pairs, removed)
