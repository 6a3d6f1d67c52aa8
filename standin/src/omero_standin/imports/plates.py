"""Plates and screens of files: `Plate` and `Screen` of OME-XML.

What OMERO adds is in `WellProcessor` of ome/omero-blitz.
"""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

from omero_standin.imports import ome_xml
from omero_standin.imports.described import Content
from omero_standin.imports.maker import Maker
from omero_standin.model.store import Row


def add(maker: Maker, content: Content, name: str | None, description: str | None) -> list[Row]:
    """The plates of a file with their wells, and its screens.

    Args:
        maker: Has made the images already.
        content: What is in the file.
        name: What the client calls the plates, if it does.
        description: The same for their description.
    """
    found = []
    for element in content.ome.findall("Plate"):
        given = {"name": name or element.get("Name") or content.file_name}
        if description:
            given["description"] = description
        found.append(_plate(maker, element, given))
    for element in content.ome.findall("Screen"):
        screen = maker.of("Screen", element)
        for reference in ome_xml.references(element, "PlateRef"):
            plate = maker.made(reference)
            if plate is not None:
                maker.link("ScreenPlateLink", screen, plate)
    return found


def _plate(maker: Maker, element: Element, given: dict[str, str]) -> Row:
    wells = element.findall("Well")
    sizes: dict[str, Any] = {}
    for member, attribute in (("rows", "Row"), ("columns", "Column")):
        last = max((int(each.get(attribute, "0")) for each in wells), default=0)
        sizes[member] = max(int(element.get(attribute + "s", "1")), last + 1)
    plate = maker.of("Plate", element, **sizes | given)
    runs = {}
    for run in element.findall("PlateAcquisition"):
        row = maker.of("PlateAcquisition", run, plate=plate.ref)
        for reference in ome_xml.references(run, "WellSampleRef"):
            runs[reference] = row
    for each in wells:
        well = maker.of("Well", each, plate=plate.ref, **ome_xml.colour(each))
        for sample in each.findall("WellSample"):
            _sample(maker, sample, well, runs.get(sample.get("ID", "")))
    return plate


def _sample(maker: Maker, element: Element, well: Row, run: Row | None) -> None:
    reference = element.find("ImageRef")
    image = None if reference is None else maker.made(reference.attrib["ID"])
    if image is not None:
        maker.of(
            "WellSample",
            element,
            well=well.ref,
            image=image.ref,
            plateAcquisition=None if run is None else run.ref,
        )
