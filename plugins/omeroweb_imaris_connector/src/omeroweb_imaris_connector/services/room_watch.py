"""Ends an export before the volume is full, and says so."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Final

from omero_plugin_common.jobs import JobFailed
from omeroweb_imaris_connector.planning.image import Image
from omeroweb_imaris_connector.services.room import RESERVE

_EVERY_SECONDS: Final = 1.0


class RoomWatch:
    """Looks at the free bytes of the volume while a file is written.

    Args:
        folder: in which it is written.
        image: of which.
    """

    def __init__(self, folder: Path, image: Image) -> None:
        self._folder, self._image = folder, image
        self._looked = 0.0

    def check(self) -> None:
        """Cheap: it looks once a second.

        Raises:
            JobFailed: little is free.
        """
        now = time.monotonic()
        if now - self._looked >= _EVERY_SECONDS:
            self._looked = now
            self._look(RESERVE)

    def explain(self, error: Exception) -> None:
        """After writing has failed: was it for want of room?

        Raises:
            JobFailed: it was.
        """
        if "no space left" in str(error).lower() or "quota" in str(error).lower():
            raise self._full() from error
        self._look(RESERVE // 2)

    def _look(self, needed: int) -> None:
        if shutil.disk_usage(self._folder).free < needed:
            raise self._full()

    def _full(self) -> JobFailed:
        return JobFailed(
            f"The volume of exports became full while image {self._image.id} "
            f"({self._image.name}) was written. Delete exports that you no longer need, or ask the "
            "administrators of this site for a larger volume, and try again",
            code="volume_full",
        )
