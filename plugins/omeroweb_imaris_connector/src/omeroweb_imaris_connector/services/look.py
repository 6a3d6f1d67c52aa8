"""What would be exported, before anything is started."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import omero_ims
from omero_plugin_common.errors import BadRequest, Conflict, NotFound
from omeroweb_imaris_connector import configuration
from omeroweb_imaris_connector.omero_api import images as omero_images
from omeroweb_imaris_connector.planning import description, sizes
from omeroweb_imaris_connector.planning.image import Image

# Images of one request.
MOST: Final = 1000
_NAMED: Final = 5


def chosen(conn: Any, ids: Sequence[int], dataset: int | None) -> list[Image]:
    """The images of a request, in its order.

    Args:
        conn: the user's gateway.
        ids: of images; repeated ones count once.
        dataset: all images of this one, too.

    Raises:
        BadRequest: none, or more than 1000.
        NotFound: one does not exist, or the user may not read it.
    """
    wanted = list(dict.fromkeys(ids))
    if dataset is not None:
        within = omero_images.in_dataset(conn, dataset, MOST + 1)
        if within is None:
            raise NotFound(f"There is no Dataset {dataset} that you may see")
        if not within and not wanted:
            raise BadRequest(f"Dataset {dataset} has no images", code="no_images")
        wanted = list(dict.fromkeys([*wanted, *within]))
    if not wanted:
        raise BadRequest("Name an image or a dataset", code="no_images")
    if len(wanted) > MOST:
        raise BadRequest(
            f"At most {MOST} images can be exported at once: choose fewer", code="too_many_images"
        )
    found = omero_images.read(conn, wanted)
    if missing := [str(each) for each in wanted if each not in found]:
        more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
        raise NotFound(f"There is no Image {', '.join(missing[:_NAMED])}{more} that you may see")
    return [found[each] for each in wanted]


def problem_of(image: Image) -> str:
    """Why an image cannot be exported here; empty if it can."""
    if problem := description.problem_of(image):
        return problem
    largest = configuration.largest_image()
    if image.pixel_bytes > largest:
        return (
            f"It has {sizes.words(image.pixel_bytes)} of pixels, and this site exports images of "
            f"at most {sizes.words(largest)}"
        )
    return ""


def need_possible(image: Image) -> None:
    """Refuse an image that cannot be exported here.

    Raises:
        Conflict: with the reason.
    """
    if problem := problem_of(image):
        raise Conflict(
            f"Image {image.id} ({image.name}) cannot be exported: {problem}", code="not_possible"
        )


def estimate(image: Image) -> int:
    """Bytes that an image's file has at most."""
    return omero_ims.estimated_bytes(description.described(image))


def as_json(image: Image) -> dict[str, Any]:
    """What would be exported."""
    problem = problem_of(image)
    possible = not description.problem_of(image)
    x, y, z, c, t = image.sizes
    return {
        "id": image.id,
        "name": image.name,
        "size_x": x,
        "size_y": y,
        "size_z": z,
        "size_c": c,
        "size_t": t,
        "pixel_type": image.pixel_type,
        "conversion": omero_ims.conversion_of(image.pixel_type) if possible else "",
        "voxel_um": description.voxel_um(image),
        "bytes_estimate": estimate(image) if possible else image.pixel_bytes,
        "problem": problem,
    }
