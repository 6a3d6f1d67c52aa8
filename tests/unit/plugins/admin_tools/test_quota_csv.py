"""Limits of groups as a file: what people's spreadsheets write, and what must not be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omero_plugin_common import spreadsheet
from omeroweb_admin_tools.planning.quota_csv import (
    GIGABYTE,
    HEADER,
    BadTable,
    bytes_of,
    gigabytes_of,
    read,
)

GROUPS = {"Liver": 5, "Heart, left": 6, "=SUM(A1)": 7, " spaces ": 8, "肝臓": 9, "a.b": 10}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Group,Quota [GB]\nLiver,10\n", {"Liver": 10 * GIGABYTE}),
        ("Liver,10\n", {"Liver": 10 * GIGABYTE}),
        ("\ufeffgroup;quota\r\nLiver;1,5\r\n\r\n肝臓;\r\n", {"Liver": 3 * 2**29, "肝臓": None}),
        ('"Heart, left",0.5,ignored\n', {"Heart, left": GIGABYTE // 2}),
        ("'=SUM(A1),2\n", {"=SUM(A1)": 2 * GIGABYTE}),
        (" spaces ,1\n Liver ,1e3\n", {" spaces ": GIGABYTE, "Liver": 1000 * GIGABYTE}),
    ],
)
def test_files_that_people_have(text: str, found: dict[str, int | None]) -> None:
    assert read(text, GROUPS) == found


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "the file has no groups"),
        ("Group,Quota [GB]\n,\n", "the file has no groups"),
        ("Liver\n", "line 1: it needs a group and a quota"),
        ("Liver,1\nLiver,2\n", "line 2: the group 'Liver' is there twice"),
        ("../..,1\n", "line 1: OMERO has no group '../..'"),
        ("..,1\n", "OMERO has no group '..'"),
        ("aXb,1\n", "OMERO has no group 'aXb'"),
        ("Liver,NaN\n", "is no number of gigabytes"),
        ("Liver,Infinity\n", "is no number of gigabytes"),
        ("Liver,-1\n", "is no number of gigabytes"),
        ("Liver,0\n", "is no number of gigabytes"),
        ("Liver,1e300\n", "is no number of gigabytes"),
        ("Liver,1_000\n", "'1_000' is no number of gigabytes"),
        ("Liver;1.000,5\n", "is no number of gigabytes"),
        ("Liver,٣\n", "is no number of gigabytes"),
        ("Liver,10 GB\n", "'10 GB' is no number of gigabytes"),
        ('"Liver,1\n', "this is no CSV"),
        ("Liver,1\nBrain,2\nKidney,x\n", "line 2: OMERO has no group 'Brain'; line 3: "),
    ],
)
def test_nothing_of_a_file_with_a_bad_line_is_used(text: str, problem: str) -> None:
    with pytest.raises(BadTable) as raised:
        read(text, GROUPS)
    assert problem in str(raised.value)


@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1),
        st.none() | st.integers(1, 2**42),
        min_size=1,
    )
)
def test_what_is_downloaded_can_be_sent_back(limits: dict[str, int | None]) -> None:
    named = {name: most for name, most in limits.items() if name.strip()}
    rows = [(name, "" if most is None else most / GIGABYTE) for name, most in named.items()]
    text = "".join(spreadsheet.lines([HEADER, *rows]))
    if named:
        assert read(text, dict.fromkeys(named, 1)) == named


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf"), 0.0, -0.1, 1e12])
def test_numbers_that_are_no_limit(number: float) -> None:
    with pytest.raises(ValueError, match="is no number of gigabytes"):
        bytes_of(number)


def test_gigabytes() -> None:
    assert bytes_of(None) is None
    assert bytes_of(1e-12) == 1
    assert gigabytes_of(3 * 2**29) == 1.5
    assert gigabytes_of(10 * GIGABYTE) == 10
