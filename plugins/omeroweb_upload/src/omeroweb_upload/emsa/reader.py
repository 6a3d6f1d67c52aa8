"""From the bytes of a file to a spectrum."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from omeroweb_upload.emsa import text
from omeroweb_upload.emsa.errors import EmsaError
from omeroweb_upload.emsa.header import Header, entry_of
from omeroweb_upload.emsa.model import Spectrum, Values
from omeroweb_upload.emsa.notation import number, split

_MAX_COLUMNS: Final = 5
_LARGEST_VALUE: Final = 1e30
_PEEK_LINES: Final = 20
Row = tuple[int, list[float]]


def looks_like_emsa(head: bytes) -> bool:
    """Whether a file may be a spectrum, from its first some thousand bytes.

    Args:
        head: the beginning of the file.
    """
    try:
        found = [line for line in text.lines(head) if line][:_PEEK_LINES]
    except EmsaError:
        return False
    keys = {entry_of(line, 0).key for line in found if line.startswith("#")}
    return found[0].startswith("#") and bool(
        keys & {"FORMAT", "NPOINTS", "DATATYPE", "XPERCHAN", "SIGNALTYPE", "SPECTRUM"}
    )


def read(content: bytes) -> Spectrum:
    """Read a spectrum.

    The standard's rules are followed where a file follows them, and a file that does not is read
    as far as its meaning is certain: what is odd becomes a warning, what is uncertain an error.

    Args:
        content: the file.

    Raises:
        EmsaError: it is no spectrum, or its energies cannot be told; the text names the line.
    """
    lines = text.lines(content)
    header, data, warnings = Header(), [], []
    begun = ended = False
    for at, line in enumerate(lines, 1):
        if not line.strip():
            continue
        if not line.lstrip().startswith("#"):
            if not begun:
                raise EmsaError(at, f"expected a keyword that begins with '#', not {line[:40]!r}")
            data.append((at, line))
            continue
        entry = entry_of(line.lstrip(), at)
        if entry.key == "ENDOFDATA":
            ended = True
            break
        if entry.key == "SPECTRUM":
            begun = True
        elif entry.key:
            header.entries.append(entry)
    if not begun:
        raise EmsaError(len(lines), "the file ends without a line '#SPECTRUM'")
    if not ended:
        warnings.append("The file has no line '#ENDOFDATA': it may have been cut off")
    return _spectrum(header, data, warnings, len(lines))


def _spectrum(
    header: Header, data: list[tuple[int, str]], warnings: list[str], last: int
) -> Spectrum:
    rows = list(_rows(data, decimal_comma=header.decimal_comma))
    if not rows:
        raise EmsaError(last, "there is no data behind the line '#SPECTRUM'")
    kind = header.text("DATATYPE").upper() or _guessed_kind(header, rows, warnings)
    if kind not in ("Y", "XY"):
        entry = header.last("DATATYPE")
        raise EmsaError(entry.line if entry else 1, f"DATATYPE is {kind[:20]!r}, not Y or XY")
    columns = _columns(header)
    _check_columns(rows, columns * len(kind), warnings)
    x, y = _pairs(rows) if kind == "XY" else _computed(header, rows, warnings)
    if max(np.abs(x).max(), np.abs(y).max()) > _LARGEST_VALUE:
        raise EmsaError(rows[0][0], f"values above {_LARGEST_VALUE:g} are no measurement")
    _check_count(header, len(y), warnings)
    if kind == "XY" and len(x) > 1 and not np.all(np.diff(x) > 0):
        warnings.append("The positions of the channels do not rise from one to the next")
    labels, odd = header.labels()
    if not header.x_unit:
        warnings.append("The file does not say in which unit its energies are (XUNITS)")
    return Spectrum(
        title=header.title,
        signal=header.text("SIGNALTYPE").upper(),
        x=x,
        y=y,
        x_unit=header.x_unit,
        y_unit=header.text("YUNITS"),
        metadata=tuple((each.name, each.value) for each in header.entries),
        labels=tuple(labels),
        beam_kev=header.beam_kev,
        warnings=(*warnings, *odd),
    )


def _rows(data: list[tuple[int, str]], *, decimal_comma: bool) -> Iterator[Row]:
    for at, line in data:
        values = []
        for piece in split(line, decimal_comma=decimal_comma):
            value = number(piece)
            if value is None:
                raise EmsaError(at, f"{piece[:40]!r} is not a number")
            values.append(value)
        if values:
            yield at, values


def _guessed_kind(header: Header, rows: list[Row], warnings: list[str]) -> str:
    """Without DATATYPE, what fits the number of points; the error asks for the keyword."""
    count = sum(len(values) for _, values in rows)
    points = header.number("NPOINTS")
    for kind in ("Y", "XY"):
        if points is not None and count == points * len(kind):
            warnings.append(f"The file has no DATATYPE; {kind} fits its number of points")
            return kind
    raise EmsaError(rows[0][0], "the file does not say what its data is (DATATYPE Y or XY)")


def _columns(header: Header) -> int:
    entry = header.last("NCOLUMNS")
    if entry is None:
        return 1
    columns = header.number("NCOLUMNS")
    if columns is None or not 1 <= columns <= _MAX_COLUMNS or columns != int(columns):
        raise EmsaError(entry.line, f"NCOLUMNS is {entry.value[:20]!r}, not 1 to {_MAX_COLUMNS}")
    return int(columns)


def _check_columns(rows: list[Row], width: int, warnings: list[str]) -> None:
    """All lines but the last have the same number of values; how many is worth a warning only."""
    usual = len(rows[0][1])
    for at, values in rows[:-1]:
        if len(values) != usual:
            raise EmsaError(at, f"{len(values)} values, and {usual} in the lines before")
    at, values = rows[-1]
    if len(values) > usual:
        raise EmsaError(at, f"{len(values)} values, and {usual} in the lines before")
    if len(rows) > 1 and usual != width:
        warnings.append(f"NCOLUMNS and DATATYPE mean {width} values in a line; it has {usual}")


def _pairs(rows: list[Row]) -> tuple[Values, Values]:
    for at, values in rows:
        if len(values) % 2:
            raise EmsaError(at, f"{len(values)} values, and XY needs pairs")
    flat = np.array([value for _, values in rows for value in values], dtype=np.float64)
    return flat[0::2], flat[1::2]


def _computed(header: Header, rows: list[Row], warnings: list[str]) -> tuple[Values, Values]:
    """Values alone; where they are follows from XPERCHAN and OFFSET, else CHOFFSET."""
    y = np.array([value for _, values in rows for value in values], dtype=np.float64)
    width = header.number("XPERCHAN")
    if width is None or width == 0:
        entry = header.last("XPERCHAN")
        line = entry.line if entry else rows[0][0]
        raise EmsaError(line, "DATATYPE Y needs the width of a channel (XPERCHAN)")
    offset = header.number("OFFSET")
    if offset is None:
        channel = header.number("CHOFFSET")
        if channel is None:
            warnings.append("The file has neither OFFSET nor CHOFFSET: it is taken to begin at 0")
        offset = -width * (channel or 0.0)
    with np.errstate(over="ignore", invalid="ignore"):
        x = offset + width * np.arange(len(y), dtype=np.float64)
    return np.nan_to_num(x, nan=np.inf, posinf=np.inf), y


def _check_count(header: Header, count: int, warnings: list[str]) -> None:
    said = header.number("NPOINTS")
    if said is None:
        warnings.append("The file does not say how many points it has (NPOINTS)")
    elif said != count:
        warnings.append(f"NPOINTS is {said:g}, and the file has {count} points")
