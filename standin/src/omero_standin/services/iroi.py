"""IRoi: regions of interest by image, plane and id, and the values below their shapes."""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import omero.api

from omero_standin import refuse
from omero_standin.binary.pixels import Pixels, pixels_of
from omero_standin.binary.shapes import covered, values_in
from omero_standin.call import Call, plain
from omero_standin.model.loaded import Fetch, Loaded
from omero_standin.model.store import Ref, Row
from omero_standin.servants import unlocked

_FETCH: Fetch = {"details": {"owner": {}, "group": {}, "creationEvent": {}}}
# The `min` of no points at all, and what a client cannot have measured: Java's largest double.
_NO_POINTS: Final = 1.7976931348623157e308


class RoiService:
    """Reading ROIs with their shapes and the folders they are in.

    As in the real server a ROI without shapes is not found.
    """

    def findByRoi(self, call: Call, roi_id: int, options: Any) -> Any:
        """One ROI, or none."""
        row = call.store.find("Roi", roi_id)
        return _result(call, [] if row is None else [row], options)

    def findByImage(self, call: Call, image_id: int, options: Any) -> Any:
        """The ROIs of an image; none when there is no image."""
        return _result(call, _of_image(call, image_id), options)

    def findByPlane(self, call: Call, image_id: int, z: int, t: int, options: Any) -> Any:
        """The ROIs of an image with their shapes on a plane.

        A shape without a plane is on all.
        """

        def on_plane(shape: Row) -> bool:
            return shape.values.get("theZ") in (None, z) and shape.values.get("theT") in (None, t)

        return _result(call, _of_image(call, image_id), options, on_plane)

    @unlocked
    def getShapeStats(self, call: Call, shape_id: int) -> Any:
        """Statistics of the values below a shape, on all its planes and of all channels."""
        return _statistics(call, shape_id)

    @unlocked
    def getShapeStatsList(self, call: Call, ids: Any) -> Any:
        """Statistics of the values below shapes, on all their planes and of all channels."""
        return [_statistics(call, each) for each in ids]

    @unlocked
    def getShapeStatsRestricted(self, call: Call, ids: Any, z: int, t: int, numbers: Any) -> Any:
        """Statistics of the values below shapes of one image, of some channels by their number.

        `z` and `t` are for shapes that are on all planes.
        """
        if not ids:
            raise refuse.usage("Provide a non empty list of shape ids.")
        if not numbers:
            raise refuse.usage("Provide a non empty array of channels.")
        opened = [_open(call, each) for each in ids]
        if len({pixels.id for _shape, pixels, _channels in opened}) > 1:
            raise refuse.usage("All shapes have to be from the same image")
        pixels = opened[0][1]
        if not (0 <= z < pixels.size_z and 0 <= t < pixels.size_t):
            raise refuse.usage("Fallback value(s) for unattached z/t shapes are out of bounds")
        if pixels.is_big:
            raise refuse.usage("This method cannot handle tiled images yet.")
        if not all(0 <= each < pixels.size_c for each in numbers):
            raise refuse.usage("Given channel(s) out of bounds.")
        found = []
        for shape, _pixels, _channels in opened:
            planes = [(_own(shape, "theZ", z), _own(shape, "theT", t))]
            channels = {each: each for each in sorted(set(numbers))}
            found.append(_measured(shape, pixels, channels, planes))
        return found


def _own(shape: Row, name: str, other: int) -> int:
    """The plane that a shape is on, else another one."""
    held = shape.values.get(name)
    return other if held is None else int(held)


def _open(call: Call, shape_id: int) -> tuple[Row, Pixels, list[int]]:
    """A shape, the pixels below it and the ids of their LogicalChannels."""
    with call.store.lock:
        shape = call.store.find("Shape", shape_id)
        if shape is None or not call.sees(shape):
            raise refuse.usage(f"Given shape id(s) invalid: {shape_id}")
        image = call.store.get(*call.store.get(*shape.values["roi"]).values["image"])
        row = call.store.referring("Pixels", "image", image.ref)[0]
        channels = [
            each.values["logicalChannel"].id
            for each in call.store.referring("Channel", "pixels", row.ref)
        ]
        return (
            shape,
            pixels_of(call.store, call.kernel.data, row, call.kernel.config),
            channels,
        )


def _statistics(call: Call, shape_id: int) -> Any:
    """Statistics by LogicalChannel; a shape that is on all planes counts on each of them."""
    shape, pixels, logical = _open(call, shape_id)
    held_z, held_t, held_c = (shape.values.get(each) for each in ("theZ", "theT", "theC"))
    planes = [
        (z, t)
        for z in (range(pixels.size_z) if held_z is None else [held_z])
        for t in (range(pixels.size_t) if held_t is None else [held_t])
    ]
    channels = dict(enumerate(logical))
    if held_c is not None:
        # `GeomTool.getStats` of omero-blitz says this channel and reads the values of the first.
        channels = {0: channels[held_c]}
    # It divides by the number of points, which may be zero; the restricted call does not.
    return _measured(shape, pixels, channels, planes, mean_of_nothing=math.nan)


def _measured(
    shape: Row,
    pixels: Pixels,
    channels: dict[int, int],
    planes: list[tuple[int, int]],
    mean_of_nothing: float = 0.0,
) -> Any:
    """Statistics of some planes; `channels` are the numbers and what they are called."""
    made = omero.api.ShapeStats(shape.id, [], [], [], [], [], [], [])
    found = covered(shape, pixels)
    for number, name in channels.items():
        parts = [values_in(found, pixels, z, number, t) for z, t in planes]
        values = np.concatenate(parts)
        made.channelIds.append(name)
        made.pointsCount.append(values.size)
        made.min.append(float(values.min()) if values.size else _NO_POINTS)
        made.max.append(max(0.0, float(values.max())) if values.size else 0.0)
        made.sum.append(float(values.sum()))
        made.mean.append(float(values.mean()) if values.size else mean_of_nothing)
        made.stdDev.append(float(values.std(ddof=1)) if values.size > 1 else 0.0)
    return made


def _of_image(call: Call, image_id: int) -> list[Row]:
    return call.store.referring("Roi", "image", Ref("Image", image_id))


def _any(_shape: Row) -> bool:
    return True


def _result(call: Call, rois: list[Row], options: Any, wanted: Callable[[Row], bool] = _any) -> Any:
    made = omero.api.RoiResult()
    made.opts = options
    shapes = {
        roi.ref: [each for each in call.store.referring("Shape", "roi", roi.ref) if wanted(each)]
        for roi in rois
    }
    rois = [roi for roi in rois if call.sees(roi) and shapes[roi.ref]]
    if options is not None:
        user, group = plain(options.userId), plain(options.groupId)
        rois = [
            roi
            for roi in rois
            if (user is None or roi.owner == user) and (group is None or roi.group == group)
        ]
        start, limit = plain(options.offset) or 0, plain(options.limit)
        rois = rois[start:] if limit is None else rois[start : start + limit]
    loaded = Loaded()
    for roi in rois:
        loaded.expand(call.store, roi, _FETCH)
        for shape in shapes[roi.ref]:
            loaded.add_to_collection(roi, "shapes", shape)
        loaded.add_to_collection(roi, "folderLinks", None)
        for link in call.store.referring("FolderRoiLink", "child", roi.ref):
            if call.sees(link):
                loaded.add_to_collection(roi, "folderLinks", link)
                loaded.add(call.store.get(*link.values["parent"]))
    made.rois = call.marshaller().answer(list(rois), loaded)
    return made
