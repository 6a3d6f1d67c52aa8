"""Telling a finished, current build from a half-made or an outdated one."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from tools.common.paths import write_whole


class Stamp:
    """The record that a tool was built, written last and only when all of it stands."""

    def __init__(self, folder: Path, tool: str) -> None:
        """Name the record.

        Args:
            folder: The folder with all of the records.
            tool: The tool the record is about.
        """
        self._path = folder / f"{tool}.json"

    def matches(self, wanted: str) -> bool:
        """Tell whether the tool stands, complete, as built from what the fingerprint says."""
        try:
            record = json.loads(self._path.read_text(encoding="utf-8"))
            outputs: dict[str, int] = record["outputs"]
            return bool(record["fingerprint"] == wanted) and all(
                Path(name).stat().st_size == size for name, size in outputs.items()
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            # A record that cannot be read proves nothing: build again.
            return False

    def write(self, wanted: str, outputs: Iterable[Path]) -> None:
        """Record a finished build.

        Args:
            wanted: The fingerprint of what it was built from.
            outputs: The files that it consists of, in their final places.
        """
        sizes = {str(path): path.stat().st_size for path in outputs}
        write_whole(self._path, json.dumps({"fingerprint": wanted, "outputs": sizes}, indent=1))

    def clear(self) -> None:
        """Forget the build, before its files are replaced."""
        self._path.unlink(missing_ok=True)
