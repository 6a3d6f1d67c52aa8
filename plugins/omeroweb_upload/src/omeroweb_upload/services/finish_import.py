"""What follows when the images of an upload are in OMERO."""

from __future__ import annotations

from typing import Any

from omero_plugin_common.jobs import JobContext
from omeroweb_upload.store import units as unit_store
from omeroweb_upload.store import uploads
from omeroweb_upload.store.uploads import Upload


def finish(running: JobContext, upload: Upload, counts: dict[str, int]) -> dict[str, Any]:
    """Do what is left after the import, and say how it ended.

    Args:
        running: the job.
        upload: in the state `importing`.
        counts: of units by state.

    Returns:
        `counts`, and how many files are `unreadable`.
    """
    unreadable = unit_store.skip_unread(upload.id)
    failed = counts.get("failed", 0)
    if failed:
        total = sum(counts.values())
        message = (
            f"{failed:,} of {total:,} could not be imported: the list of units says why. "
            "Retry imports those alone"
        )
        uploads.move(upload.id, {"importing"}, "error", message=message)
    else:
        uploads.move(upload.id, {"importing"}, "done")
    running.log(", ".join(f"{count:,} {state}" for state, count in counts.items()) or "No images")
    return {**counts, "unreadable": unreadable}
