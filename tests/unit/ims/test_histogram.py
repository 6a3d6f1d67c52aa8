"""Counts of intensities, without knowing their range before."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from omero_ims.histogram import Histogram


def counted(*parts: object, dtype: str) -> Histogram:
    histogram = Histogram()
    for part in parts:
        histogram.add(np.array(part, dtype))
    return histogram


@given(
    st.lists(st.lists(st.integers(0, 65535), max_size=30), max_size=5),
    st.sampled_from(["uint16", "uint32"]),
)
@example([[1, 11554, 59449]], "uint32")
def test_whole_numbers_are_exact(parts: list[list[int]], dtype: str) -> None:
    histogram = counted(*parts, dtype=dtype)
    values = np.array([value for part in parts for value in part])
    for number in (256, 1024):
        low, high = histogram.range(number)
        if not values.size:
            assert (low, high) == (0, 1)
            continue
        assert low <= values.min()
        assert high - low >= number
        assert high > values.max()
        expected = ((values - low) * (number / (high - low))).astype(int)
        assert histogram.bins(number).tolist() == np.bincount(expected, minlength=number).tolist()


def test_each_of_few_intensities_has_a_bin() -> None:
    histogram = counted([43, 43, 141], dtype="uint8")
    assert histogram.range(256) == (0, 256)
    assert np.flatnonzero(histogram.bins(256)).tolist() == [43, 141]
    histogram = counted([1043, 1043, 1141], dtype="uint16")
    assert histogram.range(256) == (1043, 1299)
    assert np.flatnonzero(histogram.bins(256)).tolist() == [0, 98]
    assert histogram.shown() == (1043, 1141)


@given(
    st.lists(
        st.lists(st.floats(width=32, allow_nan=True, allow_infinity=True), max_size=20), max_size=5
    )
)
def test_floating_point_of_any_size(parts: list[list[float]]) -> None:
    histogram = counted(*parts, dtype="float32")
    values = np.array([value for part in parts for value in part], np.float64)
    values = values[np.isfinite(values)]
    for number in (256, 1024):
        bins = histogram.bins(number)
        assert int(bins.sum()) == values.size
        if not values.size:
            continue
        low, high = histogram.range(number)
        assert low == values.min()
        assert high >= values.max()
        # Each count is in its bin, or beside it.
        places = np.clip((values - low) * (number / (high - low)), 0, number - 1)
        for place in places:
            assert bins[max(int(place) - 1, 0) : int(place) + 2].sum() > 0


def test_range_that_grows_by_far() -> None:
    histogram = counted([0.0, 1e-30], [3e38], [-3e38], dtype="float32")
    assert histogram.range(256) == (float(np.float32(-3e38)), float(np.float32(3e38)))
    assert histogram.bins(256)[[0, 127, 128, 255]].tolist() in ([1, 0, 2, 1], [1, 2, 0, 1])


@pytest.mark.parametrize("value", [0, 7, 2**32 - 1])
def test_one_intensity_has_a_range(value: int) -> None:
    histogram = counted([value] * 5, dtype="uint32")
    low, high = histogram.range(256)
    assert low <= value < high
    assert histogram.shown()[0] == value < histogram.shown()[1]
    assert int(histogram.bins(256).sum()) == 5


def test_numbers_that_are_not_finite_are_not_counted() -> None:
    histogram = counted([np.nan, np.inf, -np.inf], dtype="float32")
    assert histogram.empty
    assert histogram.bins(256).sum() == 0
    assert histogram.range(256) == histogram.shown() == (0, 1)


def test_just_below_zero_at_the_end_of_the_bins() -> None:
    """-1e-30 is in the last of all bins: its distance from the first one is rounded to the next."""
    histogram = counted([-32768.0, -1.0], [-65536.0, -1e-30], dtype="float32")
    assert int(histogram.bins(256).sum()) == 4
    assert histogram.bins(256)[255] == 2
