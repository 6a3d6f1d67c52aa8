"""Microscopes: `Instrument` of OME-XML, and the settings of images and channels."""

from __future__ import annotations

from typing import Any, Final
from xml.etree.ElementTree import Element

from omero_standin.imports import ome_xml
from omero_standin.imports.maker import Maker
from omero_standin.model.store import Row

_PARTS: Final = ("Objective", "Detector", "Laser", "Arc", "Filament", "LightEmittingDiode")


def add(maker: Maker, ome: Element) -> None:
    """Instruments with their objectives, detectors and light sources."""
    for element in ome.findall("Instrument"):
        microscope = element.find("Microscope")
        row = None if microscope is None else maker.of("Microscope", microscope).ref
        instrument = maker.remember(element, maker.add("Instrument", microscope=row))
        for part in element:
            if part.tag in _PARTS:
                maker.of(part.tag, part, instrument=instrument.ref)


def of_image(maker: Maker, image: Element) -> dict[str, Any]:
    """The instrument, the objective's settings, the environment and the stage of an image."""
    found: dict[str, Any] = {}
    reference = image.find("InstrumentRef")
    if reference is not None and (row := maker.made(reference.attrib["ID"])) is not None:
        found["instrument"] = row.ref
    for kind in ("ImagingEnvironment", "StageLabel"):
        element = image.find(kind)
        if element is not None:
            found[kind[0].lower() + kind[1:]] = maker.of(kind, element).ref
    settings = _settings(maker, image.find("ObjectiveSettings"), "ObjectiveSettings", "objective")
    if settings is not None:
        found["objectiveSettings"] = settings.ref
    return found


def of_channel(maker: Maker, channel: Element) -> dict[str, Any]:
    """The settings of a channel's detector and of its light source."""
    found: dict[str, Any] = {}
    for tag, kind, part, member in (
        ("DetectorSettings", "DetectorSettings", "detector", "detectorSettings"),
        ("LightSourceSettings", "LightSettings", "lightSource", "lightSourceSettings"),
    ):
        settings = _settings(maker, channel.find(tag), kind, part)
        if settings is not None:
            found[member] = settings.ref
    return found


def _settings(maker: Maker, element: Element | None, kind: str, part: str) -> Row | None:
    """Settings have the id of what is set."""
    row = None if element is None else maker.made(element.get("ID", ""))
    if element is None or row is None:
        return None
    said = ome_xml.values(maker.store, kind, element)
    return maker.add(kind, **said | {part: row.ref})
