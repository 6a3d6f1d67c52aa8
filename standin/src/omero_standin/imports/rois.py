"""Regions of interest of files: `ROI` of OME-XML."""

from __future__ import annotations

from typing import Final
from xml.etree.ElementTree import Element

from omero_standin.imports import ome_xml
from omero_standin.imports.maker import Maker
from omero_standin.model import schema

_COLOURS: Final = {"FillColor": "fillColor", "StrokeColor": "strokeColor"}


def add(maker: Maker, ome: Element) -> None:
    """A row for each region of an image, with its shapes; masks are left out."""
    regions = {each.attrib["ID"]: each for each in ome.findall("ROI")}
    for image in ome.findall("Image"):
        row = maker.made(image.get("ID", ""))
        for reference in ome_xml.references(image, "ROIRef"):
            element = regions.get(reference)
            if row is not None and element is not None:
                roi = maker.of("Roi", element, image=row.ref)
                for shape in element.iterfind("Union/*"):
                    if schema.exists(shape.tag) and shape.tag != "Mask":
                        maker.of(shape.tag, shape, roi=roi.ref)
