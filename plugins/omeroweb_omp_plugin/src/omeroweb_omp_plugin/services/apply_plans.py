"""Doing what plans say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from omero_plugin_common.steps import Line, Outcome, Step
from omeroweb_omp_plugin.omero_api.remove import Linked
from omeroweb_omp_plugin.omero_api.write import NewSet, signed_set
from omeroweb_omp_plugin.planning import Plan
from omeroweb_omp_plugin.planning.pairs import visible
from omeroweb_omp_plugin.planning.tags import NewTag
from omeroweb_omp_plugin.services import change_images
from omeroweb_omp_plugin.services.change_images import ImageChange
from omeroweb_omp_plugin.services.tag_images import write_tags
from omeroweb_omp_plugin.store.selections import Holder

_NO_TAGS: Final[Mapping[int, Sequence[NewTag]]] = {}


def apply_plans(
    conn: Any,
    step: Step[Holder],
    plans: Mapping[int, Plan],
    notes: Mapping[int, str],
    files: Sequence[Linked] = (),
    tags: Mapping[int, Sequence[NewTag]] = _NO_TAGS,
) -> list[Line]:
    """Do what plans say.

    Args:
        conn: the user's gateway.
        step: images, wells or plates; writes go to an object's own group.
        plans: by its id.
        notes: what the user should know, likewise; of one without a plan, why it has none.
        files: file annotations that are removed from images whose plan succeeded.
        tags: that images get besides, by image.

    Returns:
        What the report says of each.
    """

    def lines(errors: Mapping[int, str]) -> list[Line]:
        return [
            _line(
                image,
                plans.get(image.id),
                errors.get(image.id, ""),
                notes.get(image.id, ""),
                len(tags.get(image.id, ())),
            )
            for image in step.objects
        ]

    changes = {
        plan.image: ImageChange(_new_sets(plan), plan.remove, tags.get(plan.image, ()))
        for plan in plans.values()
    }
    change_images.begin(step, changes, lines({}))
    written = change_images.write(conn, step, (e for one in changes.values() for e in one.write))
    errors = written.refused
    wanted = (e for image, one in changes.items() if image not in errors for e in one.tags)
    errors = errors | write_tags(conn, step, list(wanted))
    return lines(errors | change_images.take_away(conn, step, changes, errors, files))


def _new_sets(plan: Plan) -> list[NewSet]:
    sets = [signed_set(plan.image, plan.write)] if plan.write else []
    return sets + [
        NewSet(plan.image, each.pairs, each.namespace, each.description) for each in plan.rewritten
    ]


def _line(image: Holder, plan: Plan | None, error: str, note: str, tags: int) -> Line:
    if plan is None or error:
        return Line(image.id, image.name, "error", message=error or note)
    kept = len(plan.refused)
    stay = f"Not removed, because you lack the permission: {kept}" if kept else ""
    outcome: Outcome
    tagged = f"Tags added: {tags}" if tags else ""
    if plan.write or tags:
        outcome = "replaced" if plan.remove else "written"
    else:
        outcome = "removed" if plan.remove else "unchanged"
    return Line(
        image.id,
        image.name,
        outcome,
        added=len(visible(plan.write.pairs)) if plan.write else 0,
        removed=len(plan.remove),
        message=" ".join(filter(None, (note, stay, tagged))),
    )
