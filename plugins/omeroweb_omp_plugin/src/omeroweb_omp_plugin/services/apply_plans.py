"""Doing what plans say: new sets are written first, then old ones are removed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from omero_plugin_common.omero_api import hql
from omero_plugin_common.steps import Line, Outcome, Step
from omeroweb_omp_plugin.omero_api.remove import Linked, remove
from omeroweb_omp_plugin.omero_api.write import LINKS, NewSet, signed_set, write_sets
from omeroweb_omp_plugin.planning import Plan
from omeroweb_omp_plugin.planning.pairs import visible
from omeroweb_omp_plugin.store.selections import Image


def apply_plans(
    conn: Any,
    step: Step[Image],
    plans: Mapping[int, Plan],
    notes: Mapping[int, str],
    files: Sequence[Linked] = (),
) -> list[Line]:
    """Do what plans say.

    An image keeps its old sets until its new one is written: whatever happens in between, it has
    at least one of them, and the same plan done again finishes the work.

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

    step.plan(lines({}))
    return lines(_change_omero(conn, step, plans, files))


def _change_omero(
    conn: Any, step: Step[Image], plans: Mapping[int, Plan], files: Sequence[Linked]
) -> dict[int, str]:
    """Write and remove; what went wrong, by image."""
    groups = step.groups()
    errors: dict[int, str] = {}
    by_group: dict[int, list[NewSet]] = {}
    for plan in plans.values():
        if plan.write:
            new = signed_set(plan.image, plan.write)
            by_group.setdefault(groups[plan.image], []).append(new)
    done = 0
    for group, some in by_group.items():
        for part in hql.batches(some, LINKS):
            step.progress(done)
            errors |= write_sets(conn, group, part)
            done += len(part)
    leaving = [
        Linked(plan.image, each.link, each.annotation, each.deletable)
        for plan in plans.values()
        if plan.image not in errors
        for each in plan.remove
    ]
    leaving += [each for each in files if each.image not in errors]
    if leaving:
        step.progress(done)
        errors |= remove(conn, leaving)
    return errors


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
