"""IRepositoryInfo: room on the data volume."""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from omero_standin.call import Call


class RepositoryInfo:
    """Sizes of the file system that holds the data directory."""

    def getFreeSpaceInKilobytes(self, call: Call) -> Any:
        """What is left."""
        return self._usage(call).free // 1024

    def getUsedSpaceInKilobytes(self, call: Call) -> Any:
        """What is used, by whomever."""
        return self._usage(call).used // 1024

    def getUsageFraction(self, call: Call) -> Any:
        """The used part of the whole, between 0 and 1."""
        usage = self._usage(call)
        return usage.used / (usage.used + usage.free)

    def sanityCheckRepository(self, _call: Call) -> None:
        """There is nothing to compare with."""

    def _usage(self, call: Call) -> Any:
        data = Path(call.kernel.config.get("omero.data.dir", "/OMERO"))
        return shutil.disk_usage(data if data.is_dir() else tempfile.gettempdir())
