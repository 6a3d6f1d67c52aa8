"""IProjection: planes on top of each other, as values or as a new image."""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from omero_standin import refuse
from omero_standin.binary.pixel_types import bounds, dtype_of
from omero_standin.binary.pixels import Pixels, pixels_of
from omero_standin.call import Call, plain
from omero_standin.model.enumeration import enumeration
from omero_standin.model.store import Row
from omero_standin.rendering.picture import projected
from omero_standin.rendering.planes import projection_kind
from omero_standin.rendering.rows import channels
from omero_standin.servants import unlocked
from omero_standin.services.access import readable, working_group


class Projection:
    """Projections along z: maximum, mean or sum."""

    @unlocked
    def projectStack(
        self,
        call: Call,
        pixels_id: int,
        kind: Any,
        algorithm: Any,
        t: int,
        channel: int,
        step: int,
        start: int,
        end: int,
    ) -> Any:
        """One plane out of many, as values of a pixel type (that of the image unless given)."""
        with call.store.lock:
            _, pixels = _open(call, pixels_id)
        name = plain(kind.value) if kind is not None else pixels.kind
        return _plane(pixels, name, algorithm, t, channel, step, start, end).tobytes()

    def projectPixels(
        self,
        call: Call,
        pixels_id: int,
        kind: Any,
        algorithm: Any,
        first_t: int,
        last_t: int,
        numbers: Any,
        step: int,
        start: int,
        end: int,
        name: str,
    ) -> Any:
        """A new image of the caller with one plane for each channel and time; its id."""
        row, pixels = _open(call, pixels_id)
        pixels.check_plane(0, 0, first_t)
        pixels.check_plane(0, 0, last_t)
        word = plain(kind.value) if kind is not None else pixels.kind
        times = range(first_t, last_t + 1)
        with call.store.transaction():
            made = _new_pixels(call, row, word, list(numbers), len(times), name)
            target = pixels_of(call.store, call.kernel.data, made, call.kernel.config)
            for c, number in enumerate(numbers):
                for at, t in enumerate(times):
                    plane = _plane(pixels, word, algorithm, t, number, step, start, end)
                    target.write(0, c, at, 0, 0, plane)
        return made.values["image"].id


def _open(call: Call, pixels_id: int) -> tuple[Row, Pixels]:
    row = readable(call, "Pixels", pixels_id)
    return row, pixels_of(call.store, call.kernel.data, row, call.kernel.config)


def _plane(
    pixels: Pixels, kind: str, algorithm: Any, t: int, channel: int, step: int, start: int, end: int
) -> NDArray[Any]:
    if step < 1 or start > end:
        raise refuse.usage(f"planes from {start} to {end} by {step} are none")
    planes = [pixels.plane(z, channel, t) for z in range(start, end + 1, step)]
    low, high = bounds(kind)
    joined = projected(planes, projection_kind(algorithm))
    return np.asarray(np.clip(joined, low, high), dtype_of(kind))


def _new_pixels(
    call: Call, source: Row, kind: str, numbers: list[int], times: int, name: str
) -> Row:
    store, ownership = call.store, {"owner": call.user.id, "group": working_group(call)}
    image = store.insert("Image", {"name": name, "archived": False, "partial": False}, **ownership)
    values = {
        key: value
        for key, value in source.values.items()
        if key in ("sizeX", "sizeY", "physicalSizeX", "physicalSizeY", "dimensionOrder")
    }
    values |= {
        "image": image.ref,
        "sizeZ": 1,
        "sizeC": len(numbers),
        "sizeT": times,
        "pixelsType": enumeration(store, "PixelsType", kind),
        "sha1": "Pending...",
    }
    pixels = store.insert("Pixels", values, **ownership)
    known = channels(store, source)
    for number in numbers:
        logical = known[number].values["logicalChannel"]
        copied = {k: v for k, v in store.get(*logical).values.items() if not hasattr(v, "kind")}
        new = store.insert("LogicalChannel", copied, **ownership)
        store.insert("Channel", {"pixels": pixels.ref, "logicalChannel": new.ref}, **ownership)
    return pixels
