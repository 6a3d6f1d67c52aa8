"""What the plugin for Imaris needs in the pods of the exports: its settings, and where files are.

The plugin itself is in the image. Everything below its address is answered by those pods.
"""

from omero_operator.api.quantity import amount, mebibytes
from omero_operator.desired import parts
from omero_operator.desired.context import Context
from omero_operator.identity.kinds import Manifest

# The plugin's part of the site's address.
PATH = "/omeroweb_imaris_connector"
VOLUME = "/exports"
# A subfolder: the root of a fresh ext4 volume holds lost+found.
FOLDER = f"{VOLUME}/files"


def settings(ctx: Context) -> list[Manifest]:
    """What the plugin is told, in all containers that run its code here."""
    given = ctx.spec.imaris
    most = {} if given.max_bytes is None else {"OMERO_IMS_MAX_BYTES": _bytes(given.max_bytes)}
    return parts.env(
        OMERO_IMS_EXPORT_DIR=FOLDER,
        **most,
        OMERO_IMS_MAX_IMAGE_BYTES=_bytes(given.max_image_bytes),
        OMERO_IMS_EXPORTS_PER_USER=str(given.exports_per_user),
        OMERO_IMS_ATTACH=given.attach,
        OMERO_IMS_KEEP_SECONDS=str(given.keep_seconds),
        OMERO_IMS_MEMORY_MB=str(mebibytes(given.memory)),
        OMERO_IMS_SYNC_SECONDS=str(given.sync_seconds),
        OMERO_IMS_SCRIPT=given.script.use,
        OMERO_IMS_SCRIPT_NAME=given.script.name,
        OMERO_IMS_SCRIPT_START_TIMEOUT=str(given.script.start_timeout_seconds),
        OMERO_IMS_EXPORT_TIMEOUT=str(given.script.timeout_seconds),
        OMERO_IMS_CLEANUP_INTERVAL=str(given.cleanup_interval_seconds),
    )


def _bytes(size: str) -> str:
    return str(int(amount(size)))
