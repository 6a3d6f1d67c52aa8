"""Doing what plans say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from omero_plugin_common.steps import Line, Outcome, Step
from omeroweb_omp_plugin.omero_api.remove import Linked
from omeroweb_omp_plugin.omero_api.write import NewSet, signed_set
from omeroweb_omp_plugin.planning import Plan
from omeroweb_omp_plugin.planning.pairs import visible
from omeroweb_omp_plugin.services import change_images
from omeroweb_omp_plugin.services.change_images import ImageChange
from omeroweb_omp_plugin.store.selections import Image


def apply_plans(
    conn: Any,
    step: Step[Image],
    plans: Mapping[int, Plan],
    notes: Mapping[int, str],
    files: Sequence[Linked] = (),
) -> list[Line]:
    """Do what plans say.

    Args:
        conn: the user's gateway.
        step: the images; writes go to an image's own group.
        plans: by image.
        notes: what the user should know, by image; of one without a plan, why it has none.
        files: file annotations that are removed from images whose plan succeeded.

    Returns:
        What the report says of each image.
    """

    def lines(errors: Mapping[int, str]) -> list[Line]:
        return [
            _line(image, plans.get(image.id), errors.get(image.id, ""), notes.get(image.id, ""))
            for image in step.objects
        ]

    changes = {plan.image: ImageChange(_new_sets(plan), plan.remove) for plan in plans.values()}
    change_images.begin(step, changes, lines({}))
    written = change_images.write(conn, step, (e for one in changes.values() for e in one.write))
    errors = written.refused
    return lines(errors | change_images.take_away(conn, step, changes, errors, files))


def _new_sets(plan: Plan) -> list[NewSet]:
    sets = [signed_set(plan.image, plan.write)] if plan.write else []
    return sets + [
        NewSet(plan.image, each.pairs, each.namespace, each.description) for each in plan.rewritten
    ]


def _line(image: Image, plan: Plan | None, error: str, note: str) -> Line:
    if plan is None or error:
        return Line(image.id, image.name, "error", message=error or note)
    kept = len(plan.refused)
    stay = f"Not removed, because you lack the permission: {kept}" if kept else ""
    outcome: Outcome
    if plan.write:
        outcome = "replaced" if plan.remove else "written"
    else:
        outcome = "removed" if plan.remove else "unchanged"
    return Line(
        image.id,
        image.name,
        outcome,
        added=len(visible(plan.write.pairs)) if plan.write else 0,
        removed=len(plan.remove),
        message=" ".join(filter(None, (note, stay))),
    )
