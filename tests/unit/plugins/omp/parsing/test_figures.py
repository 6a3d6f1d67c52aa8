"""Names that laboratories use: how many of the values an expert expects stand alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from omeroweb_omp_plugin import parsing
from omeroweb_omp_plugin.parsing.figures import measure, missing, read_sets

SETS = Path(__file__).parents[4] / "data" / "omp_names"


@pytest.mark.parametrize(
    ("file", "alone", "whole", "wrong"),
    [("published.json", 153, 31, 0), ("held_out.json", 201, 47, 0)],
)
def test_no_fewer_values_stand_alone_than_before(
    file: str, alone: int, whole: int, wrong: int
) -> None:
    """Who makes it better raises the figures; `omp-parse --check` prints them set by set."""
    found = measure(read_sets(SETS / file), parsing.load_rules())
    assert sum(each.expected - len(each.missing) for each in found) >= alone
    assert sum(each.whole for each in found) >= whole
    assert sum(len(each.wrong) for each in found) <= wrong


@pytest.mark.parametrize(
    ("expected", "values", "lacking"),
    [
        (["D0", "20x", "0"], ["D0.vsi", "20x", "0"], ["D0"]),
        (["1", "1"], ["r01", "c01"], []),
        (["1", "1"], ["r01c01"], ["1", "1"]),
        (["A 12589"], ["A_12589"], []),
        (["s1", "w1"], ["w1", "s1"], ["s1"]),
        (["s1"], ["c1"], ["s1"]),
        (["a", "b"], [], ["a", "b"]),
    ],
)
def test_what_counts_as_a_value_of_its_own(
    expected: list[str], values: list[str], lacking: list[str]
) -> None:
    assert len(missing(expected, values)) == len(lacking)
