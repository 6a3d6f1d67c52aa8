"""Copying how images were acquired into pairs, so that people can search for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from omero_plugin_common.omero_api.commands import CommandFailed
from omero_plugin_common.omero_api.files import Attachment
from omero_plugin_common.steps import Line, RunningJob, Step, run_steps
from omeroweb_omp_plugin.omero_api import acquisition, original_metadata
from omeroweb_omp_plugin.omero_api.annotations import sets_of
from omeroweb_omp_plugin.omero_api.remove import Linked
from omeroweb_omp_plugin.planning import Existing, Keys, Plan, plan_image
from omeroweb_omp_plugin.planning.acquisition import FILE_KEY, Acquired, pairs_of
from omeroweb_omp_plugin.services.apply_plans import apply_plans
from omeroweb_omp_plugin.services.delete_pairs import file_value
from omeroweb_omp_plugin.services.preview import barred_from
from omeroweb_omp_plugin.store.selections import Holder, Selection

# The original metadata of each image is a command of its own: progress is shown more often.
_STEP: Final = 200


def copy_acquisition(
    running: RunningJob, conn: Any, selection: Selection, keys: Keys, *, original: bool
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

    def work(step: Step[Holder]) -> list[Line]:
        readable = list(step.access)
        sets = sets_of(conn, readable)
        attached = original_metadata.attached_to(conn, readable)
        acquired = acquisition.acquired(conn, readable)
        plans: dict[int, Plan] = {}
        notes: dict[int, str] = {}
        outdated: list[Linked] = []
        whole: dict[int, Acquired] = {}
        # Reading takes long and may be cancelled; from the first file on, the step is done whole.
        for done, image in enumerate(step.objects):
            if barred := barred_from(step.access.get(image.id)):
                notes[image.id] = barred
                continue
            if original:
                step.progress(done)
            whole[image.id], notes[image.id] = _with_original(
                conn, image, acquired[image.id], original=original
            )
        for id_, one in whole.items():
            files, group = attached.get(id_, ()), step.access[id_].group_id
            plans[id_], used = _plan(conn, group, one, sets.get(id_, ()), files, keys)
            outdated += [
                Linked(each.target, each.link, each.annotation, each.deletable)
                for each in files
                if each.annotation != used and each.removable
            ]
        return apply_plans(conn, step, plans, notes, outdated)

    images: Sequence[Holder] = selection.images
    return run_steps(running, conn, images, work, size=_STEP)


def _with_original(
    conn: Any, image: Holder, acquired: Acquired, *, original: bool
) -> tuple[Acquired, str]:
    if not original:
        return acquired, ""
    try:
        return replace(acquired, original=acquisition.original_metadata(conn, image.id)), ""
    except CommandFailed as error:
        return acquired, f"The file's own metadata could not be read: {str(error)[:200]}"


def _plan(
    conn: Any,
    group: int,
    acquired: Acquired,
    sets: Sequence[Existing],
    attached: Sequence[Attachment],
    keys: Keys,
) -> tuple[Plan, int | None]:
    """The plan of an image, and the file that its set names; the file is attached here."""
    pairs, rest = pairs_of(acquired)
    used: int | None = None
    if rest:
        checksum = original_metadata.sha1(rest)
        same = [each.annotation for each in attached if each.sha1 == checksum]
        used = same[0] if same else original_metadata.attach(conn, group, acquired.image, rest)
        pairs = (*pairs, (FILE_KEY, file_value(used)))
    return plan_image(acquired.image, pairs, sets, "replace_own", keys, "acquisition"), used
