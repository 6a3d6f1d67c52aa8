"""Annotations of files: `StructuredAnnotations` of OME-XML."""

from __future__ import annotations

from typing import Any, Final
from xml.etree.ElementTree import Element, tostring

from omero_standin.imports import ome_xml
from omero_standin.imports.maker import Maker
from omero_standin.model import schema

# The member with an annotation's value, by the annotation's type.
_VALUES: Final = {
    "TagAnnotation": "textValue",
    "CommentAnnotation": "textValue",
    "XMLAnnotation": "textValue",
    "LongAnnotation": "longValue",
    "DoubleAnnotation": "doubleValue",
    "BooleanAnnotation": "boolValue",
    "TimestampAnnotation": "timeValue",
    "TermAnnotation": "termValue",
    "MapAnnotation": "mapValue",
}
# Sizes of resolutions: Bio-Formats tells them its own writer, and OMERO drops them.
_OF_BIO_FORMATS: Final = "openmicroscopy.org/PyramidResolution"


def add(maker: Maker, ome: Element) -> None:
    """A row for each annotation; those with a file are left out."""
    for element in ome.iterfind("StructuredAnnotations/*"):
        member = _VALUES.get(element.tag)
        if member is None or element.get("Namespace") == _OF_BIO_FORMATS:
            continue
        kind = "XmlAnnotation" if element.tag == "XMLAnnotation" else element.tag
        more = {"ns": element.get("Namespace"), member: _value(kind, member, element.find("Value"))}
        maker.of(kind, element, **more)


def link(maker: Maker, ome: Element) -> None:
    """Put the annotations to what they are of."""
    for element in ome.iter():
        row = maker.made(element.get("ID", ""))
        if row is None:
            continue
        for reference in ome_xml.references(element, "AnnotationRef"):
            annotation = maker.made(reference)
            if annotation is not None:
                maker.link(f"{schema.root(row.kind)}AnnotationLink", row, annotation)


def _value(kind: str, member: str, element: Element | None) -> Any:
    if element is None:
        return None
    if member == "mapValue":
        return [(each.get("K", ""), each.text or "") for each in element.findall("M")]
    if kind == "XmlAnnotation":
        return "".join(tostring(each, encoding="unicode") for each in element)
    return ome_xml.scalar(schema.members(kind)[member].target, element.text or "")
