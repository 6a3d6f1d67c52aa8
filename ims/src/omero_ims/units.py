"""Lengths in micrometres, the unit of Imaris files."""

from __future__ import annotations

import math
from typing import Final

from omero_ims.errors import Unsupported

# Metres of each unit of OMERO's enumeration UnitsLength (OME's schema 2016-06), by its names in the
# API and by its symbols.
_METRES: Final = {
    "YOTTAMETER": ("Ym", 1e24), "ZETTAMETER": ("Zm", 1e21), "EXAMETER": ("Em", 1e18),
    "PETAMETER": ("Pm", 1e15), "TERAMETER": ("Tm", 1e12), "GIGAMETER": ("Gm", 1e9),
    "MEGAMETER": ("Mm", 1e6), "KILOMETER": ("km", 1e3), "HECTOMETER": ("hm", 1e2),
    "DECAMETER": ("dam", 1e1), "METER": ("m", 1.0), "DECIMETER": ("dm", 1e-1),
    "CENTIMETER": ("cm", 1e-2), "MILLIMETER": ("mm", 1e-3), "MICROMETER": ("\u00b5m", 1e-6),
    "NANOMETER": ("nm", 1e-9), "PICOMETER": ("pm", 1e-12), "FEMTOMETER": ("fm", 1e-15),
    "ATTOMETER": ("am", 1e-18), "ZEPTOMETER": ("zm", 1e-21), "YOCTOMETER": ("ym", 1e-24),
    "ANGSTROM": ("\u00c5", 1e-10), "ASTRONOMICALUNIT": ("ua", 149_597_870_700.0),
    "LIGHTYEAR": ("ly", 9_460_730_472_580_800.0), "PARSEC": ("pc", 3.085_677_581_491_367e16),
    "THOU": ("thou", 2.54e-5), "LINE": ("li", 0.0254 / 12), "INCH": ("in", 0.0254),
    "FOOT": ("ft", 0.3048), "YARD": ("yd", 0.9144), "MILE": ("mi", 1609.344),
    "POINT": ("pt", 0.0254 / 72),
}  # fmt: skip
_BY_SYMBOL: Final = dict(_METRES.values()) | {
    # The Greek letter, the sign of its own, and how people type them.
    "\u03bcm": 1e-6, "\u212b": 1e-10, "um": 1e-6, "micron": 1e-6,
}  # fmt: skip
# Units that say nothing about a length.
_WITHOUT_LENGTH: Final = frozenset({"PIXEL", "pixel", "REFERENCEFRAME", "reference frame"})


def um(value: float, unit: str) -> float | None:
    """A length in micrometres.

    Args:
        value: The length.
        unit: OMERO's name (`NANOMETER`) or symbol (`nm`) of its unit.

    Returns:
        None where the unit is no length (`PIXEL`, `REFERENCEFRAME`) or the value is not a
        positive, finite number: the voxel size is unknown.

    Raises:
        Unsupported: there is no such unit in OMERO.
    """
    if unit in _WITHOUT_LENGTH:
        return None
    metres = _METRES[unit][1] if unit in _METRES else _BY_SYMBOL.get(unit)
    if metres is None:
        raise Unsupported(f"{unit!r} is no unit of length of OMERO")
    length = float(value) * metres * 1e6
    return length if math.isfinite(length) and length > 0 else None
