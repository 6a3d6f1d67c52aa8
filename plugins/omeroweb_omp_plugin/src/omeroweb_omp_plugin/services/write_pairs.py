"""The write: what the preview shows, on every image of the selection."""

from __future__ import annotations

from typing import Any

from omeroweb_omp_plugin.omero_side.annotations import sets_of
from omeroweb_omp_plugin.planning import Keys, plan_image
from omeroweb_omp_plugin.planning.report import Line
from omeroweb_omp_plugin.services.carry_out import carry_out
from omeroweb_omp_plugin.services.preview import barred_from, parser_for, wanted_of
from omeroweb_omp_plugin.services.steps import Running, Step, in_steps
from omeroweb_omp_plugin.store.previews import Preview
from omeroweb_omp_plugin.store.selections import Selection


def write_pairs(
    running: Running, conn: Any, selection: Selection, preview: Preview, keys: Keys
) -> dict[str, Any]:
    """Write the pairs of all images of a selection.

    Args:
        running: the job.
        conn: the user's gateway.
        selection: the images; no other is touched.
        preview: how names are read and what happens to the pairs that are there.
        keys: the site's secrets.

    Returns:
        How many images had which outcome.
    """
    parser = parser_for(preview.settings)

    def step(found: Step) -> list[Line]:
        sets = sets_of(conn, list(found.rights))
        plans, why = {}, {}
        for image, read, wanted in wanted_of(parser, found.images, preview.overrides):
            if barred := barred_from(found.rights.get(image.id)):
                why[image.id] = barred
                continue
            there = sets.get(image.id, ())
            plans[image.id] = plan_image(image.id, wanted, there, preview.mode, keys)
            if not wanted:
                why[image.id] = " ".join(read.warnings) or "The name holds no value"
        return carry_out(conn, found, plans, why)

    return in_steps(running, conn, selection.images, step)
