"""Telling a finished, current build from a half-made or an outdated one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from tools.common.paths import write_whole


def fingerprint(files: Iterable[Path], settings: Iterable[str]) -> str:
    """Return a text that changes whenever what a build is made from changes.

    Args:
        files: The files whose content counts, such as a module's ``go.mod`` and ``go.sum``.
        settings: Everything else that counts, such as build flags and the compiler's version.
    """
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"file {file.name}\0".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    for setting in settings:
        digest.update(f"setting {setting}\0".encode())
    return digest.hexdigest()


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
