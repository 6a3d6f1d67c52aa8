"""From elements of OME-XML to the values of rows.

OMERO's model was made from that schema, so most attributes are members of the same name; the others
are in `_OTHER_NAMES`. An attribute that OMERO has no member for is left out, as in the server.
Schema: https://www.openmicroscopy.org/Schemas/OME/2016-06
"""

from __future__ import annotations

import datetime
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from functools import cache
from typing import Any, Final
from xml.etree.ElementTree import Element

import omero.model

from omero_standin.model import schema
from omero_standin.model.enumeration import enumeration
from omero_standin.model.schema import Shape
from omero_standin.model.store import Store

# (type of row, attribute) → member; "" for one whose member means something else.
_OTHER_NAMES: Final = {
    ("Pixels", "Type"): "pixelsType",
    ("LogicalChannel", "EmissionWavelength"): "emissionWave",
    ("LogicalChannel", "ExcitationWavelength"): "excitationWave",
    ("LogicalChannel", "PinholeSize"): "pinHoleSize",
    ("LogicalChannel", "IlluminationType"): "illumination",
    ("LogicalChannel", "AcquisitionMode"): "mode",
    ("LogicalChannel", "NDFilter"): "ndFilter",
    ("WellSample", "PositionX"): "posX",
    ("WellSample", "PositionY"): "posY",
    ("Detector", "Offset"): "offsetValue",
    ("DetectorSettings", "Offset"): "offsetValue",
    ("StageLabel", "X"): "positionX",
    ("StageLabel", "Y"): "positionY",
    ("StageLabel", "Z"): "positionZ",
    ("ImagingEnvironment", "CO2Percent"): "co2percent",
    ("Shape", "Text"): "textValue",
}
# Units of attributes that come without one, by the schema.
_DEFAULT_UNITS: Final = {
    "Length": "µm", "Time": "s", "ElectricPotential": "V", "Frequency": "Hz", "Power": "mW",
    "Pressure": "mbar", "Temperature": "°C",
}  # fmt: skip
_NANOMETRES: Final = ("emissionWave", "excitationWave", "wavelength")
_POINTS: Final = ("fontSize", "strokeWidth")


def parse(text: str) -> Element:
    """A document with the plain names of its elements."""
    root = ElementTree.fromstring(text)  # noqa: S314 - Bio-Formats wrote it, not a client
    for each in root.iter():
        each.tag = each.tag.rpartition("}")[2]
    return root


def values(store: Store, kind: str, element: Element | None) -> dict[str, Any]:
    """What a row of a type gets from an element: its attributes, and its `Description`."""
    if element is None:
        return {}
    members = schema.members(kind)
    found: dict[str, Any] = {}
    for attribute, text in element.attrib.items():
        member = members.get(_member(kind, attribute))
        if member is None:
            continue
        if member.shape is Shape.UNIT:
            unit = element.get(f"{attribute}Unit") or _default_unit(member.name, member.target)
            found[member.name] = (float(text), _unit(member.target, unit))
        elif member.shape is Shape.SCALAR:
            found[member.name] = scalar(member.target, text)
        elif member.shape is Shape.ONE and schema.is_enumeration(member.target):
            found[member.name] = enumeration(store, member.target, text)
    description = element.findtext("Description")
    if description and "description" in members:
        found["description"] = description
    return found


def scalar(ice_type: str, text: str) -> Any:
    """The plain value of one of OMERO's types (`RInt`, `RTime` …)."""
    if ice_type in ("RInt", "RLong"):
        return int(float(text))
    if ice_type in ("RDouble", "RFloat"):
        return float(text)
    if ice_type == "RBool":
        return text.strip().lower() in ("true", "1")
    if ice_type == "RTime":
        return milliseconds(text)
    return text


def milliseconds(text: str) -> int:
    """A time since 1970; one without a zone is UTC, as OME's schema says."""
    moment = datetime.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    return round(moment.timestamp() * 1000)


def colour(element: Element) -> dict[str, int]:
    """Red, green, blue and alpha of an element's `Color`; nothing when it has none."""
    text = element.get("Color")
    if text is None:
        return {}
    number = int(text) & 0xFFFFFFFF
    parts = number.to_bytes(4, "big")
    return dict(zip(("red", "green", "blue", "alpha"), parts, strict=True))


def references(element: Element, kind: str) -> Iterator[str]:
    """The ids that an element refers to with children of a type, such as `AnnotationRef`."""
    for each in element.findall(kind):
        yield each.attrib["ID"]


@cache
def _member(kind: str, attribute: str) -> str:
    if attribute in ("ID", "Color"):
        return ""
    for name in (kind, schema.root(kind)):
        if (name, attribute) in _OTHER_NAMES:
            return _OTHER_NAMES[name, attribute]
    return attribute[0].lower() + attribute[1:]


def _default_unit(member: str, kind: str) -> str:
    if member in _NANOMETRES:
        return "nm"
    return "pt" if member in _POINTS and kind == "Length" else _DEFAULT_UNITS[kind]


@cache
def _unit(kind: str, symbol: str) -> str:
    symbols: dict[str, str] = getattr(omero.model, f"{kind}I").SYMBOLS
    return next(name for name, each in symbols.items() if each == symbol)
