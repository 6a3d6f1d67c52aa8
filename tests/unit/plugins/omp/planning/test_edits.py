"""One change to the values of a key, over many images."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omeroweb_omp_plugin.planning.edits import (
    Edit,
    FillDown,
    Replace,
    Row,
    SetValue,
    SplitUnit,
    edited,
)

ROWS: list[Row] = [
    (1, {"Group": "ctrl", "Dose": "10uM"}),
    (2, {"Group": "ctrl_2", "Dose": "0.1 mg/ml"}),
    (3, {"Dose": "none"}),
    (4, {"Group": "Ctrl"}),
]


@pytest.mark.parametrize(
    ("key", "edit", "expected"),
    [
        ("Group", SetValue("x"), {n: {"Group": "x"} for n in (1, 2, 3, 4)}),
        ("Group", SetValue("ctrl"), {n: {"Group": "ctrl"} for n in (2, 3, 4)}),
        ("Group", SetValue(""), {n: {"Group": ""} for n in (1, 2, 4)}),
        ("New", SetValue("x"), {n: {"New": "x"} for n in (1, 2, 3, 4)}),
        ("Group", FillDown(), {n: {"Group": "ctrl"} for n in (2, 3, 4)}),
        ("Group", FillDown(empty=True), {3: {"Group": "ctrl_2"}}),
        ("Dose", FillDown(empty=True), {4: {"Dose": "none"}}),
        (
            "Group",
            Replace("ctrl", "control"),
            {1: {"Group": "control"}, 2: {"Group": "control_2"}},
        ),
        ("Group", Replace("ctrl", "control", whole=True), {1: {"Group": "control"}}),
        # A text, not a pattern.
        ("Group", Replace(".", "x"), {}),
        (
            "Dose",
            SplitUnit("Dose unit"),
            {1: {"Dose": "10", "Dose unit": "uM"}, 2: {"Dose": "0.1", "Dose unit": "mg/ml"}},
        ),
    ],
)
def test_an_edit(key: str, edit: Edit, expected: dict[int, dict[str, str]]) -> None:
    assert edited(ROWS, key, edit) == expected


@pytest.mark.parametrize(
    ("value", "number", "unit"),
    [
        ("10uM", "10", "uM"),
        ("10 \N{MICRO SIGN}M", "10", "\N{MICRO SIGN}M"),
        ("0,5\N{GREEK SMALL LETTER MU}m", "0,5", "\N{GREEK SMALL LETTER MU}m"),
        ("-20\N{DEGREE SIGN}C", "-20", "\N{DEGREE SIGN}C"),
        ("5%", "5", "%"),
        ("20x", "20", "x"),
        ("1.5 ng/µl ", "1.5", "ng/µl"),
    ],
)
def test_a_number_and_its_unit(value: str, number: str, unit: str) -> None:
    assert edited([(1, {"K": value})], "K", SplitUnit("U")) == {1: {"K": number, "U": unit}}


@pytest.mark.parametrize(
    "value", ["", "10", "uM", "5-HT2A", "1e5", "v2.14.0x", "B12", "3D2", "10_uM"]
)
def test_no_number_with_a_unit(value: str) -> None:
    assert edited([(1, {"K": value})], "K", SplitUnit("U")) == {}


VALUES = st.text("a1 %", max_size=4)
LINES = st.lists(st.dictionaries(st.sampled_from(["K", "L"]), VALUES.filter(bool)), max_size=6)
EDITS: st.SearchStrategy[Edit] = st.one_of(
    st.builds(SetValue, VALUES),
    st.builds(FillDown, st.booleans()),
    st.builds(Replace, st.just("zz"), VALUES, st.booleans()),
    st.just(SplitUnit("U")),
)


@given(LINES, EDITS)
def test_done_again_an_edit_changes_nothing(lines: list[dict[str, str]], edit: Edit) -> None:
    rows: list[Row] = list(enumerate(lines))
    values = edited(rows, "K", edit)
    after = [(image, {**row, **values.get(image, {})}) for image, row in rows]
    assert edited(after, "K", edit) == {}
    # Every value that is told is another one, and no other key is touched.
    for image, new in values.items():
        assert set(new) <= {"K", "U"}
        assert all(value != lines[image].get(name, "") for name, value in new.items())
