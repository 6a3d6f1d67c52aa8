"""The folder of the uploads on its volume: the pods that have it make it when they start."""

from __future__ import annotations

from pathlib import Path

from omero_plugin_common import env_utils
from omero_web_container.config_files import CannotStart

FOLDER = "OMERO_WEB_UPLOAD_DIR"


def prepare() -> None:
    """Make the folder, for this user and its group alone.

    Raises:
        EnvironmentProblem: the variable is not set.
        CannotStart: the folder cannot be made there, or nothing can be written to it.
    """
    folder = Path(env_utils.get_env(FOLDER))
    try:
        folder.mkdir(mode=0o770, exist_ok=True)
        # A name of this process: several pods may start at the same time.
        probe = folder / f".writable-{env_utils.get_env('HOSTNAME', 'here')}"
        probe.touch()
        probe.unlink(missing_ok=True)
    except OSError as error:
        raise CannotStart(
            f"{folder} cannot be written, so no upload could be received: {error.strerror}; it is "
            "on the volume of spec.web.uploads.storage"
        ) from error
