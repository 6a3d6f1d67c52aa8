"""Fingerprints and descriptions of images."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from omeroweb_imaris_connector.planning import description, sizes
from omeroweb_imaris_connector.planning.image import Image, ImageChannel

IMAGE = Image(
    id=5, name="cells", group_id=3, description="", acquired=1_700_000_000_000, pixels_id=6,
    sizes=(40, 30, 2, 2, 3), pixel_type="uint16",
    voxel=((250.0, "NANOMETER"), (0.25, "MICROMETER"), None), interval=5.0,
    version=("", 77),
    channels=(
        ImageChannel("DAPI", (0, 0, 255), (461.0, "NANOMETER"), (0.358, "MICROMETER"), (10, 200)),
        ImageChannel(""),
    ),
    seconds=(0.0, 1.0, 2.5),
)  # fmt: skip
OTHER: dict[str, Any] = {
    "id": 6, "name": "Cells", "group_id": 4, "description": "new", "acquired": None,
    "pixels_id": 7, "sizes": (40, 30, 2, 2, 4), "pixel_type": "int16",
    "voxel": ((250.0, "MICROMETER"), (0.25, "MICROMETER"), None), "interval": 6.0,
    "version": ("", 78), "channels": IMAGE.channels[:1], "seconds": (),
}  # fmt: skip


def test_the_same_image_has_the_same_fingerprint() -> None:
    assert replace(IMAGE).fingerprint == IMAGE.fingerprint
    assert len(IMAGE.fingerprint) == 32


@pytest.mark.parametrize("name", sorted(OTHER))
def test_whatever_is_in_the_file_is_in_the_fingerprint(name: str) -> None:
    assert replace(IMAGE, **{name: OTHER[name]}).fingerprint != IMAGE.fingerprint


def test_every_property_is_tried() -> None:
    assert {each.name for each in fields(Image)} == set(OTHER)


def test_lengths_of_any_unit_become_micrometres() -> None:
    """Of an image in nm, a voxel is not a thousand times too large."""
    found = description.described(IMAGE)
    x, y, z = found.voxel_um
    assert x == pytest.approx(0.25)
    assert (y, z) == (0.25, None)
    first, second = found.channels
    assert first.emission_nm == pytest.approx(461)
    assert first.excitation_nm == pytest.approx(358)
    assert (first.color, first.range) == ((0.0, 0.0, 1.0), (10, 200))
    assert (second.name, second.color, second.range) == ("Channel 2", (1.0, 0.0, 0.0), None)


def test_times_are_dates() -> None:
    found = description.described(IMAGE)
    assert found.acquired == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert [each.timestamp() for each in found.times or ()] == [
        1_700_000_000, 1_700_000_001, 1_700_000_002.5,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "seconds", [(), (0.0, 1.0), (0.0, 2.0, 2.0), (0.0, 2.0, 1.0), (0.0, 1.0, 1e300)]
)
def test_times_that_do_not_grow_are_not_used(seconds: tuple[float, ...]) -> None:
    found = description.described(replace(IMAGE, seconds=seconds))
    assert (found.times, found.seconds_between) == (None, 5.0)


@pytest.mark.parametrize("acquired", [10**18, -(10**18)])
def test_an_image_of_no_calendar(acquired: int) -> None:
    assert description.described(replace(IMAGE, acquired=acquired)).acquired is None


def test_complex_numbers_are_a_problem() -> None:
    assert "complex" in description.problem_of(replace(IMAGE, pixel_type="complex"))
    assert description.problem_of(IMAGE) == ""


@pytest.mark.parametrize(
    ("count", "expected"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (1_500_000_000, "1.5 GB"),
     (999_999, "1.0 MB"), (10**19, "10000.0 PB")],
)  # fmt: skip
def test_sizes_in_words(count: int, expected: str) -> None:
    assert sizes.words(count) == expected
