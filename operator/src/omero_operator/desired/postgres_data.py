"""The init container that looks at a PostgreSQL volume before PostgreSQL does.

PostgreSQL's image initialises any empty data folder and knows only that one folder. A volume whose
cluster lies elsewhere, or is of another major version, or was left half made, is refused here,
before anything is written. The reason goes to the termination message, and so to the condition.
"""

from omero_operator.desired import parts
from omero_operator.desired.component import SMALL_HELPER
from omero_operator.desired.context import Context
from omero_operator.identity.kinds import Manifest

VOLUME = "/var/lib/postgresql/data"
# A subfolder: the root of a fresh ext4 volume holds lost+found.
FOLDER = "pgdata"

# For any `sh` and the official image, Debian's or Alpine's. PG_VERSION is PostgreSQL's own mark of
# a cluster (https://www.postgresql.org/docs/current/storage-file-layout.html); a database inside
# one has such a file, too, so folders are only searched to the depth of known layouts.
_CHECK = r"""
set -u
volume=$1 data=$1/$2
refuse() {
    printf '%s\n' "$*" >&2
    printf '%s\n' "$*" >"${TERMINATION_LOG:-/dev/termination-log}"
    exit 1
}
set -- $(postgres --version)
major=${3%%[!0-9]*}
[ -n "$major" ] || refuse "the image's PostgreSQL version is unknown: 'postgres --version' is '$*'"

if [ -e "$data" ] && ! { [ -r "$data" ] && [ -x "$data" ]; }; then
    refuse "$data cannot be read by uid $(id -u): it belongs to uid:gid $(stat -c %u:%g "$data")." \
        "Give the folder and everything in it to the uid that PostgreSQL runs as"
fi
# Our local image's mark of a first start that was cut off: nobody has used that cluster yet.
[ -e "$data.initialising" ] && exit 0
if [ -s "$data/PG_VERSION" ]; then
    found=$(cat "$data/PG_VERSION")
    [ "$found" = "$major" ] ||
        refuse "$data is a cluster of PostgreSQL $found, and the image has PostgreSQL $major." \
            "Nothing was changed. Set spec.images.postgres to an image of PostgreSQL $found. Only" \
            "an upgrade by spec.version changes the major version of a database"
    exit 0
fi
if [ -d "$data" ] && [ -n "$(ls -A "$data")" ]; then
    refuse "$data is neither empty nor a cluster: it has no PG_VERSION. Its first start was" \
        "interrupted, or it holds other files. Nothing was changed. Save what you need and empty it"
fi
for mark in "$volume"/PG_VERSION "$volume"/*/PG_VERSION "$volume"/*/*/PG_VERSION; do
    [ -e "$mark" ] || continue
    other=${mark%/PG_VERSION}
    refuse "the volume has a cluster of PostgreSQL $(cat "$mark") in $other; this site keeps its" \
        "cluster in $data and would create an empty one there (image: PostgreSQL $major)." \
        "Nothing was changed. If this is the site's data, move the files of $other to $data;" \
        "if not, use another volume"
done
exit 0
"""


def check(ctx: Context, volume: str) -> Manifest:
    """The init container.

    Args:
        ctx: Build context.
        volume: Name of the pod's volume with the data.

    Returns:
        A container that ends well exactly when PostgreSQL may start on the volume.
    """
    return parts.container(
        ctx,
        "check-data",
        ctx.images.postgres,
        command=["sh", "-c", _CHECK, "check-data", VOLUME, FOLDER],
        volumeMounts=[{**parts.mount(volume, VOLUME), "readOnly": True}],
        resources=SMALL_HELPER.resources(ctx.spec.helpers.resources),
    )
