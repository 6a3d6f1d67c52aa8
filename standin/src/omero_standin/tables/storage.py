"""The rows of one table, shared by all who have it open, and the file that keeps them.

The file is an archive of numpy arrays with a header in JSON, where OMERO has HDF5.
"""

from __future__ import annotations

import io
import json
import threading
import time
import zipfile
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from omero_standin import refuse
from omero_standin.tables import columns
from omero_standin.tables.columns import Arrays, Definition
from omero_standin.tables.condition import BadCondition, matches

_VERSION: Final = "2"
_HEADER: Final = "header.json"
_RESERVED: Final = "__"


class Table:
    """Columns, rows and metadata. Every method may be called from any thread."""

    def __init__(self, path: Path) -> None:
        """Read what the file has; an empty or missing one is a table to be initialised."""
        self.path = path
        self.lock = threading.RLock()
        self.changed = time.time()
        self._definitions: list[Definition] | None = None
        self._arrays: list[Arrays] = []
        self._metadata: dict[str, Any] = {}
        self._dirty = False
        if path.is_file() and path.stat().st_size:
            self._read()

    # --- columns and rows

    def initialise(self, given: list[Any]) -> None:
        """Take columns; once only."""
        with self.lock:
            if self._definitions is not None:
                raise refuse.invalid("Already initialized.")
            if not given:
                raise refuse.usage("No columns provided")
            names = [column.name for column in given]
            for name in names:
                if not name:
                    raise refuse.usage("Column unnamed")
                if name.startswith(_RESERVED):
                    raise refuse.usage(f"Reserved column name: {name}")
                if names.count(name) > 1:
                    raise refuse.usage(f"Duplicate column name: {name}")
            self._definitions = [columns.define(column) for column in given]
            self._arrays = [columns.empty(each) for each in self._definitions]
            self._metadata = {"__version": _VERSION, "__initialized": time.time()}
            self._touch()

    @property
    def definitions(self) -> list[Definition]:
        """The columns; an error before they are known."""
        if self._definitions is None:
            raise refuse.usage("Not yet initialized")
        return self._definitions

    def headers(self) -> list[Any]:
        """The columns without rows."""
        return [each.ice() for each in self.definitions]

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return columns.length(self._arrays[0]) if self.definitions else 0

    def append(self, given: list[Any]) -> None:
        """Add rows; all columns must be given, with the same number of values."""
        with self.lock:
            if len(given) != len(self.definitions):
                raise refuse.invalid(
                    f"{len(given)} columns are given, the table has {len(self.definitions)}"
                )
            new = [
                columns.given(definition, column)
                for definition, column in zip(self.definitions, given, strict=True)
            ]
            if len({columns.length(each) for each in new}) > 1:
                raise refuse.invalid("Columns are of differing length")
            self._arrays = [
                columns.joined(old, more) for old, more in zip(self._arrays, new, strict=True)
            ]
            self._touch()

    def update(self, rows: list[int], given: list[Any]) -> None:
        """Overwrite rows, in the columns that are given."""
        with self.lock:
            self._check(None, rows)
            by_name = {each.name: number for number, each in enumerate(self.definitions)}
            for column in given:
                if column.name not in by_name:
                    raise refuse.usage(f"the table has no column {column.name}")
                number = by_name[column.name]
                values = columns.given(self.definitions[number], column)
                for at, row in enumerate(rows):
                    columns.put(self._arrays[number], row, values, at)
            self._touch()

    # --- reading

    def read(self, numbers: list[int], rows: NDArray[np.int64]) -> list[Any]:
        """Some columns of some rows."""
        with self.lock:
            self._check(numbers, rows.tolist())
            return [
                columns.answer(self.definitions[each], self._arrays[each], rows) for each in numbers
            ]

    def where(
        self, condition: str, variables: dict[str, Any], start: int, stop: int, step: int
    ) -> list[int]:
        """The rows of a range (`stop` 0 for the end) for which a condition holds.

        A variable that is a text names a column.
        """
        with self.lock:
            held = {
                definition.name: arrays["values"]
                for definition, arrays in zip(self.definitions, self._arrays, strict=True)
                if "values" in arrays
            }
            try:
                names = held | {
                    name: held[value] if isinstance(value, str) else value
                    for name, value in variables.items()
                }
                found = matches(condition, names, self.rows)
            except (BadCondition, KeyError) as error:
                raise refuse.usage(f"Bad condition: {condition}, {variables}: {error}") from error
            wanted = np.zeros(self.rows, np.bool_)
            wanted[slice(start, stop or None, step or None)] = True
            chosen: list[int] = np.flatnonzero(found & wanted).tolist()
            return chosen

    # --- metadata

    def metadata(self) -> dict[str, Any]:
        """All metadata, with the table's own."""
        with self.lock:
            self.definitions  # noqa: B018 - an error before the columns are known
            return dict(self._metadata)

    def set_metadata(self, given: dict[str, Any], *, replace: bool) -> None:
        """Set metadata; with `replace` all others go, except the table's own."""
        with self.lock:
            kept = self.metadata()
            for name, value in given.items():
                if name.startswith(_RESERVED):
                    raise refuse.usage(f"Reserved attribute name: {name}")
                if not isinstance(value, str | int | float) or isinstance(value, bool):
                    raise refuse.invalid(f"Unsupported type: {type(value).__name__}")
            if replace:
                kept = {name: kept[name] for name in kept if name.startswith(_RESERVED)}
            self._metadata = kept | given
            self._touch()

    # --- the file

    def save(self) -> bool:
        """Write the file when something has changed; whether it was written."""
        with self.lock:
            if not self._dirty or self._definitions is None:
                return False
            header = {
                "columns": [
                    [each.type, each.name, each.description, each.size]
                    for each in self._definitions
                ],
                "metadata": self._metadata,
            }
            with zipfile.ZipFile(self.path, "w", zipfile.ZIP_STORED) as archive:
                archive.writestr(_HEADER, json.dumps(header))
                for number, arrays in enumerate(self._arrays):
                    for name, values in arrays.items():
                        _write(archive, f"{number}/{name}", values)
            self._dirty = False
            return True

    def _read(self) -> None:
        try:
            with zipfile.ZipFile(self.path) as archive:
                header = json.loads(archive.read(_HEADER))
                self._definitions = [Definition(*each) for each in header["columns"]]
                self._metadata = header["metadata"]
                for number, definition in enumerate(self._definitions):
                    names = columns.empty(definition)
                    self._arrays.append({
                        name: _read(archive, f"{number}/{name}", values)
                        for name, values in names.items()
                    })  # fmt: skip
        except (zipfile.BadZipFile, KeyError, ValueError) as error:
            raise refuse.invalid(f"{self.path.name} is not a table") from error

    def _touch(self) -> None:
        self._dirty = True
        self.changed = time.time()

    def _check(self, numbers: list[int] | None, rows: list[int]) -> None:
        width = len(self.definitions)
        if numbers is not None and (not numbers or max(numbers) >= width or min(numbers) < 0):
            raise refuse.usage(f"Column overflow: {numbers} of {width} columns")
        if rows and (max(rows) >= self.rows or min(rows) < 0):
            raise refuse.usage(f"Row overflow: {max(rows)} >= {self.rows}")


def _write(archive: zipfile.ZipFile, name: str, values: Any) -> None:
    if isinstance(values, list):
        sizes = np.array([len(each) for each in values], np.int64)
        _write(archive, f"{name}.sizes", sizes)
        archive.writestr(name, b"".join(values))
        return
    out = io.BytesIO()
    np.save(out, values, allow_pickle=False)
    archive.writestr(name, out.getvalue())


def _read(archive: zipfile.ZipFile, name: str, like: Any) -> Any:
    if isinstance(like, list):
        sizes = _read(archive, f"{name}.sizes", None)
        ends = np.cumsum(sizes)
        whole = archive.read(name)
        return [whole[end - size : end] for end, size in zip(ends, sizes, strict=True)]
    return np.load(io.BytesIO(archive.read(name)), allow_pickle=False)
