"""Quantities are compared exactly, whatever their spelling."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omero_operator.api.quantity import amount, mebibytes
from omero_operator.api.v1alpha1.fields import QUANTITY

UNITS = {
    "m": Fraction(1, 1000),
    "": Fraction(1),
    "k": Fraction(10**3),
    "M": Fraction(10**6),
    "G": Fraction(10**9),
    "T": Fraction(10**12),
    "P": Fraction(10**15),
    "Ki": Fraction(2**10),
    "Mi": Fraction(2**20),
    "Gi": Fraction(2**30),
    "Ti": Fraction(2**40),
    "Pi": Fraction(2**50),
}
units = st.sampled_from(sorted(UNITS))


@given(st.integers(0, 10**15), units)
def test_whole_number_is_multiplied_by_its_unit(number: int, unit: str) -> None:
    assert amount(f"{number}{unit}") == number * UNITS[unit]


@given(st.integers(0, 10**6), st.integers(0, 999), units)
def test_decimal_places_are_exact(whole: int, thousandths: int, unit: str) -> None:
    """Floating point would make 0.1 and 100m differ, and the operator write without end."""
    text = f"{whole}.{thousandths:03}{unit}"
    assert amount(text) == Fraction(whole * 1000 + thousandths, 1000) * UNITS[unit]


@given(st.integers(0, 10**6), st.sampled_from(["K", "M", "G", "T"]))
def test_1024_of_a_binary_unit_are_one_of_the_next(number: int, unit: str) -> None:
    following = {"K": "Mi", "M": "Gi", "G": "Ti", "T": "Pi"}[unit]
    assert amount(f"{number * 1024}{unit}i") == amount(f"{number}{following}")


@given(st.integers(0, 10**9))
def test_thousand_milli_are_one(number: int) -> None:
    assert amount(f"{number * 1000}m") == amount(str(number)) == number


@given(st.from_regex(QUANTITY, fullmatch=True))
def test_everything_that_the_schema_admits_has_an_amount(text: str) -> None:
    assert amount(text) >= 0


@pytest.mark.parametrize("text", ["", "Gi", "five", "1GB", "1gi", "1iG", "0x10", "1KK", "m"])
def test_what_is_no_quantity_names_itself(text: str) -> None:
    with pytest.raises(ValueError, match=f"'{text}' is not a Kubernetes quantity"):
        amount(text)


@pytest.mark.parametrize(
    ("text", "expected"), [("4Gi", 4096), ("1G", 953), ("1048575", 0), ("1.5Gi", 1536), ("0", 0)]
)
def test_mebibytes_round_down(text: str, expected: int) -> None:
    """A JVM told of more memory than its limit is killed."""
    assert mebibytes(text) == expected
