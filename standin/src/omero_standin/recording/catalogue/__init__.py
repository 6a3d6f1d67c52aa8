"""The catalogue: what the platform's plugins ask of OMERO, and where a test double was once wrong.

`VERSION` changes with every change of the rows or of how answers are shown: answers of another
catalogue are not compared.
"""

from __future__ import annotations

from typing import Final

from omero_standin.recording.catalogue import (
    accounts,
    commands,
    files,
    pixels,
    plugins,
    reading,
    saving,
)
from omero_standin.recording.catalogue.row import Row

VERSION: Final = 3
ROWS: Final[tuple[Row, ...]] = tuple(
    row
    for part in (plugins, files, pixels, commands, saving, reading, accounts)
    for row in part.ROWS
)
