"""Taking sets of pairs from images: the plugin's own, or all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from omeroweb_omp_plugin.omero_side.annotations import sets_of
from omeroweb_omp_plugin.omero_side.files import Attached, attached_to
from omeroweb_omp_plugin.omero_side.remove import Linked
from omeroweb_omp_plugin.planning import Keys, Plan, plan_deletion
from omeroweb_omp_plugin.planning.acquisition import FILE_KEY
from omeroweb_omp_plugin.planning.plan import Deletion
from omeroweb_omp_plugin.planning.report import Line
from omeroweb_omp_plugin.services.carry_out import carry_out
from omeroweb_omp_plugin.services.preview import barred_from
from omeroweb_omp_plugin.services.steps import Running, Step, in_steps
from omeroweb_omp_plugin.store.selections import Selection


def delete_pairs(
    running: Running, conn: Any, selection: Selection, which: Deletion, keys: Keys
) -> dict[str, Any]:
    """Take sets from all images of a selection, with the files that belong to them.

    Args:
        running: the job.
        conn: the user's gateway.
        selection: the images; no other is touched, also when it shares a set with one of them.
        which: `plugin` or `all`.
        keys: the site's secrets.

    Returns:
        How many images had which outcome.
    """

    def step(found: Step) -> list[Line]:
        readable = list(found.rights)
        sets, files = sets_of(conn, readable), attached_to(conn, readable)
        plans, why = {}, {}
        for image in found.images:
            if barred := barred_from(found.rights.get(image.id)):
                why[image.id] = barred
            else:
                plans[image.id] = plan_deletion(image.id, sets.get(image.id, ()), which, keys)
        also = [
            each for image, plan in plans.items() for each in files_of(plan, files.get(image, ()))
        ]
        return carry_out(conn, found, plans, why, also)

    return in_steps(running, conn, selection.images, step)


def files_of(plan: Plan, files: Sequence[Attached]) -> list[Linked]:
    """The files that the sets which go name as theirs."""
    named = {
        value
        for each in plan.remove
        for name, value in each.pairs
        if name == FILE_KEY and plan.origins[each.annotation] == "acquisition"
    }
    return [
        Linked(each.image, each.link, each.annotation, each.deletable)
        for each in files
        if each.removable and file_value(each.annotation) in named
    ]


def file_value(annotation: int) -> str:
    """How a set names its file."""
    return f"FileAnnotation:{annotation}"
