"""Tables that users bring, and which of their rows are for which images."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omero_plugin_common import spreadsheet
from omeroweb_omp_plugin.parsing import load_rules
from omeroweb_omp_plugin.parsing.parser import extensions
from omeroweb_omp_plugin.planning.values_file import OWN_COLUMNS, NotATable, Row, Table, read
from omeroweb_omp_plugin.planning.values_match import Images, Matched, match, well_of

NAMES = {1: "HeLa_01.ome.tif", 2: "HeLa_02.ome.tif", 3: "scan.lif [Series 3]"}
WELLS = {1: "A1", 2: "B12", 3: "B12"}
SPLIT = extensions(load_rules()).split
CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")).map(str.strip)


def images(names: dict[int, str] | None = None, wells: dict[int, str] | None = None) -> Images:
    named = (names or NAMES).items()
    return Images(named, lambda name: SPLIT(name)[0], lambda: wells or {})


def matched(text: str, column: int | None = None) -> Matched:
    return match(read(text.encode()), images(wells=WELLS), column)


@pytest.mark.parametrize(
    "content",
    [
        b"Image,Drug\nHeLa_01,DMSO\n",
        b"\xef\xbb\xbfImage;Drug\r\nHeLa_01;DMSO\r\n",
        b"sep=;\r\nImage;Drug\r\nHeLa_01;DMSO\r\n",
        "Image\tDrug\nHeLa_01\tDMSO".encode("utf-16"),
        "Image\tDrug\nHeLa_01\tDMSO".encode("utf-16-le"),
        "Image;Drug\nHeLa_01;DMSO".encode("utf-16-be"),
        b'\n"Image","Drug"\n\n" HeLa_01 ","DMSO"\n,\n',
    ],
)
def test_what_spreadsheets_save_is_read(content: bytes) -> None:
    table = read(content)
    assert (table.columns, [row.cells for row in table.rows]) == (
        ("Image", "Drug"),
        [("HeLa_01", "DMSO")],
    )
    assert match(table, images()).values == {1: {"Drug": "DMSO"}}


def test_the_separator_is_not_one_that_stands_in_quotation_marks() -> None:
    table = read(b'"a,b,c,d";Drug\nHeLa_01;"1,5; 2"\n')
    assert table.columns == ("a,b,c,d", "Drug")
    assert table.rows[0].cells == ("HeLa_01", "1,5; 2")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\n ,\n", "empty"),
        (b"Image,Drug\n", "no rows"),
        (b"PK\x03\x04\x14\0\x06\0\x08workbook", "CSV UTF-8"),
        ("Bild;Stärke\nHeLa_01;ä".encode("cp1252"), "CSV UTF-8"),
        (b'Image,Drug\nHeLa_01,"DMSO\n', "CSV"),
        (b"Image,Drug,Drug\nHeLa_01,1,2\n", "“Drug”"),
        (b"Image,omp_hash\nHeLa_01,1\n", "omp_hash"),
        (b"Image,Drug\nHeLa_01,1,2\n", "Row 2 has more"),
        (b"Image," + b"k" * 256 + b"\nHeLa_01,1\n", "longer than 255"),
        (b"Image,Drug\nHeLa_01," + b"v" * 10_001 + b"\n", "10,001"),
        (b"Image" + b"," * 200 + b"\n1", "201 columns"),
    ],
)
def test_what_cannot_be_used_is_said(content: bytes, said: str) -> None:
    with pytest.raises(NotATable, match=said):
        read(content)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("HeLa_01.ome.tif", [1]),
        ("hela_01.OME.TIF", [1]),
        ("HeLa_01", [1]),
        ("HeLa_01.czi", [1]),
        (r"D:\data\HeLa_02.ome.tif", [2]),
        ("day 1/HeLa_02", [2]),
        ("scan [Series 3]", [3]),
        ("HeLa_0", []),
        ("", []),
    ],
)
def test_names_with_and_without_extension_or_folder(text: str, found: list[int]) -> None:
    assert list(images().found("name", text)) == found


def test_wells_in_every_spelling() -> None:
    assert [well_of(text) for text in ("A01", "A1", "a1", "A-01", "af 048")] == [
        "A1", "A1", "A1", "A1", "AF48",
    ]  # fmt: skip
    assert not any(map(well_of, ("", "A", "A0", "1A", "ABC1", "A123", "Ä1")))
    found = matched("Position;Drug\na01;DMSO\nB12;Taxol\nC1;\n")
    assert (found.by, found.column) == ("well", 0)
    assert found.values == {1: {"Drug": "DMSO"}, 2: {"Drug": "Taxol"}, 3: {"Drug": "Taxol"}}
    assert (found.matched, found.several, found.strangers) == (2, 1, ["C1"])


def test_the_column_with_names_is_found_and_can_be_chosen() -> None:
    text = "No;File;Well;Drug\n1;HeLa_01;B12;DMSO\n2;HeLa_02;A1;Taxol\n"
    found = matched(text)
    assert (found.by, found.column, found.without) == ("name", 1, [3])
    assert found.values[1] == {"No": "1", "Well": "B12", "Drug": "DMSO"}
    found = matched(text, column=2)
    assert (found.by, found.column) == ("well", 2)
    assert found.values[1] == {"No": "2", "File": "HeLa_02", "Drug": "Taxol"}
    found = matched(text, column=3)
    assert (found.matched, found.strangers) == (0, ["DMSO", "Taxol"])


def test_two_rows_for_one_image_must_say_the_same() -> None:
    same = matched("Image,Drug,Dose\nHeLa_01,DMSO,\nHeLa_01.tif,DMSO,2\n")
    assert (same.conflicts, same.values) == ([], {1: {"Drug": "DMSO", "Dose": "2"}})
    other = matched("Image,Drug\nHeLa_01,DMSO\nHeLa_02,x\nHeLa_01,Taxol\n")
    assert other.conflicts == [
        "“HeLa_01” has two values of “Drug”: “DMSO” in row 2 and “Taxol” in row 4"
    ]


def test_columns_without_a_key_are_left_out_and_named() -> None:
    table = read(b"Image,,Var2,Drug,\nHeLa_01,1,2,3,\n")
    assert table.keys(0) == {3: "Drug"}
    assert table.left_out(0) == ["column 2", "“Var2”"]
    assert match(table, images()).values == {1: {"Drug": "3"}}


def test_a_preview_that_was_downloaded_is_known_by_ids() -> None:
    rows = [(*OWN_COLUMNS, "Drug"), (2, "renamed.tif", "day", "=1+2"), (9, "other", "", "x")]
    found = match(read("".join(spreadsheet.lines(rows)).encode()), images())
    assert (found.by, found.values, found.strangers) == ("id", {2: {"Drug": "=1+2"}}, ["9"])


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1), st.sampled_from(",;\t"))
def test_any_table_comes_back_as_it_was(rows: list[list[str]], delimiter: str) -> None:
    """Also when cells have separators, quotation marks, line ends, or begin like a formula."""
    text = io.StringIO(newline="")
    lines = [["Image", "One", "Two"], *([f"n{row[0]}", *row[1:]] for row in rows)]
    protected = csv.reader(io.StringIO("".join(spreadsheet.lines(lines)), newline=""))
    csv.writer(text, delimiter=delimiter).writerows(protected)
    table = read(text.getvalue().encode("utf-8", "surrogatepass"))
    assert [list(row.cells) for row in table.rows] == lines[1:]


@given(
    st.dictionaries(st.integers(1, 50), CELLS, max_size=8),
    st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=8),
)
def test_what_a_table_gives_is_in_its_rows(
    names: dict[int, str], rows: list[tuple[str, str, str]]
) -> None:
    table = Table(("Image", "One", "Two"), tuple(Row(at, row) for at, row in enumerate(rows, 2)))
    found = match(table, images(names or {1: "x"}))
    cells = {cell for row in rows for cell in row}
    assert all(
        value in cells and value for each in found.values.values() for value in each.values()
    )
    assert found.matched + len(found.strangers) == len(table.rows)
    assert not set(found.without) & set(found.values)
