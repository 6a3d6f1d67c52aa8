"""Folders of plugins on volumes of their own: the pods that have them make them when they start."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from omero_plugin_common import env_utils
from omero_plugin_common.platform_fields import declare, field_of
from omero_web_container.config_files import CannotStart


@dataclass(frozen=True)
class Folder:
    """A folder for the files of one plugin.

    Attributes:
        variable: names it.
        lost: what could not be done without it.
    """

    variable: str
    lost: str

    def prepare(self) -> None:
        """Make the folder, for this user and its group alone.

        Raises:
            EnvironmentProblem: the variable is not set.
            CannotStart: the folder cannot be made there, or nothing can be written to it.
        """
        folder = Path(env_utils.get_env(self.variable))
        try:
            folder.mkdir(mode=0o770, exist_ok=True)
            # A name of this process: several pods may start at the same time.
            probe = folder / f".writable-{env_utils.get_env('HOSTNAME', 'here')}"
            probe.touch()
            probe.unlink(missing_ok=True)
        except OSError as error:
            raise CannotStart(
                f"{folder} cannot be written, so {self.lost}: {error.strerror}; it is on the "
                f"volume of {field_of(self.variable)}"
            ) from error


UPLOADS: Final = Folder("OMERO_WEB_UPLOAD_DIR", "no upload could be received")
EXPORTS: Final = Folder("OMERO_IMS_EXPORT_DIR", "no image could be exported")
# The plugins say so as well; they are not loaded where this is asked.
declare({UPLOADS.variable: "spec.web.uploads.storage", EXPORTS.variable: "spec.imaris.storage"})
