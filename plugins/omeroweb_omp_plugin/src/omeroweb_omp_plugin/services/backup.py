"""Saving the pairs of images to CSV, and putting them back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from omero_plugin_common.errors import BadRequest
from omeroweb_omp_plugin.omero_side import ask
from omeroweb_omp_plugin.omero_side.annotations import sets_of
from omeroweb_omp_plugin.omero_side.write import NewSet, write_sets
from omeroweb_omp_plugin.planning import backup
from omeroweb_omp_plugin.planning.report import Line
from omeroweb_omp_plugin.services.preview import barred_from
from omeroweb_omp_plugin.services.steps import Running, Step, in_steps
from omeroweb_omp_plugin.store.selections import Image, Selection


def as_csv(conn: Any, selection: Selection) -> Iterator[str]:
    """All pairs of a selection's images, one call of OMERO per 5000 images."""
    yield backup.header()
    for some in ask.batches(selection.images):
        sets = sets_of(conn, [each.id for each in some])
        yield from backup.written(((each.id, each.name) for each in some), sets)


def read(text: str) -> list[backup.SavedSet]:
    """The sets of a backup.

    Raises:
        BadRequest: it is none, or it is empty; the message names the line.
    """
    try:
        found = backup.read(text)
    except backup.NotABackup as error:
        raise BadRequest(str(error), code="not_a_backup") from None
    if not found:
        raise BadRequest("There is no pair in this backup", code="not_a_backup")
    return found


def images_in(found: list[backup.SavedSet]) -> list[Image]:
    """The images of a backup, each once."""
    return [Image(id_, f"Image {id_}", "") for id_ in dict.fromkeys(each.image for each in found)]


def restore(running: Running, conn: Any, found: list[backup.SavedSet]) -> dict[str, Any]:
    """Give images back the sets of a backup that they have no more.

    Sets that are there stay. What is restored belongs to the user who restores it.

    Args:
        running: the job.
        conn: the user's gateway.
        found: the sets of the backup.

    Returns:
        How many images had which outcome.
    """
    saved: dict[int, list[backup.SavedSet]] = {}
    for each in found:
        saved.setdefault(each.image, []).append(each)

    def step(part: Step) -> list[Line]:
        sets = sets_of(conn, list(part.rights))
        lacking: dict[int, list[backup.SavedSet]] = {}
        why: dict[int, str] = {}
        for image in part.images:
            if barred := barred_from(part.rights.get(image.id)):
                why[image.id] = barred
            else:
                lacking[image.id] = backup.missing(saved[image.id], sets.get(image.id, ()))

        def lines() -> list[Line]:
            return [
                _line(each, lacking.get(each.id, []), why.get(each.id, "")) for each in part.images
            ]

        part.plan(lines())
        by_group: dict[int, list[backup.SavedSet]] = {}
        for id_, some in lacking.items():
            by_group.setdefault(part.rights[id_].group_id, []).extend(some)
        for group, some in by_group.items():
            part.tell(0)
            wanted = [
                NewSet(each.image, each.pairs, each.namespace, each.description) for each in some
            ]
            why |= write_sets(conn, group, wanted)
        return lines()

    return in_steps(running, conn, images_in(found), step)


def _line(image: Image, restored: list[backup.SavedSet], error: str) -> Line:
    if error:
        return Line(image.id, image.name, "error", message=error)
    pairs = sum(len(each.pairs) for each in restored)
    return Line(image.id, image.name, "restored" if restored else "unchanged", pairs=pairs)
