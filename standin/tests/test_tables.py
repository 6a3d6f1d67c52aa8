"""OMERO.tables: columns of all types, rows, conditions, metadata."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import Ice
import omero
import omero.grid
import pytest
from omero.rtypes import rfloat, rlong, rstring

from standin_here import Here


@pytest.fixture(scope="module")
def ada(here: Here) -> Any:
    """The connection of the one who makes tables."""
    return here.connect("ada")


def new_table(gateway: Any, *columns: Any, name: str = "a/measurements.h5") -> Any:
    """An initialised table."""
    table = gateway.c.sf.sharedResources().newTable(1, name)
    table.initialize(list(columns))
    return table


def measured(gateway: Any) -> Any:
    """Five wells with areas and names."""
    table = new_table(
        gateway,
        omero.grid.WellColumn("Well", "", []),
        omero.grid.DoubleColumn("Area", "µm²", []),
        omero.grid.StringColumn("Name", "", 8, []),
    )
    table.addData([
        omero.grid.WellColumn("Well", "", [1, 2, 3, 4, 5]),
        omero.grid.DoubleColumn("Area", "", [0.5, 1.5, 2.5, 3.5, float("nan")]),
        omero.grid.StringColumn("Name", "", 8, ["a", "b", "a", "zoë", ""]),
    ])  # fmt: skip
    return table


COLUMNS = [
    (omero.grid.FileColumn, [1, 2]),
    (omero.grid.ImageColumn, [1, 2]),
    (omero.grid.RoiColumn, [1, 2]),
    (omero.grid.WellColumn, [1, 2]),
    (omero.grid.PlateColumn, [1, 2]),
    (omero.grid.DatasetColumn, [1, 2]),
    (omero.grid.LongColumn, [-(2**60), 2**60]),
    (omero.grid.DoubleColumn, [0.25, -1e300]),
    (omero.grid.BoolColumn, [True, False]),
]


@pytest.mark.parametrize(("kind", "values"), COLUMNS, ids=[each.__name__ for each, _ in COLUMNS])
def test_plain_columns_keep_their_values_over_a_reopening(
    here: Here, ada: Any, kind: Any, values: list[Any]
) -> None:
    table = new_table(ada, kind("c", "described", []))
    table.addData([kind("c", "", values)])
    file = table.getOriginalFile()
    table.close()
    again = ada.c.sf.sharedResources().openTable(omero.model.OriginalFileI(file.id.val, False))
    header = again.getHeaders()[0]
    assert (type(header), header.name, header.description) == (kind, "c", "described")
    assert again.read([0], 0, 0).columns[0].values == values
    again.close()


def test_arrays_text_and_masks_keep_their_values(here: Here, ada: Any) -> None:
    table = new_table(
        ada,
        omero.grid.FloatArrayColumn("f", "", 2, []),
        omero.grid.DoubleArrayColumn("d", "", 2, []),
        omero.grid.LongArrayColumn("l", "", 2, []),
        omero.grid.StringColumn("s", "", 5, []),
        omero.grid.MaskColumn("m", "", [], [], [], [], [], [], [], []),
    )
    table.addData([
        omero.grid.FloatArrayColumn("f", "", 2, [[0.5, 1.5]]),
        omero.grid.DoubleArrayColumn("d", "", 2, [[0.1, 0.2]]),
        omero.grid.LongArrayColumn("l", "", 2, [[1, 2]]),
        omero.grid.StringColumn("s", "", 5, ["é"]),
        omero.grid.MaskColumn("m", "", [7], [1], [2], [3.0], [4.0], [5.0], [6.0], [b"\x01\x02"]),
    ])  # fmt: skip
    file = table.getOriginalFile()
    table.close()
    again = ada.c.sf.sharedResources().openTable(file)
    columns = again.readCoordinates([0]).columns
    assert [each.values for each in columns[:4]] == [[[0.5, 1.5]], [[0.1, 0.2]], [[1, 2]], ["é"]]
    mask = columns[4]
    assert (mask.imageId, mask.theZ, mask.h, bytes(mask.bytes[0])) == ([7], [1], [6.0], b"\x01\x02")
    assert columns[3].size == 5
    again.close()


def test_rows_are_read_by_number_range_and_column(ada: Any) -> None:
    table = measured(ada)
    assert table.getNumberOfRows() == 5
    data = table.read([1, 0], 1, 3)
    assert [each.name for each in data.columns] == ["Area", "Well"]
    assert data.columns[1].values == [2, 3]
    assert list(data.rowNumbers) == [1, 2]
    assert table.slice([0], [4, 0]).columns[0].values == [5, 1]
    assert table.slice([], []).columns[2].values == ["a", "b", "a", "zoë", ""]
    assert table.readCoordinates([3]).columns[2].values == ["zoë"]
    with pytest.raises(omero.ApiUsageException, match="Row overflow: 5 >= 5"):
        table.readCoordinates([5])
    with pytest.raises(omero.ApiUsageException, match="Column overflow"):
        table.read([3], 0, 0)


@pytest.mark.parametrize(
    ("condition", "rows"),
    [
        ("Well==3", [2]),
        ("(Well > 1) & (Area < 3)", [1, 2]),
        ("(Name == 'a') | (Name == b'b')", [0, 1, 2]),
        ('Name=="zoë"', [3]),
        ("~(Well <= 3)", [3, 4]),
        ("Area == Area", [0, 1, 2, 3]),
        ("Area != Area", [4]),
        ("Well % 2 == 0", [1, 3]),
        ("abs(Area - 2) < 1", [1, 2]),
        ("sqrt(Well) >= 2", [3, 4]),
        ("(Well*2 + 1) == 7", [2]),
        ("Well == x", [1]),
        ("column > 3", [3, 4]),
    ],
)
def test_conditions_pick_rows(ada: Any, condition: str, rows: list[int]) -> None:
    variables = {"x": rlong(2), "column": rstring("Well")}
    assert measured(ada).getWhereList(condition, variables, 0, 0, 1) == rows


def test_conditions_within_a_range(ada: Any) -> None:
    table = measured(ada)
    assert table.getWhereList("Well > 0", None, 1, 4, 2) == [1, 3]
    assert table.getWhereList("Well > 0", {}, 3, 100, 0) == [3, 4]


@pytest.mark.parametrize(
    "condition",
    ["", "Well", "Well = 3", "Weel == 3", "Well == 1 and Area > 2", "not Well", "1 < Well < 3",
     "__import__('os')", "Well.__class__", "(lambda: 1)()", "Name > 3 +"],
)  # fmt: skip
def test_other_conditions_are_refused(ada: Any, condition: str) -> None:
    with pytest.raises(omero.ApiUsageException, match="Bad condition"):
        measured(ada).getWhereList(condition, None, 0, 0, 1)


def test_rows_are_changed_and_metadata_kept(ada: Any) -> None:
    table = measured(ada)
    update = omero.grid.Data()
    update.rowNumbers = [0, 4]
    update.columns = [omero.grid.StringColumn("Name", "", 8, ["first", "last"])]
    table.update(update)
    table.setMetadata("software", rstring("probe"))
    table.setAllMetadata({"count": rlong(5), "ratio": rfloat(0.5)})
    file = table.getOriginalFile()
    table.close()
    again = ada.c.sf.sharedResources().openTable(file)
    assert again.slice([2], [0, 4]).columns[0].values == ["first", "last"]
    metadata = again.getAllMetadata()
    assert (metadata["count"].val, metadata["__version"].val) == (5, "2")
    assert again.getMetadata("software") is None
    with pytest.raises(omero.ApiUsageException, match="Reserved attribute name"):
        again.setMetadata("__version", rstring("3"))
    again.close()


def test_two_who_have_it_open_see_the_same(here: Here, ada: Any) -> None:
    table = measured(ada)
    other = here.connect("bob").c.sf.sharedResources().openTable(table.getOriginalFile())
    table.addData([
        omero.grid.WellColumn("Well", "", [6]),
        omero.grid.DoubleColumn("Area", "", [9.0]),
        omero.grid.StringColumn("Name", "", 8, ["six"]),
    ])  # fmt: skip
    assert other.getNumberOfRows() == 6
    with pytest.raises(omero.SecurityViolation):
        other.setMetadata("x", rlong(1))
    with pytest.raises(omero.SecurityViolation):
        other.delete()


def test_a_session_that_ends_keeps_its_tables(here: Here) -> None:
    gateway = here.connect("ada")
    table = measured(gateway)
    file = table.getOriginalFile()
    gateway.close(hard=True)
    row = here.store.get("OriginalFile", file.id.val)
    assert row.values["size"] > 0
    assert len(row.values["hash"]) == 40


def test_a_deleted_table_is_gone_with_its_file(here: Here, ada: Any) -> None:
    table = measured(ada)
    file = table.getOriginalFile()
    assert (file.name.val, file.mimetype.val) == ("measurements.h5", "OMERO.tables")
    table.delete()
    table.close()
    with pytest.raises(Ice.ObjectNotExistException):
        table.close()
    assert here.store.find("OriginalFile", file.id.val) is None
    with pytest.raises(omero.ValidationException):
        ada.c.sf.sharedResources().openTable(file)


def test_misuse_is_named(ada: Any) -> None:
    table = ada.c.sf.sharedResources().newTable(1, "empty")
    with pytest.raises(omero.ApiUsageException, match="Not yet initialized"):
        table.getHeaders()
    with pytest.raises(omero.ApiUsageException, match="No columns"):
        table.initialize([])
    with pytest.raises(omero.ApiUsageException, match="Duplicate column name: c"):
        table.initialize([omero.grid.LongColumn("c", "", []), omero.grid.LongColumn("c", "", [])])
    table.initialize([omero.grid.StringColumn("s", "", 2, []), omero.grid.LongColumn("l", "", [])])
    with pytest.raises(omero.ValidationException, match="Already initialized"):
        table.initialize([omero.grid.LongColumn("c", "", [])])
    longs = omero.grid.LongColumn("l", "", [1])
    with pytest.raises(omero.ValidationException, match="Maximum string"):
        table.addData([omero.grid.StringColumn("s", "", 2, ["long"]), longs])
    with pytest.raises(omero.ValidationException, match="differing length"):
        table.addData([omero.grid.StringColumn("s", "", 2, ["a", "b"]), longs])
    table.close()
    table = new_table(ada, omero.grid.LongArrayColumn("a", "", 2, []))
    with pytest.raises(omero.ValidationException, match="requires arrays of length 2"):
        table.addData([omero.grid.LongArrayColumn("a", "", 2, [[1]])])


def test_a_table_gets_all_its_columns_or_none(ada: Any) -> None:
    strings, longs = omero.grid.StringColumn("s", "", 2, []), omero.grid.LongColumn("l", "", [])
    table = new_table(ada, strings, longs)
    longs.values = [1]
    with pytest.raises(omero.ValidationException, match="1 columns are given"):
        table.addData([longs])
    assert table.getNumberOfRows() == 0


def test_twenty_clients_write_tables_at_once(here: Here) -> None:
    def one(number: int) -> int:
        table = new_table(here.connect("ada"), omero.grid.LongColumn("c", "", []))
        for start in range(0, 1000, 100):
            table.addData([omero.grid.LongColumn("c", "", list(range(start, start + 100)))])
        found = len(table.getWhereList(f"c >= {number}", None, 0, 0, 1))
        table.close()
        return found

    with ThreadPoolExecutor(20) as pool:
        assert list(pool.map(one, range(20))) == [1000 - each for each in range(20)]
