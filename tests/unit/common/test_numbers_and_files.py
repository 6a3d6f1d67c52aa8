"""Numbers of an address, files that are sent, and files as answers."""

from __future__ import annotations

import csv
from types import SimpleNamespace
from typing import Any

import pytest

from omero_plugin_common import spreadsheet
from omero_plugin_common.errors import BadRequest
from omero_plugin_common.request_utils import number_from_query
from omero_plugin_common.string_utils import LARGEST_ID, whole_number


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("007", 7), ("200", 200), (str(2**63 - 1), 2**63 - 1)],
)
def test_digits_are_a_number(text: str, number: int) -> None:
    assert whole_number(text) == number


@pytest.mark.parametrize(
    "text",
    [
        *("", "-1", "+1", "1.5", " 1", "1_0", "x", "²", "\N{ARABIC-INDIC DIGIT SEVEN}"),
        *("0" * 20, str(2**63), "9" * 5000),
    ],
)
def test_anything_else_is_none(text: str) -> None:
    assert whole_number(text) is None


def test_a_number_has_a_limit() -> None:
    assert whole_number("500", 500) == 500
    assert whole_number("501", 500) is None


def query(**values: str) -> Any:
    return SimpleNamespace(GET=values)


def test_a_query_has_numbers_with_defaults() -> None:
    assert number_from_query(query(offset="20"), "offset") == 20
    assert number_from_query(query(), "offset") == 0
    assert number_from_query(query(limit=""), "limit", 200, 500) == 200
    assert number_from_query(query(id=str(LARGEST_ID)), "id") == LARGEST_ID


@pytest.mark.parametrize("text", ["501", "-1", "many", str(2**64)])
def test_a_wrong_number_is_rejected_with_its_name_and_limit(text: str) -> None:
    with pytest.raises(BadRequest) as caught:
        number_from_query(query(limit=text), "limit", 200, 500)
    assert caught.value.message == "`limit` must be a number from 0 to 500"


@pytest.mark.usefixtures("django")
def test_csv_is_a_file_that_a_spreadsheet_reads_as_utf_8() -> None:
    from omero_plugin_common.web.answers import csv_answer

    answer = csv_answer(spreadsheet.lines([("id", "name"), (7, "=µ")]), "sizes-7.csv")
    assert answer.content.decode() == "\ufeffid,name\r\n7,'=µ\r\n"
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="sizes-7.csv"'
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.usefixtures("django")
def test_a_file_of_a_form_is_named_when_it_is_missing() -> None:
    from omero_plugin_common.web.request_body import read_file

    sent = SimpleNamespace(FILES={"backup": "the file"})
    assert read_file(sent, "backup") == "the file"
    with pytest.raises(BadRequest, match="Send the file as `table` of a form"):
        read_file(sent, "table")


def test_a_spreadsheet_is_read_back_without_loss() -> None:
    rows = [["=1+1", "'x", ""], ["a,b", 'c"d', "e\nf"]]
    assert list(spreadsheet.read("\ufeff" + "".join(spreadsheet.lines(rows)))) == rows


def test_a_field_of_a_spreadsheet_has_up_to_16_million_characters() -> None:
    longest = "x" * 16_000_000
    assert list(spreadsheet.read(longest)) == [[longest]]
    with pytest.raises(csv.Error, match="field larger than field limit"):
        list(spreadsheet.read(f"{longest}x"))
