"""Copies of the descriptions of images and pixels, as `IPixels.copyAndResize…` makes them.

What is copied follows OMERO.server's `PixelsImpl` (https://github.com/ome/omero-server).
"""

from __future__ import annotations

from typing import Any, Final

from omero_standin import refuse
from omero_standin.call import Call
from omero_standin.model.store import Ref, Row
from omero_standin.rendering.rows import channels as channels_of
from omero_standin.services.access import working_group

_IMAGE: Final = (
    "acquisitionDate", "objectiveSettings", "imagingEnvironment", "experiment", "stageLabel",
    "instrument",
)  # fmt: skip
_PIXELS: Final = (
    "dimensionOrder", "physicalSizeX", "physicalSizeY", "physicalSizeZ", "pixelsType",
)  # fmt: skip


def copied_image(call: Call, source: Row, name: str) -> Row:
    """A new image of the caller's with the description of another, without pixels."""
    known = _taken(source, _IMAGE)
    values = {"name": name, "archived": False, "partial": False, **known}
    return call.store.insert("Image", values, owner=call.user.id, group=working_group(call))


def copied_pixels(
    call: Call,
    source: Row,
    image: Ref,
    sizes: dict[str, int | None],
    chosen: list[int],
    methodology: str | None,
    *,
    stats: bool,
) -> Row:
    """New pixels of an image with the description of others.

    Args:
        call: of the new pixels' owner.
        source: the pixels to copy.
        image: of the new ones.
        sizes: in X, Y, Z and T; none for that of the source.
        chosen: the channels to copy, by their place.
        methodology: how the values are made, in words.
        stats: whether the smallest and largest values of the channels are copied.
    """
    if wrong := [axis for axis, size in sizes.items() if size is not None and size < 1]:
        raise refuse.invalid(f"size{wrong[0]}: {sizes[wrong[0]]} <= 0")
    if not chosen:
        # Over Ice a list is never null, which would stand for all channels.
        raise refuse.invalid("Channel List is not null but size == 0")
    held = channels_of(call.store, source)
    if missing := [number for number in chosen if not 0 <= number < len(held)]:
        raise refuse.invalid(f"channel: {missing[0]} out of bounds")
    ownership = {"owner": call.user.id, "group": working_group(call)}
    values = {
        **_taken(source, _PIXELS),
        **{f"size{axis}": size or source.values[f"size{axis}"] for axis, size in sizes.items()},
        "sizeC": len(chosen),
        "methodology": methodology,
        "relatedTo": source.ref,
        "image": image,
        "sha1": "Pending...",
    }
    made = call.store.insert("Pixels", values, **ownership)
    for number in chosen:
        channel = held[number]
        copy: dict[str, Any] = {
            "pixels": made.ref,
            "logicalChannel": channel.values["logicalChannel"],
        }
        info = channel.values.get("statsInfo")
        if stats:
            if info is None:
                raise refuse.server_fault(f"Channel:{channel.id} has no statistics to copy")
            seen = call.store.get(*info)
            copy["statsInfo"] = call.store.insert(
                "StatsInfo", _taken(seen, ("globalMin", "globalMax")), **ownership
            ).ref
        call.store.insert("Channel", copy, **ownership)
    return made


def _taken(row: Row, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: row.values[name] for name in names if row.values.get(name) is not None}
