"""What a site sets for this plugin; each value comes from a field of the resource.

Names are those of the Docker edition, where it has them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal, get_args

from omero_plugin_common import platform_fields
from omero_plugin_common.env_utils import (
    get_choice_env,
    get_env,
    get_int_env,
    get_optional_env,
)
from omero_plugin_common.errors import Unavailable

_PREFIX: Final = "OMERO_IMS_"
# Where files are written and offered: the volume of exports.
EXPORT_FOLDER: Final = f"{_PREFIX}EXPORT_DIR"
# Bytes of all files on it, and of the pixels of one image.
VOLUME_LIMIT: Final = f"{_PREFIX}MAX_BYTES"
LARGEST_IMAGE: Final = f"{_PREFIX}MAX_IMAGE_BYTES"
PER_USER: Final = f"{_PREFIX}EXPORTS_PER_USER"
ATTACH: Final = f"{_PREFIX}ATTACH"
KEEP: Final = f"{_PREFIX}KEEP_SECONDS"
MEMORY: Final = f"{_PREFIX}MEMORY_MB"
SYNC: Final = f"{_PREFIX}SYNC_SECONDS"
SCRIPT: Final = f"{_PREFIX}SCRIPT"
SCRIPT_NAME: Final = f"{_PREFIX}SCRIPT_NAME"
SCRIPT_WAIT: Final = f"{_PREFIX}SCRIPT_START_TIMEOUT"
SCRIPT_TIMEOUT: Final = f"{_PREFIX}EXPORT_TIMEOUT"
CLEANUP_INTERVAL: Final = f"{_PREFIX}CLEANUP_INTERVAL"

_FIELD: Final = "spec.imaris"
platform_fields.declare(
    {
        EXPORT_FOLDER: f"{_FIELD}.storage",
        VOLUME_LIMIT: f"{_FIELD}.maxBytes",
        LARGEST_IMAGE: f"{_FIELD}.maxImageBytes",
        PER_USER: f"{_FIELD}.exportsPerUser",
        ATTACH: f"{_FIELD}.attach",
        KEEP: f"{_FIELD}.keepSeconds",
        MEMORY: f"{_FIELD}.memory",
        SYNC: f"{_FIELD}.syncSeconds",
        SCRIPT: f"{_FIELD}.script.use",
        SCRIPT_NAME: f"{_FIELD}.script.name",
        SCRIPT_WAIT: f"{_FIELD}.script.startTimeoutSeconds",
        SCRIPT_TIMEOUT: f"{_FIELD}.script.timeoutSeconds",
        CLEANUP_INTERVAL: f"{_FIELD}.cleanupIntervalSeconds",
    }
)
# Whether files are attached to their images: not at all, where the user asks for it, always.
Attach = Literal["never", "choice", "always"]
# Who writes: the script of OMERO.server where that is possible, this worker, the script alone.
Script = Literal["auto", "never", "always"]


def has_volume() -> bool:
    """Whether this process has the volume of exports: others know the plugin too."""
    return get_optional_env(EXPORT_FOLDER) is not None


def export_folder() -> Path:
    """The folder of the volume; it exists.

    Raises:
        Unavailable: this process is no pod for exports.
    """
    folder = get_optional_env(EXPORT_FOLDER)
    if folder is None:
        raise Unavailable(
            "Images cannot be exported here: this site must send everything below "
            "/omeroweb_imaris_connector/ to its pods for exports (the Service NAME-exports). Tell "
            "its administrators",
            code="no_export_volume",
        )
    return Path(folder)


def volume_limit() -> int | None:
    """Bytes that all files may have together; None: as many as the volume holds."""
    if get_optional_env(VOLUME_LIMIT) is None:
        return None
    return get_int_env(VOLUME_LIMIT, low=1, high=2**60)


def largest_image() -> int:
    """Bytes of the pixels of the largest image that is exported."""
    return get_int_env(LARGEST_IMAGE, 2**40, low=1, high=2**60)


def exports_per_user() -> int:
    """Exports of one user that may wait or run at the same time."""
    return get_int_env(PER_USER, 1000, low=1, high=10_000)


def attach() -> Attach:
    """Whether files are attached to their images.

    Raises:
        InvalidValue: the site says something else.
    """
    return get_choice_env(ATTACH, get_args(Attach), "choice")


def keep_seconds() -> int:
    """Seconds that a file is offered after it was made, or last asked for."""
    return get_int_env(KEEP, 604_800, low=60, high=31_536_000)


def memory() -> int:
    """MiB that one export may use for pixels."""
    return get_int_env(MEMORY, 512, low=64, high=65_536)


def sync_seconds() -> int:
    """Seconds that a request without `async` waits for its file; gunicorn would end it after 60."""
    return get_int_env(SYNC, 40, low=0, high=50)


def script() -> Script:
    """Who writes the files.

    Raises:
        InvalidValue: the site says something else.
    """
    return get_choice_env(SCRIPT, get_args(Script), "auto")


def script_name() -> str:
    """The file name of the script that OMERO.server has."""
    return get_env(SCRIPT_NAME, "IMS_Export.py")


def script_wait() -> int:
    """Seconds that an export waits for a free processor of scripts."""
    return get_int_env(SCRIPT_WAIT, 60, low=1, high=86_400)


def script_timeout() -> int:
    """Seconds after which a script that has not ended is stopped."""
    return get_int_env(SCRIPT_TIMEOUT, 7200, low=60, high=86_400)


def cleanup_interval() -> int:
    """Seconds between two rounds of the clean-up."""
    return get_int_env(CLEANUP_INTERVAL, 300, low=10, high=21_600)
