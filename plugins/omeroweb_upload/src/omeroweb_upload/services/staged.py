"""Where the files of an upload are on the staging volume."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from uuid import UUID

from omeroweb_upload import configuration


class StagedFolder:
    """The folder with the files of one upload, laid out as on the user's disk.

    Args:
        job: the upload.
    """

    def __init__(self, job: UUID) -> None:
        # Without links in between: what Bio-Formats names is compared with it.
        self.folder = Path(os.path.realpath(configuration.staging_folder() / job.hex / "files"))

    def at(self, path: str) -> Path:
        """Where a file is, by its checked relative path."""
        return self.folder / PurePosixPath(path)

    def relative(self, absolute: str) -> str | None:
        """The relative path of a file; None for one outside of the folder."""
        try:
            return Path(os.path.realpath(absolute)).relative_to(self.folder).as_posix()
        except ValueError:
            return None

    def without(self, text: str) -> str:
        """A message in which files are named as the user knows them."""
        return text.replace(f"{self.folder}/", "").replace(str(self.folder), "")
