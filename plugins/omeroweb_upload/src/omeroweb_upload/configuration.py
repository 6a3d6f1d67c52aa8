"""What a site sets for this plugin; each value comes from a field of the resource.

Names, defaults and limits are those of the Docker edition, where it has them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, get_args

from omero_plugin_common import platform_fields
from omero_plugin_common.env_utils import (
    get_bool_env,
    get_choice_env,
    get_int_env,
    get_optional_env,
)
from omero_plugin_common.errors import Unavailable
from omeroweb_upload.planning.settings import Driver

PLUGIN: Final = "upload"
# Files that one job may declare.
MOST_FILES: Final = 100_000

_PREFIX: Final = "OMERO_WEB_UPLOAD_"
# Where received files wait for their import: the staging volume.
STAGING_FOLDER: Final = f"{_PREFIX}DIR"
LARGEST_JOB: Final = f"{_PREFIX}MAX_BYTES"
CONCURRENCY: Final = f"{_PREFIX}CONCURRENCY"
BATCH_FILES: Final = f"{_PREFIX}BATCH_FILES"
IMPORTS: Final = f"{_PREFIX}IMPORTS"
IMPORT_TIMEOUT: Final = f"{_PREFIX}IMPORT_TIMEOUT_SECONDS"
JAVA_HEAP: Final = f"{_PREFIX}JAVA_HEAP_MB"
DRIVER: Final = f"{_PREFIX}DRIVER"
IMPORT_CLIENT: Final = f"{_PREFIX}IMPORT_CLIENT"
IN_PLACE: Final = f"{_PREFIX}IN_PLACE"
NO_SPECIAL_METHODS: Final = f"{_PREFIX}DISABLE_SPECIAL_METHODS"
CLEANUP_INTERVAL: Final = f"{_PREFIX}CLEANUP_INTERVAL"
CLEANUP_MAX_AGE: Final = f"{_PREFIX}CLEANUP_MAX_AGE"
CLEANUP_STALE_AGE: Final = f"{_PREFIX}CLEANUP_STALE_AGE"
CLEANUP_MAX_DELETE: Final = f"{_PREFIX}CLEANUP_MAX_DELETE"

_FIELD: Final = "spec.web.uploads"
platform_fields.declare(
    {
        STAGING_FOLDER: f"{_FIELD}.storage",
        LARGEST_JOB: f"{_FIELD}.maxBytes",
        CONCURRENCY: f"{_FIELD}.concurrency",
        BATCH_FILES: f"{_FIELD}.batchSize",
        IMPORTS: f"{_FIELD}.imports",
        IMPORT_TIMEOUT: f"{_FIELD}.importTimeoutSeconds",
        JAVA_HEAP: f"{_FIELD}.javaHeap",
        DRIVER: f"{_FIELD}.driver",
        IN_PLACE: f"{_FIELD}.inPlace",
        NO_SPECIAL_METHODS: f"{_FIELD}.specialMethods",
        CLEANUP_INTERVAL: f"{_FIELD}.cleanup.intervalSeconds",
        CLEANUP_MAX_AGE: f"{_FIELD}.cleanup.maxAgeSeconds",
        CLEANUP_STALE_AGE: f"{_FIELD}.cleanup.staleAgeSeconds",
        CLEANUP_MAX_DELETE: f"{_FIELD}.cleanup.maxDelete",
    }
)


def has_staging() -> bool:
    """Whether this process has the staging volume: others know the plugin too."""
    return get_optional_env(STAGING_FOLDER) is not None


def staging_folder() -> Path:
    """The folder of the staging volume; it exists.

    Raises:
        Unavailable: this process is no pod for uploads. Somebody who leads to the site by a way of
            their own, such as a Gateway, sees it until both Services are in it.
    """
    folder = get_optional_env(STAGING_FOLDER)
    if folder is None:
        raise Unavailable(
            "Files cannot be received here: this site must send everything below "
            "/omeroweb_upload/ to its pods for uploads (the Service NAME-uploads). Tell its "
            "administrators",
            code="no_staging",
        )
    return Path(folder)


def largest_job() -> int:
    """Bytes that one job may declare."""
    return get_int_env(LARGEST_JOB, 2**40, low=1, high=2**60)


def concurrency() -> int:
    """Files that one page sends at the same time."""
    return get_int_env(CONCURRENCY, 3, low=1, high=10)


def batch_files() -> int:
    """Units that one start of OMERO's command line imports, unless the user says otherwise."""
    return get_int_env(BATCH_FILES, 5, low=1, high=1000)


def imports() -> int:
    """Imports that run at the same time on this site."""
    return get_int_env(IMPORTS, 2, low=1, high=64)


def import_timeout() -> int:
    """Seconds after which the import of one batch is stopped."""
    return get_int_env(IMPORT_TIMEOUT, 7200, low=60, high=86_400)


def java_heap() -> int:
    """MiB of memory of each Java process."""
    return get_int_env(JAVA_HEAP, 512, low=64, high=65_536)


def driver() -> Driver:
    """Which driver imports a job that asks for `auto`.

    Raises:
        InvalidValue: the site says something else.
    """
    return get_choice_env(DRIVER, get_args(Driver), "auto")


def import_client() -> Path | None:
    """The folder with the jars of OMERO's Java client; None where the image has none."""
    folder = get_optional_env(IMPORT_CLIENT)
    found = Path(folder) if folder else None
    return found if found is not None and any(found.glob("*.jar")) else None


def in_place_allowed() -> bool:
    """Whether files may stay where they are and be linked (`ln_s`)."""
    return get_bool_env(IN_PLACE, False)


def special_methods() -> bool:
    """Whether special imports, such as SEM-EDX, are offered."""
    return not get_bool_env(NO_SPECIAL_METHODS, False)


def cleanup_interval() -> int:
    """Seconds between two rounds of the clean-up."""
    return get_int_env(CLEANUP_INTERVAL, 300, low=10, high=21_600)


def cleanup_max_age() -> int:
    """Seconds that files of an ended upload stay."""
    return get_int_env(CLEANUP_MAX_AGE, 43_200, low=60, high=1_209_600)


def cleanup_stale_age() -> int:
    """Seconds that an upload waits for its user; not less than `cleanup_max_age`."""
    age = get_int_env(CLEANUP_STALE_AGE, 604_800, low=60, high=2_592_000)
    return max(age, cleanup_max_age())


def cleanup_max_delete() -> int:
    """Folders that one round deletes at most."""
    return get_int_env(CLEANUP_MAX_DELETE, 25, low=1, high=500)
