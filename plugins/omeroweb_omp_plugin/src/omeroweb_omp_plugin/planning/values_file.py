"""A table with values for images, from a CSV or TSV file that a user wrote.

What spreadsheets save is accepted: commas, semicolons or tabs, UTF-8 with or without its mark,
UTF-16, and Excel's first line `sep=;`.
"""

from __future__ import annotations

import codecs
import csv
import re
from dataclasses import dataclass
from typing import Final

from omero_plugin_common import spreadsheet
from omeroweb_omp_plugin.placeholders import is_placeholder
from omeroweb_omp_plugin.planning.pairs import RESERVED

# The first columns of a preview that was downloaded.
OWN_COLUMNS: Final = ("image_id", "image_name", "where")
LONGEST_KEY: Final = 255
LONGEST_VALUE: Final = 10_000
MOST_COLUMNS: Final = 200
_DELIMITERS: Final = "\t;,"
_SEPARATOR_LINE: Final = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
_SNIFFED: Final = 200
# Characters in which the header ends.
_HEADER: Final = 100_000


class NotATable(ValueError):
    """A file without values for images; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes:
        number: of the row, as a spreadsheet counts; the header is row 1.
        cells: without blanks around them, as many as there are columns.
    """

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The file.

    Attributes:
        columns: the header; empty for a column without one.
        rows: those that are not empty.
    """

    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def is_own(self) -> bool:
        """Whether it is a preview that was downloaded, which names images by their ids."""
        return self.columns[: len(OWN_COLUMNS)] == OWN_COLUMNS

    def keys(self, column: int) -> dict[int, str]:
        """The columns that become keys, when one of them names the images."""
        own = len(OWN_COLUMNS) if self.is_own else 0
        return {
            at: name
            for at, name in enumerate(self.columns)
            if at != column and at >= own and name and not is_placeholder(name)
        }

    def left_out(self, column: int) -> list[str]:
        """Columns with values that become no keys, such as `column 4`."""
        used = {column, *self.keys(column), *(range(len(OWN_COLUMNS)) if self.is_own else ())}
        return [
            f"“{name}”" if name else f"column {at + 1}"
            for at, name in enumerate(self.columns)
            if at not in used and any(row.cells[at] for row in self.rows)
        ]


def read(content: bytes) -> Table:
    """The table of a file.

    Raises:
        NotATable: it is none, or has columns or values that cannot be used.
    """
    text = decoded(content)
    first = _SEPARATOR_LINE.match(text)
    delimiter = first[1] if first else _delimiter(text)
    text = text[first.end() :] if first else text
    try:
        lines = [[field.strip() for field in row] for row in spreadsheet.read(text, delimiter)]
    except (csv.Error, TypeError) as error:
        raise NotATable(f"This file is no CSV: {error}. Save it as CSV once more") from None
    filled = [(at, row) for at, row in enumerate(lines, 1) if any(row)]
    if len(filled) < 2:
        raise NotATable("This file has a header and no rows" if filled else "This file is empty")
    (_, header), *rest = filled
    _check_header(header)
    return Table(tuple(header), tuple(_row(number, row, len(header)) for number, row in rest))


def decoded(content: bytes) -> str:
    """The text of a file.

    Raises:
        NotATable: it is in another encoding, or no text.
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif b"\0" in content[:_SNIFFED]:
        encoding = "utf-16-le" if content[1:2] == b"\0" else "utf-16-be"
    else:
        encoding = "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise NotATable(
            "This file is not text in UTF-8 or UTF-16. In Excel, save it as “CSV UTF-8”, not as a "
            "workbook"
        )
    return text


def _delimiter(text: str) -> str:
    """The one that comes most often in the header, outside of quotation marks."""
    bare = re.sub(r'"[^"]*"', '""', text[:_HEADER])
    line = next((each for each in re.split(r"[\r\n]", bare) if each.strip()), "")
    return max(_DELIMITERS, key=lambda each: (line.count(each), each == ","))


def _check_header(header: list[str]) -> None:
    if len(header) > MOST_COLUMNS:
        raise NotATable(f"This file has {len(header)} columns; at most {MOST_COLUMNS} are read")
    seen: set[str] = set()
    for name in filter(None, header):
        if len(name) > LONGEST_KEY:
            raise NotATable(f"A key is longer than {LONGEST_KEY} characters: “{name[:50]}…”")
        if name in RESERVED:
            raise NotATable(f"No key can be called {name}: rename or delete this column")
        if name in seen:
            raise NotATable(f"Two columns are called “{name}”: rename or delete one of them")
        seen.add(name)


def _row(number: int, row: list[str], width: int) -> Row:
    if any(row[width:]):
        raise NotATable(
            f"Row {number} has more fields than the header: {len(row)} instead of {width}"
        )
    for value in row:
        if len(value) > LONGEST_VALUE:
            raise NotATable(
                f"Row {number} has a value of {len(value):,} characters; at most "
                f"{LONGEST_VALUE:,} are written"
            )
    cells = [*row, *[""] * (width - len(row))]
    return Row(number, tuple(cells[:width]))
