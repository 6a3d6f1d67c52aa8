"""What a site sets for this plugin; each value comes from a field of the resource."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from omero_plugin_common import platform_fields
from omero_plugin_common.env_utils import get_env, get_int_env

PLUGIN: Final = "upload"
# Where received files wait for their import: the staging volume.
STAGING_FOLDER: Final = "OMERO_WEB_UPLOAD_DIR"
# Bytes that one job may declare.
LARGEST_JOB: Final = "OMERO_WEB_UPLOAD_MAX_BYTES"
# Files that one job may declare.
MOST_FILES: Final = 100_000
# Memory of the Java that reads the files before the import, in MiB, and how long one may take.
EXAMINE_HEAP: Final = "OMERO_WEB_UPLOAD_EXAMINE_HEAP"
EXAMINE_SECONDS: Final = "OMERO_WEB_UPLOAD_EXAMINE_SECONDS"

platform_fields.declare(
    {
        STAGING_FOLDER: "spec.web.uploads.storage",
        LARGEST_JOB: "spec.web.uploads.maxBytes",
        EXAMINE_HEAP: "spec.web.uploads.imports.examineHeap",
        EXAMINE_SECONDS: "spec.web.uploads.imports.examineSeconds",
    }
)


def staging_folder() -> Path:
    """The folder of the staging volume; it exists.

    Raises:
        EnvironmentProblem: it is not set.
    """
    return Path(get_env(STAGING_FOLDER))


def largest_job() -> int:
    """Bytes that one job may declare: 1 TiB unless the site says otherwise.

    Raises:
        EnvironmentProblem: it is not a number of bytes.
    """
    return get_int_env(LARGEST_JOB, 2**40, low=1, high=2**60)


def examine_heap() -> int:
    """Memory of the Java that reads files before their import, in MiB."""
    return get_int_env(EXAMINE_HEAP, 512, low=64, high=65_536)


def examine_seconds() -> int:
    """Seconds after which a file counts as one that could not be checked."""
    return get_int_env(EXAMINE_SECONDS, 300, low=1, high=86_400)
