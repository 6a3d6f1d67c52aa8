"""Which images the table shows, and in which order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omeroweb_omp_plugin.planning.arrange import IMAGE, STATE, Arrangement, Row, arranged, natural

ROWS = [
    Row(0, "b10.tif", {"Line": "HeLa", "Dose": "10"}, 5),
    Row(1, "B2.tif", {"Line": "hela", "Dose": "9"}, 0),
    Row(4, "a1.tif", {"Line": "U2OS"}, 3),
    Row(7, "c.tif", {"Dose": "100"}, 5),
]


@pytest.mark.parametrize(
    ("wanted", "places"),
    [
        (Arrangement(), [0, 1, 4, 7]),
        (Arrangement(search="hela"), [0, 1]),
        (Arrangement(search=" B2 "), [1]),
        (Arrangement(search="u2"), [4]),
        (Arrangement(search="nothing"), []),
        (Arrangement(sort=IMAGE), [4, 1, 0, 7]),
        (Arrangement(sort=IMAGE, descending=True), [7, 0, 1, 4]),
        (Arrangement(sort="Dose"), [1, 0, 7, 4]),
        # Images without a value are last both ways; equal ones stay in their order.
        (Arrangement(sort="Dose", descending=True), [7, 0, 1, 4]),
        (Arrangement(sort="Line"), [0, 1, 4, 7]),
        (Arrangement(sort=STATE), [1, 4, 0, 7]),
        (Arrangement(search=".tif", sort=STATE, descending=True), [0, 7, 4, 1]),
        (Arrangement(sort="No such key"), [0, 1, 4, 7]),
    ],
)
def test_an_arrangement(wanted: Arrangement, places: list[int]) -> None:
    assert arranged(ROWS, wanted) == places


def test_numbers_count_as_numbers() -> None:
    names = ["A10", "A2", "a1", "10", "9", "A", "A2b", "1" * 30, "A002"]
    expected = ["9", "10", "1" * 30, "A", "a1", "A2", "A002", "A2b", "A10"]
    assert sorted(names, key=natural) == expected


@given(
    st.lists(st.tuples(st.text(max_size=4), st.text("a1b²", max_size=3))),
    st.sampled_from(["", IMAGE, STATE, "K"]),
    st.booleans(),
)
def test_sorting_loses_no_image(
    given_rows: list[tuple[str, str]], sort: str, descending: bool
) -> None:
    rows = [Row(at, name, {"K": value}, 0) for at, (name, value) in enumerate(given_rows)]
    found = arranged(rows, Arrangement(sort=sort, descending=descending))
    assert sorted(found) == list(range(len(rows)))
