from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omeroweb_omp_plugin.ai.answers import Unusable, read_pattern, read_values

NAMES = ["A01_DAPI_0.1uM.tif", "B02_GFP_1.5uM.tif"]
VARIABLES = ["Well", "Stain"]


def _answer(*rows: list[str | None], first: int = 1) -> str:
    listed = [{"n": n, "values": row} for n, row in enumerate(rows, first)]
    return json.dumps({"rows": listed})


def test_values_come_back_under_their_variables() -> None:
    rows = read_values(_answer(["A01", "DAPI"], [" B02 ", None]), NAMES, VARIABLES)
    assert [row.name for row in rows] == NAMES
    assert [row.values for row in rows] == [{"Well": "A01", "Stain": "DAPI"}, {"Well": "B02"}]
    assert [row.problem for row in rows] == ["", ""]


@pytest.mark.parametrize(
    "around",
    [
        "{}",
        " {}\n",
        "```json\n{}\n```",
        "Here it is:\n```\n{}```\nDone.",
        '<think>A row is {"n": 1}.\n```\n[]\n```\n</think>\n{}',
    ],
)
def test_json_is_found_also_when_it_is_wrapped(around: str) -> None:
    text = around.replace("{}", _answer(["A01", None], ["B02", None]))
    assert [row.values["Well"] for row in read_values(text, NAMES, VARIABLES)] == ["A01", "B02"]


def test_a_text_that_is_not_in_its_name_costs_the_row_and_says_why() -> None:
    rows = read_values(_answer(["A01", "Hoechst"], ["B02", "GFP"]), NAMES, VARIABLES)
    assert rows[0].values == {}
    assert rows[0].problem == "Stain: 'Hoechst' does not occur in the name"
    assert rows[1].values == {"Well": "B02", "Stain": "GFP"}


@pytest.mark.parametrize("invented", ["a01", "B02", "0.10uM", "A01_dapi", "_", "..."])
def test_nothing_is_invented(invented: str) -> None:
    rows = read_values(_answer([invented, "DAPI"], [None, None]), NAMES, VARIABLES)
    assert rows[0].values == {}
    assert rows[0].problem.startswith("Well: ")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("no idea", "is not JSON"),
        ("", "is not JSON"),
        ('{"rows": NaN}', "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ('{"values": []}', "the requested form"),
        ('{"rows": [{"n": "1", "values": []}]}', "the requested form"),
        (_answer(["A01", 5], ["B02", None]), "the requested form"),  # type: ignore[list-item]
        (_answer(["A01", "DAPI"]), "has 1 rows for 2 names"),
        (_answer(["A01", None], ["B02", None], ["C03", None]), "has 3 rows for 2 names"),
        (_answer(["A01", None], ["B02", None], first=2), "different order"),
        (_answer(["A01"], ["B02"]), "one value for each of the 2 keys"),
    ],
)
def test_an_answer_of_another_form_is_thrown_away(text: str, why: str) -> None:
    with pytest.raises(Unusable, match=why):
        read_values(text, NAMES, VARIABLES)


@given(
    st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=5),
    st.lists(st.lists(st.none() | st.text(max_size=8), min_size=2, max_size=2), max_size=6),
)
def test_whatever_comes_each_value_kept_occurs_in_its_name(
    names: list[str], rows: list[list[str | None]]
) -> None:
    try:
        read = read_values(_answer(*rows), names, VARIABLES)
    except Unusable:
        return
    assert [row.name for row in read] == names
    for row in read:
        assert all(value in row.name for value in row.values.values())


def test_a_pattern_has_named_groups() -> None:
    assert read_pattern('{"pattern": " (?P<well>[A-H]\\\\d+) "}') == r"(?P<well>[A-H]\d+)"
    for text in ('{"pattern": ""}', '{"pattern": "[_-]"}'):
        with pytest.raises(Unusable, match="named groups"):
            read_pattern(text)
    with pytest.raises(Unusable, match="form"):
        read_pattern('{"pattern": 3}')
