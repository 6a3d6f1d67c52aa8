"""What the upload plugin needs in the pods of the uploads: its settings, and where the files are.

The plugin itself is in the image. Everything below its address is answered by those pods.
"""

from omero_operator.api.quantity import amount, mebibytes
from omero_operator.api.v1alpha1.rules import DATA_DIR
from omero_operator.desired import parts
from omero_operator.desired.context import Context
from omero_operator.identity.kinds import Manifest

# The plugin's part of the site's address.
PATH = "/omeroweb_upload"
VOLUME = "/uploads"
_DRIVERS = {"auto": "auto", "native": "native", "commandLine": "command_line"}


def mount_path(ctx: Context) -> str:
    """Where the volume with the files is: at the same place as in OMERO.server, if it is that."""
    return DATA_DIR if ctx.spec.web.uploads.in_place else VOLUME


def staging(ctx: Context) -> str:
    """The folder of the files; a subfolder: the root of a fresh ext4 volume holds lost+found."""
    return f"{mount_path(ctx)}/{'uploads' if ctx.spec.web.uploads.in_place else 'staging'}"


def settings(ctx: Context) -> list[Manifest]:
    """What the plugin is told, in all containers that run its code here."""
    given = ctx.spec.web.uploads
    cleanup = given.cleanup
    return parts.env(
        OMERO_WEB_UPLOAD_DIR=staging(ctx),
        OMERO_WEB_UPLOAD_MAX_BYTES=str(int(amount(given.max_bytes))),
        OMERO_WEB_UPLOAD_CONCURRENCY=str(given.concurrency),
        OMERO_WEB_UPLOAD_BATCH_FILES=str(given.batch_size),
        OMERO_WEB_UPLOAD_CLEANUP_INTERVAL=str(cleanup.interval_seconds),
        OMERO_WEB_UPLOAD_CLEANUP_MAX_AGE=str(cleanup.max_age_seconds),
        OMERO_WEB_UPLOAD_CLEANUP_STALE_AGE=str(cleanup.stale_age_seconds),
        OMERO_WEB_UPLOAD_CLEANUP_MAX_DELETE=str(cleanup.max_delete),
        OMERO_WEB_UPLOAD_IMPORT_TIMEOUT_SECONDS=str(given.import_timeout_seconds),
        OMERO_WEB_UPLOAD_IMPORTS=str(given.imports),
        OMERO_WEB_UPLOAD_JAVA_HEAP_MB=str(mebibytes(given.java_heap)),
        OMERO_WEB_UPLOAD_DRIVER=_DRIVERS[given.driver],
        OMERO_WEB_UPLOAD_IN_PLACE="true" if given.in_place else "false",
        OMERO_WEB_UPLOAD_DISABLE_SPECIAL_METHODS="false" if given.special_methods else "true",
    )
