"""Images in bulk, with pixels, channels, instrument and files."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import Any, Final

from omero_standin.data.builder import Builder
from omero_standin.model.store import Row

# Name of a channel → emission wave length in nm and colour; others are grey.
_CHANNELS: Final = {
    "DAPI": (461.0, (0, 0, 255)),
    "Hoechst": (461.0, (0, 0, 255)),
    "GFP": (509.0, (0, 255, 0)),
    "FITC": (519.0, (0, 255, 0)),
    "YFP": (527.0, (255, 255, 0)),
    "TRITC": (576.0, (255, 128, 0)),
    "mCherry": (610.0, (255, 0, 0)),
    "Cy3": (570.0, (255, 128, 0)),
    "Cy5": (670.0, (255, 0, 0)),
}
_GREY: Final = (255, 255, 255)
_BITS: Final = {"bit": 1, "int8": 8, "uint8": 8, "uint16": 16, "int16": 16, "double": 64}
# How far the generated values of a type reach.
_BRIGHTEST: Final = {"bit": 1.0, "int8": 127.0, "uint8": 255.0, "float": 1.0, "double": 1.0}
_CAMERA: Final = 4095.0


@dataclass(frozen=True)
class Optics:
    """The microscope that images were taken with."""

    manufacturer: str = ""
    model: str = ""
    magnification: float | None = None
    aperture: float | None = None


@dataclass(frozen=True)
class Series:
    """Images that differ in their names only.

    `size` is x, y, z, c, t; `pixel_size` in µm, `depth` of a plane in µm, `interval` in s;
    `acquired` in milliseconds since 1970.
    """

    names: list[str]
    size: tuple[int, int, int, int, int] = (512, 512, 1, 1, 1)
    kind: str = "uint16"
    channels: tuple[str, ...] = ()
    pixel_size: float | None = 0.1
    depth: float | None = None
    interval: float | None = None
    acquired: int | None = None
    description: str | None = None
    optics: Optics | None = None
    # "" for none, "each" for a file per image, else the name of the one file of all images.
    files: str = ""
    format: str = "Fake"
    extra: dict[str, Any] = field(default_factory=dict)


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
    names = [*series.channels, *(f"Channel {at}" for at in range(len(series.channels), c))][:c]
    mode = builder.named("PhotometricInterpretation", "Monochrome")
    logical = builder.rows(
        "LogicalChannel",
        [_logical(name) | {"photometricInterpretation": mode} for _ in images for name in names],
    )
    stats = builder.rows(
        "StatsInfo",
        [{"globalMin": 0.0, "globalMax": _BRIGHTEST.get(series.kind, _CAMERA)} for _ in logical],
    )
    colours = [_colour(name) for name in names]
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


def _logical(name: str) -> dict[str, Any]:
    wave = _CHANNELS.get(name)
    known: dict[str, Any] = {"name": name}
    if wave is not None:
        known["emissionWave"] = (wave[0], "NANOMETER")
        known["excitationWave"] = (wave[0] - 30, "NANOMETER")
    return known


def _colour(name: str) -> dict[str, int]:
    red, green, blue = _CHANNELS.get(name, (0.0, _GREY))[1]
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
            immersion=builder.named("Immersion", "Oil" if (optics.aperture or 0) > 1 else "Air"),
            correction=builder.named("Correction", "PlanApo"),
        )
        settings = builder.add("ObjectiveSettings", objective=objective.ref)
        found["objectiveSettings"] = settings.ref
    return found


def add_rois(builder: Builder, image: Row, count: int, size: tuple[int, ...]) -> None:
    """Rectangles and ellipses on an image, at places that follow from its name."""
    width, height = size[0], size[1]
    for at in range(count):
        roi = builder.add("Roi", image=image.ref)
        place = zlib.crc32(f"{image.values['name']} {at}".encode())
        x, y = float(place % max(1, width - 40)), float((place >> 12) % max(1, height - 40))
        common = {"roi": roi.ref, "theZ": 0, "theT": 0, "strokeColor": -16776961}
        if at % 2:
            builder.add("Ellipse", **common, x=x + 20, y=y + 15, radiusX=20.0, radiusY=15.0)
        else:
            builder.add("Rectangle", **common, x=x, y=y, width=40.0, height=30.0)
