"""OMERO's column types and the arrays that hold their values.

A column is a set of arrays, most often one. Text is kept as UTF-8 of the column's width, as in
OMERO's own tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import omero.grid
from numpy.typing import NDArray

from omero_standin import refuse

Arrays = dict[str, Any]
_NUMBERS: Final[dict[str, str]] = {
    "FileColumn": "i8", "ImageColumn": "i8", "RoiColumn": "i8", "WellColumn": "i8",
    "PlateColumn": "i8", "DatasetColumn": "i8", "LongColumn": "i8", "DoubleColumn": "f8",
    "BoolColumn": "?",
}  # fmt: skip
_ARRAYS: Final = {"FloatArrayColumn": "f4", "DoubleArrayColumn": "f8", "LongArrayColumn": "i8"}
_MASK: Final = {
    "imageId": "i8", "theZ": "i4", "theT": "i4", "x": "f8", "y": "f8", "w": "f8", "h": "f8",
}  # fmt: skip
TYPES: Final = (*_NUMBERS, *_ARRAYS, "StringColumn", "MaskColumn")


@dataclass(frozen=True, slots=True)
class Definition:
    """What a column is; `size` is the width of text (bytes) or the length of arrays."""

    type: str
    name: str
    description: str = ""
    size: int = 0

    def ice(self) -> Any:
        """The column as clients know it, without values."""
        made = getattr(omero.grid, self.type)()
        made.name, made.description = self.name, self.description
        if self.type == "StringColumn" or self.type in _ARRAYS:
            made.size = self.size
        return made


def define(column: Any) -> Definition:
    """The definition of a client's column; an error for a type or a size that cannot be."""
    kind = column.ice_id().rpartition("::")[2]
    if kind not in TYPES:
        raise refuse.unsupported(f"table columns of the type {kind}")
    size = int(getattr(column, "size", 0) or 0)
    if (kind == "StringColumn" or kind in _ARRAYS) and size < 1:
        raise refuse.usage(f"{kind} {column.name}: a size of {size} is not possible")
    return Definition(kind, column.name, column.description or "", size)


def empty(column: Definition) -> Arrays:
    """The arrays of a column without rows."""
    if column.type == "MaskColumn":
        return {name: np.empty(0, kind) for name, kind in _MASK.items()} | {"bytes": []}
    if column.type == "StringColumn":
        return {"values": np.empty(0, f"S{column.size}")}
    if column.type in _ARRAYS:
        return {"values": np.empty((0, column.size), _ARRAYS[column.type])}
    return {"values": np.empty(0, _NUMBERS[column.type])}


def given(column: Definition, ice: Any) -> Arrays:
    """The arrays of a client's column; an error for values that do not fit."""
    if ice.ice_id().rpartition("::")[2] != column.type:
        raise refuse.invalid(f"the column {column.name} is a {column.type}, not a {ice.ice_id()}")
    if column.type == "MaskColumn":
        return {name: np.array(getattr(ice, name) or [], kind) for name, kind in _MASK.items()} | {
            "bytes": [bytes(each) for each in ice.bytes or []]
        }
    values = ice.values or []
    if column.type == "StringColumn":
        encoded = [each.encode() for each in values]
        if longest := [each for each in encoded if len(each) > column.size]:
            raise refuse.invalid(
                f"Maximum string (byte) length in column {column.name} is {column.size}, "
                f"not {len(longest[0])}"
            )
        return {"values": np.array(encoded, f"S{column.size}")}
    if column.type in _ARRAYS:
        if any(len(each) != column.size for each in values):
            raise refuse.invalid(f"Column {column.name} requires arrays of length {column.size}")
        made = np.array(values, _ARRAYS[column.type])
        return {"values": made.reshape(len(values), column.size)}
    return {"values": np.array(values, _NUMBERS[column.type])}


def length(arrays: Arrays) -> int:
    """How many rows a column has."""
    return len(next(iter(arrays.values())))


def joined(first: Arrays, second: Arrays) -> Arrays:
    """The rows of two columns."""
    return {
        name: values + second[name]
        if isinstance(values, list)
        else np.concatenate([values, second[name]])
        for name, values in first.items()
    }


def put(arrays: Arrays, row: int, values: Arrays, at: int) -> None:
    """Overwrite a row with one of another column."""
    for name, held in arrays.items():
        held[row] = values[name][at]


def answer(column: Definition, arrays: Arrays, rows: NDArray[np.int64]) -> Any:
    """Rows of a column as clients get them."""
    made = column.ice()
    if column.type == "MaskColumn":
        for name in _MASK:
            setattr(made, name, arrays[name][rows].tolist())
        made.bytes = [arrays["bytes"][row] for row in rows]
        return made
    picked = arrays["values"][rows]
    if column.type == "StringColumn":
        made.values = [each.decode() for each in picked.tolist()]
    else:
        made.values = picked.tolist()
    return made
