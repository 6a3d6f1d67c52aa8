"""Every unit of length that OMERO has, in micrometres."""

from __future__ import annotations

import pytest

from omero_ims import Unsupported, um

# From the schema OME 2016-06, and the metre as the International System has it.
EXPECTED = {
    "METER": 1e6, "m": 1e6, "KILOMETER": 1e9, "MILLIMETER": 1e3, "mm": 1e3, "MICROMETER": 1,
    "µm": 1, "μm": 1, "um": 1, "NANOMETER": 1e-3, "nm": 1e-3, "PICOMETER": 1e-6, "ANGSTROM": 1e-4,
    "Å": 1e-4, "INCH": 25_400, "THOU": 25.4, "FOOT": 304_800, "YARD": 914_400,
    "LINE": 25_400 / 12, "POINT": 25_400 / 72, "MILE": 1.609344e9, "LIGHTYEAR": 9.4607304725808e21,
    "ASTRONOMICALUNIT": 1.495978707e17, "PARSEC": 3.085677581491367e22, "YOTTAMETER": 1e30,
    "yoctometer".upper(): 1e-18, "cm": 1e4, "dm": 1e5,
}  # fmt: skip


@pytest.mark.parametrize("unit", EXPECTED)
def test_lengths(unit: str) -> None:
    assert um(2, unit) == pytest.approx(2 * EXPECTED[unit], rel=1e-12)


@pytest.mark.parametrize("unit", ["PIXEL", "pixel", "REFERENCEFRAME", "reference frame"])
def test_units_that_are_no_length(unit: str) -> None:
    assert um(1, unit) is None


@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf")])
def test_values_that_are_no_size(value: float) -> None:
    assert um(value, "nm") is None


def test_unknown_unit() -> None:
    with pytest.raises(Unsupported, match="'furlong'"):
        um(1, "furlong")
