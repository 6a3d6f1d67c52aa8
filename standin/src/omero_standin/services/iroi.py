"""IRoi: regions of interest by image, plane and id, and the values below their shapes."""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

from typing import Any

import omero.api

from omero_standin.binary.pixels import pixels_of
from omero_standin.binary.shapes import area, values_in
from omero_standin.call import Call, plain
from omero_standin.model.objects import Fetch
from omero_standin.model.store import Row
from omero_standin.servants import unlocked
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

    @unlocked
    def getShapeStats(self, call: Call, shape_id: int) -> Any:
        """Statistics of the values below a shape, of all channels."""
        return _statistics(call, shape_id, 0, 0, [])

    @unlocked
    def getShapeStatsList(self, call: Call, ids: Any) -> Any:
        """Statistics of the values below shapes, of all channels."""
        return [_statistics(call, each, 0, 0, []) for each in ids]

    @unlocked
    def getShapeStatsRestricted(self, call: Call, ids: Any, z: int, t: int, numbers: Any) -> Any:
        """Statistics of the values below shapes, of some channels (all when none is named).

        `z` and `t` are for shapes that are on all planes.
        """
        return [_statistics(call, each, z, t, list(numbers or ())) for each in ids]


def _statistics(call: Call, shape_id: int, z: int, t: int, numbers: list[int]) -> Any:
    with call.store.lock:
        shape = readable(call, "Shape", shape_id)
        image = call.store.get(*call.store.get(*shape.values["roi"]).values["image"])
        row = call.store.referring("Pixels", "image", image.ref)[0]
        pixels = pixels_of(call.store, call.kernel.data, row, call.kernel.config)
    made = omero.api.ShapeStats(shape_id, [], [], [], [], [], [], [])
    found = area(shape, pixels)
    own_z, own_t = shape.values.get("theZ"), shape.values.get("theT")
    for number in numbers or range(pixels.size_c):
        if found is None:
            continue
        at = (z if own_z is None else own_z), number, (t if own_t is None else own_t)
        values = values_in(found, pixels, *at)
        made.channelIds.append(number)
        made.pointsCount.append(values.size)
        made.min.append(float(values.min()))
        made.max.append(float(values.max()))
        made.sum.append(float(values.sum()))
        made.mean.append(float(values.mean()))
        made.stdDev.append(float(values.std(ddof=1)) if values.size > 1 else 0.0)
    return made


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
