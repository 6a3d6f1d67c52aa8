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


# Where OMERO.server has them below `luts`: OMERO.web knows the pictures of these places.
_PLACES: Final = {
    "cool.lut": "ncsa_paledit",
    "cyan_hot.lut": "wcif",
    "grays.lut": "",
    "magenta_hot.lut": "wcif",
    "red_hot.lut": "wcif",
}
BUILT_IN: Final[dict[str, NDArray[np.uint8]]] = {
    "cool.lut": _table(_RAMP, 255 - _RAMP, 255),
    "cyan_hot.lut": _table(2 * _RAMP - 255, _RAMP * 1.5, 2 * _RAMP),
    "grays.lut": _table(_RAMP, _RAMP, _RAMP),
    "magenta_hot.lut": _table(1.5 * _RAMP, 2 * _RAMP - 255, 1.5 * _RAMP),
    "red_hot.lut": _table(3 * _RAMP, 3 * _RAMP - 255, 3 * _RAMP - 510),
}


def find(name: str, folder: Path) -> NDArray[np.uint8] | None:
    """The table of this name, built in or a file below the folder; `None` when there is none."""
    if name in BUILT_IN:
        return BUILT_IN[name]
    for path in folder.rglob("*.lut") if name else ():
        if path.name == name and path.stat().st_size == 768:
            return np.frombuffer(path.read_bytes(), np.uint8).reshape(3, 256).T
    return None


def write_built_in(folder: Path) -> None:
    """Put the built-in tables that are not there yet into a folder as files."""
    for name, table in BUILT_IN.items():
        path = folder / _PLACES[name] / name
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(table.T.tobytes())
