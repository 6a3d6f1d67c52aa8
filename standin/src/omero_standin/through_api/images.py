"""What images are like, after their import: names, channels, sizes, microscope, shapes."""

from __future__ import annotations

from typing import Any

from omero.model import (
    DetectorI,
    EllipseI,
    ImageI,
    InstrumentI,
    LengthI,
    MicroscopeI,
    ObjectiveI,
    ObjectiveSettingsI,
    RectangleI,
    RoiI,
    TimeI,
)
from omero.model.enums import UnitsLength, UnitsTime
from omero.rtypes import rdouble, rint, rstring, rtime

from omero_standin.data.described import STROKE, Channel, Optics, Series, shapes
from omero_standin.through_api.connection import Connection

_PIXELS = (
    "select p from Pixels p join fetch p.image join fetch p.channels c "
    "join fetch c.logicalChannel where p.image.id in (:ids)"
)


def describe(me: Connection, images: list[int], series: Series, rois: int) -> None:
    """Write onto imported images what the description says about them.

    Args:
        me: their owner.
        images: their ids, in the order of `series.names`.
        series: the description.
        rois: how many shapes each image has.
    """
    names = dict(zip(images, series.names, strict=True))
    optics = _optics(me, series.optics) if series.optics else None
    found = me.find(_PIXELS, images)
    for pixels in found:
        _measure(pixels, series)
        image = pixels.image
        image.name = rstring(names[image.id.val])
        if series.acquired is not None:
            image.acquisitionDate = rtime(series.acquired)
        if series.description is not None:
            image.description = rstring(series.description)
        if optics:
            image.instrument, image.objectiveSettings = optics
        for channel, known in zip(pixels.copyChannels(), series.named_channels(), strict=True):
            _name(channel, known)
    me.save_all(found)
    me.save_all(
        [
            _roi(image, shape.kind, shape.values)
            for image, name in names.items()
            for shape in shapes(name, rois, series.size)
        ]
    )


def _measure(pixels: Any, series: Series) -> None:
    if series.pixel_size:
        pixels.physicalSizeX = _micrometres(series.pixel_size)
        pixels.physicalSizeY = _micrometres(series.pixel_size)
    if series.depth:
        pixels.physicalSizeZ = _micrometres(series.depth)
    if series.interval:
        pixels.timeIncrement = TimeI(series.interval, UnitsTime.SECOND)


def _micrometres(value: float) -> Any:
    return LengthI(value, UnitsLength.MICROMETER)


def _name(channel: Any, known: Channel) -> None:
    channel.red, channel.green, channel.blue = map(rint, known.colour)
    channel.alpha = rint(255)
    logical = channel.logicalChannel
    logical.name = rstring(known.name)
    if known.emission is not None:
        logical.emissionWave = LengthI(known.emission, UnitsLength.NANOMETER)
        logical.excitationWave = LengthI(known.excitation, UnitsLength.NANOMETER)


def _optics(me: Connection, optics: Optics) -> tuple[Any, Any]:
    """Instrument and settings of the objective, for images that were taken alike."""
    instrument, microscope, detector = InstrumentI(), MicroscopeI(), DetectorI()
    if optics.manufacturer:
        microscope.manufacturer = rstring(optics.manufacturer)
    if optics.model:
        microscope.model = rstring(optics.model)
    microscope.type = me.named("MicroscopeType", "Inverted")
    instrument.microscope = microscope
    detector.model, detector.type = rstring("sCMOS"), me.named("DetectorType", "CMOS")
    instrument.addDetector(detector)
    saved = me.save(instrument)
    if not optics.magnification:
        return InstrumentI(saved.id.val, False), None
    objective, settings = ObjectiveI(), ObjectiveSettingsI()
    objective.instrument = InstrumentI(saved.id.val, False)
    objective.nominalMagnification = rdouble(optics.magnification)
    if optics.aperture:
        objective.lensNA = rdouble(optics.aperture)
    objective.immersion = me.named("Immersion", optics.immersion)
    objective.correction = me.named("Correction", "PlanApo")
    settings.objective = ObjectiveI(me.save(objective).id.val, False)
    made = me.save(settings)
    return InstrumentI(saved.id.val, False), ObjectiveSettingsI(made.id.val, False)


def _roi(image: int, kind: str, values: dict[str, float]) -> Any:
    shape = EllipseI() if kind == "Ellipse" else RectangleI()
    for name, value in values.items():
        setattr(shape, name, rdouble(value))
    shape.theZ, shape.theT, shape.strokeColor = rint(0), rint(0), rint(STROKE)
    roi = RoiI()
    roi.image = ImageI(image, False)
    roi.addShape(shape)
    return roi
