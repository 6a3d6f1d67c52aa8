"""Where OMERO.web shows the images of a job."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from omero_plugin_common.errors import NotFound
from omero_plugin_common.jobs import Job
from omeroweb_omp_plugin.store import previews, selections
from omeroweb_omp_plugin.store.selections import Selection

# OMERO.web looks each of them up before it shows its tree.
_MOST_SHOWN: Final = 50


def shown_by(job: Job) -> str:
    """What OMERO.web is to show: `?show=` of its address, such as `dataset-1|dataset-2`.

    The containers that the user chose; where images were chosen themselves, the first of them.

    Raises:
        NotFound: the job has no images, or they are no longer known.
    """
    parameters = job.parameters
    if "preview" in parameters:
        selection = previews.load(UUID(parameters["preview"]), job.user_id).selection
    elif "selection" in parameters:
        selection = UUID(parameters["selection"])
    else:
        raise NotFound("This job names no images")
    return "|".join(_shown(selections.load(selection, job.user_id)))


def _shown(selection: Selection) -> list[str]:
    if selection.containers:
        pairs = (each.split(":") for each in selection.containers[:_MOST_SHOWN])
        return [f"{kind.lower()}-{id_}" for kind, id_ in pairs]
    return [f"image-{each.id}" for each in selection.images[:_MOST_SHOWN]]
