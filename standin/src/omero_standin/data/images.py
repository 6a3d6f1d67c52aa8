"""Images in bulk, with pixels, channels, instrument and files."""

from __future__ import annotations

from typing import Any, Final

from omero_standin.data.builder import Builder
from omero_standin.data.described import STROKE, Channel, Optics, Series, shapes
from omero_standin.model.store import Row

_BITS: Final = {"bit": 1, "int8": 8, "uint8": 8, "uint16": 16, "int16": 16, "double": 64}
# How far the generated values of a type reach.
_BRIGHTEST: Final = {"bit": 1.0, "int8": 127.0, "uint8": 255.0, "float": 1.0, "double": 1.0}
_CAMERA: Final = 4095.0


def add_images(builder: Builder, series: Series) -> list[Row]:
    """The rows of a series."""
    common: dict[str, Any] = {
        "archived": False,
        "partial": False,
        "format": builder.named("Format", series.format),
        **series.extra,
    }
    if series.acquired is not None:
        common["acquisitionDate"] = series.acquired
    if series.description is not None:
        common["description"] = series.description
    if series.optics is not None:
        common |= _optics(builder, series.optics)
    images = builder.rows(
        "Image",
        [common | {"name": name, "series": 0} for name in series.names],
    )
    _add_pixels(builder, series, images)
    return images


def _add_pixels(builder: Builder, series: Series, images: list[Row]) -> None:
    x, y, z, c, t = series.size
    common: dict[str, Any] = {
        "sizeX": x, "sizeY": y, "sizeZ": z, "sizeC": c, "sizeT": t,
        "sha1": "Pending...",
        "significantBits": _BITS.get(series.kind, 32),
        "methodology": "generated",
        "pixelsType": builder.named("PixelsType", series.kind),
        "dimensionOrder": builder.named("DimensionOrder", "XYZCT"),
    }  # fmt: skip
    if series.pixel_size:
        common |= dict.fromkeys(
            ("physicalSizeX", "physicalSizeY"), (series.pixel_size, "MICROMETER")
        )
    if series.depth:
        common["physicalSizeZ"] = (series.depth, "MICROMETER")
    if series.interval:
        common["timeIncrement"] = (series.interval, "SECOND")
    pixels = builder.rows("Pixels", [common | {"image": image.ref} for image in images])
    named = series.named_channels()
    mode = builder.named("PhotometricInterpretation", "Monochrome")
    logical = builder.rows(
        "LogicalChannel",
        [_logical(each) | {"photometricInterpretation": mode} for _ in images for each in named],
    )
    stats = builder.rows(
        "StatsInfo",
        [{"globalMin": 0.0, "globalMax": _BRIGHTEST.get(series.kind, _CAMERA)} for _ in logical],
    )
    colours = [_colour(each) for each in named]
    builder.rows(
        "Channel",
        [
            {
                "pixels": pixels[at // c].ref,
                "logicalChannel": each.ref,
                "statsInfo": stats[at].ref,
                **colours[at % c],
            }
            for at, each in enumerate(logical)
        ],
    )


def _logical(channel: Channel) -> dict[str, Any]:
    known: dict[str, Any] = {"name": channel.name}
    if channel.emission is not None:
        known["emissionWave"] = (channel.emission, "NANOMETER")
        known["excitationWave"] = (channel.excitation, "NANOMETER")
    return known


def _colour(channel: Channel) -> dict[str, int]:
    red, green, blue = channel.colour
    return {"red": red, "green": green, "blue": blue, "alpha": 255}


def _optics(builder: Builder, optics: Optics) -> dict[str, Any]:
    microscope = builder.add(
        "Microscope",
        manufacturer=optics.manufacturer or None,
        model=optics.model or None,
        type=builder.named("MicroscopeType", "Inverted"),
    )
    instrument = builder.add("Instrument", microscope=microscope.ref)
    builder.add(
        "Detector",
        instrument=instrument.ref,
        model="sCMOS",
        type=builder.named("DetectorType", "CMOS"),
    )
    found = {"instrument": instrument.ref}
    if optics.magnification:
        objective = builder.add(
            "Objective",
            instrument=instrument.ref,
            nominalMagnification=optics.magnification,
            lensNA=optics.aperture,
            immersion=builder.named("Immersion", optics.immersion),
            correction=builder.named("Correction", "PlanApo"),
        )
        settings = builder.add("ObjectiveSettings", objective=objective.ref)
        found["objectiveSettings"] = settings.ref
    return found


def add_rois(builder: Builder, image: Row, count: int, size: tuple[int, ...]) -> None:
    """Rectangles and ellipses on an image, at places that follow from its name."""
    for shape in shapes(image.values["name"], count, size):
        roi = builder.add("Roi", image=image.ref)
        common = {"roi": roi.ref, "theZ": 0, "theT": 0, "strokeColor": STROKE}
        builder.add(shape.kind, **common, **shape.values)
