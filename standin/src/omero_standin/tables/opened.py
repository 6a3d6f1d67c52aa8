"""The tables that are open, so that all who have one open see the same rows."""

from __future__ import annotations

import threading
from pathlib import Path

from omero_standin.tables.storage import Table


class OpenTables:
    """Tables by the id of their file, as long as somebody has them open."""

    def __init__(self) -> None:
        """None is open."""
        self._lock = threading.Lock()
        self._open: dict[int, tuple[Table, int]] = {}

    def open(self, file_id: int, path: Path) -> Table:
        """The table of a file; each call needs a `close`."""
        with self._lock:
            table, users = self._open.get(file_id) or (Table(path), 0)
            self._open[file_id] = (table, users + 1)
            return table

    def close(self, file_id: int) -> None:
        """One user fewer."""
        with self._lock:
            table, users = self._open[file_id]
            if users > 1:
                self._open[file_id] = (table, users - 1)
            else:
                del self._open[file_id]
