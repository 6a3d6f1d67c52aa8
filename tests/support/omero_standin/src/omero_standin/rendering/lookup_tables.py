"""Lookup tables: 256 colours for 256 intensities, by the names that OMERO's clients list.

A table is also a file in the script repository (`luts/<name>`): 256 bytes of red, then of green,
then of blue, as ImageJ's raw tables are.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_RAMP: Final = np.arange(256, dtype=np.float64)


def _table(red: Any, green: Any, blue: Any) -> NDArray[np.uint8]:
    columns = [
        np.broadcast_to(np.asarray(each, dtype=np.float64), 256) for each in (red, green, blue)
    ]
    return np.clip(np.stack(columns, axis=1), 0, 255).astype(np.uint8)


BUILT_IN: Final[dict[str, NDArray[np.uint8]]] = {
    "cool.lut": _table(_RAMP, 255 - _RAMP, 255),
    "cyan_hot.lut": _table(2 * _RAMP - 255, _RAMP * 1.5, 2 * _RAMP),
    "green_hot.lut": _table(2 * _RAMP - 255, 2 * _RAMP, 3 * _RAMP - 510),
    "red_hot.lut": _table(3 * _RAMP, 3 * _RAMP - 255, 3 * _RAMP - 510),
}


def find(name: str, folder: Path) -> NDArray[np.uint8] | None:
    """The table of this name, built in or a file of the folder; `None` when there is none."""
    if name in BUILT_IN:
        return BUILT_IN[name]
    path = folder / Path(name).name
    content = path.read_bytes() if name and path.is_file() else b""
    if len(content) != 768:
        return None
    return np.frombuffer(content, np.uint8).reshape(3, 256).T


def write_built_in(folder: Path) -> None:
    """Put the built-in tables into a folder as files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in BUILT_IN.items():
        (folder / name).write_bytes(table.T.tobytes())
