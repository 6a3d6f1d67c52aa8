"""Copying how images were acquired into pairs, so that people can search for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from omeroweb_omp_plugin.omero_side import acquisition, ask, files
from omeroweb_omp_plugin.omero_side.annotations import sets_of
from omeroweb_omp_plugin.omero_side.files import Attached
from omeroweb_omp_plugin.omero_side.remove import Linked
from omeroweb_omp_plugin.planning import Existing, Keys, Plan, plan_image
from omeroweb_omp_plugin.planning.acquisition import FILE_KEY, Acquired, pairs_of
from omeroweb_omp_plugin.planning.report import Line
from omeroweb_omp_plugin.services.carry_out import carry_out
from omeroweb_omp_plugin.services.delete_pairs import file_value
from omeroweb_omp_plugin.services.preview import barred_from
from omeroweb_omp_plugin.services.steps import Running, Step, in_steps
from omeroweb_omp_plugin.store.selections import Image, Selection

# The original metadata of each image is a command of its own: progress is shown more often.
_STEP: Final = 200


def copy_acquisition(
    running: Running, conn: Any, selection: Selection, keys: Keys, *, original: bool
) -> dict[str, Any]:
    """Give all images of a selection a set of pairs about their acquisition.

    The set takes the place of the one of an earlier run; when nothing is different, nothing is
    written.

    Args:
        running: the job.
        conn: the user's gateway.
        selection: the images; no other is touched.
        keys: the site's secrets.
        original: whether the images' files are asked for what their own format says; three calls
            of OMERO per image.

    Returns:
        How many images had which outcome.
    """

    def step(found: Step) -> list[Line]:
        readable = list(found.rights)
        sets, attached = sets_of(conn, readable), files.attached_to(conn, readable)
        known = acquisition.acquired(conn, readable)
        plans: dict[int, Plan] = {}
        why: dict[int, str] = {}
        stale: list[Linked] = []
        for done, image in enumerate(found.images):
            if barred := barred_from(found.rights.get(image.id)):
                why[image.id] = barred
                continue
            if original:
                found.tell(done)
            there = attached.get(image.id, ())
            whole, note = _with_original(conn, image, known[image.id], original=original)
            why[image.id] = note
            group = found.rights[image.id].group_id
            plans[image.id], used = _plan(conn, group, whole, sets.get(image.id, ()), there, keys)
            stale += [
                Linked(each.image, each.link, each.annotation, each.deletable)
                for each in there
                if each.annotation != used and each.removable
            ]
        return carry_out(conn, found, plans, why, stale)

    return in_steps(running, conn, selection.images, step, size=_STEP)


def _with_original(
    conn: Any, image: Image, known: Acquired, *, original: bool
) -> tuple[Acquired, str]:
    if not original:
        return known, ""
    try:
        return replace(known, original=acquisition.original_metadata(conn, image.id)), ""
    except ask.CommandFailed as error:
        return known, f"The file's own metadata could not be read: {str(error)[:200]}"


def _plan(
    conn: Any,
    group: int,
    found: Acquired,
    sets: Sequence[Existing],
    attached: Sequence[Attached],
    keys: Keys,
) -> tuple[Plan, int | None]:
    """The plan of an image, and the file that its set names; the file is attached here."""
    pairs, rest = pairs_of(found)
    used: int | None = None
    if rest:
        same = [each for each in attached if each.sha1 == files.sha1(rest)]
        used = same[0].annotation if same else files.attach(conn, group, found.image, rest)
        pairs = (*pairs, (FILE_KEY, file_value(used)))
    return plan_image(found.image, pairs, sets, "replace_own", keys, "acquisition"), used
