"""CSV that is safe to open in a spreadsheet, and that can be read back without loss.

A field that begins like a formula is shown as text by an apostrophe in front of it. One that begins
with an apostrophe gets one more, so that taking one away gives every field back.
Why: https://owasp.org/www-community/attacks/CSV_Injection
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

# A value of a pair may be longer than the 128 kB that Python reads in one field by itself.
csv.field_size_limit(16_000_000)
_QUOTED: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "'")


def lines(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The text of each row, with its line end."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    for row in rows:
        writer.writerow([_protected(each) for each in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def read(text: str, delimiter: str = ",") -> Iterator[list[str]]:
    """The fields of each row as they were before.

    Args:
        text: of the file.
        delimiter: between fields; spreadsheets of some countries write a semicolon.

    Raises:
        csv.Error: not CSV.
    """
    source = io.StringIO(text.removeprefix("\ufeff"), newline="")
    for row in csv.reader(source, delimiter=delimiter, strict=True):
        yield [_bare(field) for field in row]


def _bare(field: str) -> str:
    """Without the apostrophe that `_protected` puts in front; others are a user's."""
    return field[1:] if field[:1] == "'" and field[1:2] in _QUOTED else field


def _protected(value: object) -> str:
    text = str(value)
    # Numbers of ours are no formulas.
    if isinstance(value, str) and text.startswith(_QUOTED):
        return f"'{text}"
    return text
