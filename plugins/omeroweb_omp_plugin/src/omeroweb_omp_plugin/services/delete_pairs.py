"""Removing sets of pairs from images: the plugin's own, or all.

The plugin's own are removed from wells and plates, too, where all images of these were chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from omero_plugin_common.omero_api.files import Attachment
from omero_plugin_common.steps import Line, RunningJob, Step, run_steps
from omeroweb_omp_plugin.omero_api.annotations import sets_of
from omeroweb_omp_plugin.omero_api.original_metadata import attached_to
from omeroweb_omp_plugin.omero_api.remove import Linked
from omeroweb_omp_plugin.planning import Keys, Plan, plan_deletion
from omeroweb_omp_plugin.planning.acquisition import FILE_KEY
from omeroweb_omp_plugin.planning.plan import Deletion
from omeroweb_omp_plugin.services.apply_plans import apply_plans
from omeroweb_omp_plugin.services.change_images import kind_of
from omeroweb_omp_plugin.services.plate_targets import all_places
from omeroweb_omp_plugin.services.preview import barred_from
from omeroweb_omp_plugin.store.selections import Holder, Selection


def delete_pairs(
    running: RunningJob, conn: Any, selection: Selection, which: Deletion, keys: Keys
) -> dict[str, Any]:
    """Remove sets from all images of a selection, with the files that belong to them.

    Args:
        running: the job.
        conn: the user's gateway.
        selection: the images; no other is touched, also when it shares a set with one of them.
        which: `plugin` or `all`.
        keys: the site's secrets.

    Returns:
        How many images had which outcome.
    """

    def work(step: Step[Holder]) -> list[Line]:
        readable, kind = list(step.access), kind_of(step)
        sets = sets_of(conn, readable, kind)
        files = attached_to(conn, readable) if kind == "Image" else {}
        plans, notes = {}, {}
        for image in step.objects:
            if barred := barred_from(step.access.get(image.id), kind):
                notes[image.id] = barred
            else:
                existing = sets.get(image.id, ())
                plans[image.id] = plan_deletion(image.id, existing, which, keys, kind)
        leaving = [
            each for image, plan in plans.items() for each in files_of(plan, files.get(image, ()))
        ]
        return apply_plans(conn, step, plans, notes, leaving)

    above = all_places(conn, selection) if which == "plugin" else []
    objects: list[Holder] = [*selection.images, *above]
    return run_steps(running, conn, objects, work, kind=None)


def files_of(plan: Plan, files: Sequence[Attachment]) -> list[Linked]:
    """The files that the removed sets name as theirs."""
    named = {
        value
        for each in plan.remove
        for name, value in each.pairs
        if name == FILE_KEY and plan.origins[each.annotation] == "acquisition"
    }
    return [
        Linked(each.target, each.link, each.annotation, each.deletable)
        for each in files
        if each.removable and file_value(each.annotation) in named
    ]


def file_value(annotation: int) -> str:
    """How a set names its file."""
    return f"FileAnnotation:{annotation}"
