"""The write: what the preview shows, on every image of the selection, and on wells or plates.

Wells come before their images, so that an image has lost no pair before its well has it. What a
well was not given, for whatever reason, stays on its images.

Tags that an earlier write gave to an image stay: whether somebody relies on them by now is not
known.
"""

from __future__ import annotations

from typing import Any

from omero_plugin_common.steps import Line, RunningJob, Step, run_steps
from omeroweb_omp_plugin.omero_api.annotations import sets_of
from omeroweb_omp_plugin.omero_api.original_metadata import attached_to
from omeroweb_omp_plugin.omero_api.tags import tags_on
from omeroweb_omp_plugin.parsing import ParsedName
from omeroweb_omp_plugin.planning import Keys, plan_image
from omeroweb_omp_plugin.planning.tags import LONGEST, missing, texts_of, too_long
from omeroweb_omp_plugin.planning.targets import plan_place
from omeroweb_omp_plugin.services.apply_plans import apply_plans
from omeroweb_omp_plugin.services.change_images import kind_of
from omeroweb_omp_plugin.services.delete_pairs import files_of
from omeroweb_omp_plugin.services.known_values import known_pairs
from omeroweb_omp_plugin.services.plate_targets import Places, written_places
from omeroweb_omp_plugin.services.preview import barred_from, parser_for, places_of, wanted_of
from omeroweb_omp_plugin.services.tag_images import plan_tags
from omeroweb_omp_plugin.store.previews import Preview
from omeroweb_omp_plugin.store.selections import Holder, Image, Selection


def write_pairs(
    running: RunningJob, conn: Any, selection: Selection, preview: Preview, keys: Keys
) -> dict[str, Any]:
    """Write the pairs of the images of a selection that are ticked; the others keep what they have.

    The files of sets of acquisition metadata that are replaced are removed with them.

    Args:
        running: the job.
        conn: the user's gateway.
        selection: the images; no other is touched.
        preview: how names are read and what happens to the pairs that are there.
        keys: the site's secrets.

    Returns:
        How many images had which outcome, with wells or plates if these are written.
    """
    parser = parser_for(preview.settings)
    keys_of_tags = preview.outputs.tags
    known = known_pairs(selection, preview.outputs.also)
    skipped = {selection.images[at].id for at in preview.skipped}
    where = places_of(preview, selection)

    def work(step: Step[Holder]) -> list[Line]:
        if kind_of(step) != "Image":
            return _write_places(conn, step, where, preview, keys)
        images = [each for each in step.objects if isinstance(each, Image)]
        ids = [each.id for each in images]
        above = written_places(conn, where, ids, preview.mode, preview.outputs)
        sets = sets_of(conn, list(step.access))
        plans, notes = {}, {}
        texts: dict[int, tuple[str, ...]] = {}
        read_all = wanted_of(parser, images, preview.overrides, preview.constants, known)
        for image, read, wanted in read_all:
            if barred := barred_from(step.access.get(image.id)):
                notes[image.id] = barred
                continue
            existing = sets.get(image.id, ())
            kept = image.id in skipped
            left = above.left(image.id, wanted)
            moved = 0 if kept else len(wanted) - len(left)
            notes[image.id] = above.note(image.id, moved)
            plans[image.id] = plan_image(
                image.id,
                () if kept else left,
                existing,
                preview.mode,
                keys,
                **preview.outputs.for_plans,
                elsewhere=moved > 0,
            )
            if kept:
                notes[image.id] = _why_skipped(image, read, preview)
            elif not wanted:
                notes[image.id] = " ".join(read.warnings) or "The name holds no value"
            elif keys_of_tags:
                lasting = plans[image.id].lasting(wanted, above.pairs(image.id))
                texts[image.id] = texts_of(lasting, keys_of_tags)
                if long := too_long(lasting, keys_of_tags):
                    notes[image.id] = f"No tag, because longer than {LONGEST} characters: {long}"
        there = tags_on(conn, list(texts)) if texts else {}
        lacking = {image: missing(each, there.get(image, ())) for image, each in texts.items()}
        tags = plan_tags(conn, running.job.user_id, step, lacking)
        replaced = [image for image, plan in plans.items() if plan.removes("acquisition")]
        files = attached_to(conn, replaced) if replaced else {}
        leaving = [each for image in files for each in files_of(plans[image], files[image])]
        return apply_plans(conn, step, plans, notes, leaving, tags)

    objects: list[Holder] = [*where.objects, *selection.images]
    return run_steps(running, conn, objects, work, kind=None)


def _write_places(
    conn: Any, step: Step[Holder], where: Places, preview: Preview, keys: Keys
) -> list[Line]:
    """Write to the wells or plates of a step what their images have in common."""
    sets = sets_of(conn, list(step.access), where.kind)
    plans, notes = {}, {}
    for each in step.objects:
        barred = barred_from(step.access.get(each.id), where.kind)
        if barred:
            notes[each.id] = f"{barred}: the pairs are on its images"
        plans[each.id] = plan_place(
            each.id,
            None if barred else where.shared.get(each.id),
            sets.get(each.id, ()),
            preview.mode,
            keys,
            where.kind,
            **preview.outputs.for_plans,
        )
    return apply_plans(conn, step, plans, notes)


def _why_skipped(image: Holder, read: ParsedName, preview: Preview) -> str:
    if preview.ticks.get(image.id) is False:
        return "Not ticked: the image was left out by hand"
    return f"Not ticked: {' '.join(read.warnings) or 'the name holds no value'}"
