"""IRoi: regions of interest by image, plane and id."""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

from typing import Any

import omero.api

from omero_standin.call import Call, plain
from omero_standin.model.objects import Fetch
from omero_standin.model.store import Row
from omero_standin.services.access import readable

_FETCH: Fetch = {"shapes": {}, "details": {"owner": {}, "group": {}, "creationEvent": {}}}


class RoiService:
    """Reading ROIs with their shapes."""

    def findByRoi(self, call: Call, roi_id: int, options: Any) -> Any:
        """One ROI."""
        return _result(call, [readable(call, "Roi", roi_id)], options)

    def findByImage(self, call: Call, image_id: int, options: Any) -> Any:
        """The ROIs of an image."""
        return _result(call, _of_image(call, image_id), options)

    def findByPlane(self, call: Call, image_id: int, z: int, t: int, options: Any) -> Any:
        """The ROIs of an image with a shape on a plane; a shape without a plane is on all."""

        def on_plane(roi: Row) -> bool:
            shapes = call.store.referring("Shape", "roi", roi.ref)
            return any(
                shape.values.get("theZ") in (None, z) and shape.values.get("theT") in (None, t)
                for shape in shapes
            )

        return _result(call, [roi for roi in _of_image(call, image_id) if on_plane(roi)], options)


def _of_image(call: Call, image_id: int) -> list[Row]:
    image = readable(call, "Image", image_id)
    return [row for row in call.store.referring("Roi", "image", image.ref) if call.sees(row)]


def _result(call: Call, rois: list[Row], options: Any) -> Any:
    made = omero.api.RoiResult()
    made.opts = options
    if options is not None:
        user, group = plain(options.userId), plain(options.groupId)
        rois = [
            roi
            for roi in rois
            if (user is None or roi.owner == user) and (group is None or roi.group == group)
        ]
        start, limit = plain(options.offset) or 0, plain(options.limit)
        rois = rois[start:] if limit is None else rois[start : start + limit]
    made.rois = call.marshaller().objects(rois, _FETCH)
    return made
