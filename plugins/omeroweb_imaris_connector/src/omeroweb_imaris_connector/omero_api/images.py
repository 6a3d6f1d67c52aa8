"""What OMERO knows of images, with the session of whoever asks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, Final

# First: imported after Glacier2 it would define Glacier2's exceptions a second time.
import omero.clients  # isort: skip
import omero.model
from omero.rtypes import unwrap

from omero_plugin_common.omero_api import hql
from omeroweb_imaris_connector.planning.image import Image, ImageChannel, Length

# Of one query: each row of pixels brings its channels.
_BATCH: Final = 500
_PIXELS: Final = (
    "select p from Pixels p join fetch p.image i join fetch p.pixelsType "
    "left outer join fetch p.channels c left outer join fetch c.logicalChannel "
    "where i.id in (:ids) order by p.id"
)
_VERSIONS: Final = (
    "select p.id, p.sha1, p.details.updateEvent.id, p.details.owner.id, i.details.group.id "
    "from Pixels p join p.image i where i.id in (:ids)"
)
_SETTINGS: Final = (
    "select d from RenderingDef d join fetch d.waveRendering "
    "where d.pixels.id in (:ids) order by d.id"
)
_PLANES: Final = (
    "select i from PlaneInfo i where i.pixels.id in (:ids) and i.theZ = 0 and i.theC = 0 "
    "order by i.theT"
)


def read(conn: Any, ids: Iterable[int]) -> dict[int, Image]:
    """Images that the user may read, by id; those that are not there or not theirs are left out.

    Args:
        conn: the user's gateway.
        ids: which; four calls of OMERO for 500 images.
    """
    found: dict[int, Image] = {}
    for some in hql.batches(sorted(set(ids)), _BATCH):
        found.update(_read(conn, some))
    return found


def in_dataset(conn: Any, dataset: int, most: int) -> list[int] | None:
    """Ids of the images of a dataset, by name; None for one that the user may not read.

    Args:
        conn: the user's gateway.
        dataset: its id.
        most: ids that are returned at most.
    """
    if not hql.rows(conn, "select d.id from Dataset d where d.id = :id", id=dataset):
        return None
    query = (
        "select i.id from DatasetImageLink l join l.child i where l.parent.id = :id "
        "order by i.name, i.id"
    )
    given = hql.parameters(id=dataset)
    given.page(0, most)
    lines = conn.getQueryService().projection(query, given, hql.context(conn))
    return list(dict.fromkeys(int(unwrap(line[0])) for line in lines))


def _read(conn: Any, ids: Sequence[int]) -> dict[int, Image]:
    versions = {row[0]: row[1:] for row in hql.rows(conn, _VERSIONS, ids=ids)}
    if not versions:
        return {}
    pixels = {each.id.val: each for each in hql.objects(conn, _PIXELS, ids=ids)}
    settings = _settings(conn, {number: row[2] for number, row in versions.items()})
    seconds = _seconds(conn, [n for n, each in pixels.items() if each.sizeT.val > 1])
    found: dict[int, Image] = {}
    for number, each in pixels.items():
        image_id = each.image.id.val
        # Of several pixels of an image, OMERO shows the first.
        if number in versions and image_id not in found:
            found[image_id] = _image(
                each, versions[number], settings.get(number), seconds.get(number, ())
            )
    return found


def _settings(conn: Any, owners: dict[int, int]) -> dict[int, Any]:
    """The rendering settings of each pixels' owner, the newest."""
    found = {}
    for each in hql.objects(conn, _SETTINGS, ids=sorted(owners)):
        number = each.pixels.id.val
        if each.details.owner.id.val == owners.get(number):
            found[number] = each
    return found


def _seconds(conn: Any, ids: Sequence[int]) -> dict[int, tuple[float, ...]]:
    """When the time points of pixels were recorded, counted from the first."""
    if not ids:
        return {}
    found: dict[int, list[float]] = {}
    for each in hql.objects(conn, _PLANES, ids=ids):
        moment = _in_seconds(each.deltaT)
        times = found.setdefault(each.pixels.id.val, [])
        if moment is not None and each.theT.val == len(times):
            times.append(moment)
    return {number: tuple(t - times[0] for t in times) for number, times in found.items() if times}


def _image(pixels: Any, version: Sequence[Any], settings: Any, seconds: tuple[float, ...]) -> Image:
    image = pixels.image
    sha1, event, _owner, group = version
    return Image(
        id=int(image.id.val),
        name=_text(image.name),
        group_id=int(group),
        description=_text(image.description),
        acquired=unwrap(image.acquisitionDate),
        pixels_id=int(pixels.id.val),
        sizes=(
            pixels.sizeX.val, pixels.sizeY.val, pixels.sizeZ.val, pixels.sizeC.val,
            pixels.sizeT.val,
        ),
        pixel_type=_text(pixels.pixelsType.value),
        voxel=(
            _length(pixels.physicalSizeX), _length(pixels.physicalSizeY),
            _length(pixels.physicalSizeZ),
        ),
        interval=_in_seconds(pixels.timeIncrement),
        version=(_text_of(sha1), int(event)),
        channels=tuple(_channels(pixels, settings)),
        seconds=seconds,
    )  # fmt: skip


def _channels(pixels: Any, settings: Any) -> Iterable[ImageChannel]:
    shown = list(settings.copyWaveRendering()) if settings is not None else []
    for number, channel in enumerate(pixels.copyChannels()):
        if channel is None:
            continue
        logical = channel.logicalChannel
        binding = shown[number] if number < len(shown) else None
        yield ImageChannel(
            name=_text(logical.name) if logical is not None else "",
            color=_color(binding) or _color(channel),
            emission=_length(logical.emissionWave) if logical is not None else None,
            excitation=_length(logical.excitationWave) if logical is not None else None,
            shown=_shown(binding),
        )


def _color(row: Any) -> tuple[int, int, int] | None:
    if row is None or any(part is None for part in (row.red, row.green, row.blue)):
        return None
    return int(row.red.val), int(row.green.val), int(row.blue.val)


def _shown(binding: Any) -> tuple[float, float] | None:
    if binding is None or binding.inputStart is None or binding.inputEnd is None:
        return None
    low, high = float(binding.inputStart.val), float(binding.inputEnd.val)
    return (low, high) if math.isfinite(low) and math.isfinite(high) and low < high else None


def _length(quantity: Any) -> Length | None:
    if quantity is None:
        return None
    return float(quantity.getValue()), str(quantity.getUnit())


def _in_seconds(quantity: Any) -> float | None:
    if quantity is None:
        return None
    unit = omero.model.enums.UnitsTime.SECOND
    seconds = float(omero.model.TimeI(quantity, unit).getValue())
    return seconds if math.isfinite(seconds) else None


def _text(value: Any) -> str:
    return _text_of(unwrap(value))


def _text_of(value: Any) -> str:
    return "" if value is None else str(value)
