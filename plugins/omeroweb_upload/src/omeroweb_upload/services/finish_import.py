"""What follows when the images of an upload are in OMERO."""

from __future__ import annotations

from typing import Any

from omero_plugin_common.jobs import JobContext
from omeroweb_upload.services.attachments import attach
from omeroweb_upload.services.upload_spectra import attach_spectra
from omeroweb_upload.store import units as unit_store
from omeroweb_upload.store import uploads
from omeroweb_upload.store.uploads import Upload


def finish(
    running: JobContext, upload: Upload, conn: Any, counts: dict[str, int]
) -> dict[str, Any]:
    """Do what is left after the import, and say how it ended.

    Args:
        running: the job.
        upload: in the state `importing`.
        conn: a gateway of the upload's user, in its group.
        counts: of units by state.

    Returns:
        `counts`, how many files are `unreadable`, and what became of `spectra` and `attachments`.
    """
    unreadable = unit_store.skip_unread(upload.id)
    spectra = attach_spectra(running, upload, conn)
    attachments = attach(running, upload, conn)
    messages = [
        f"{failed:,} of {sum(some.values()):,} {what}"
        for some, what in (
            (counts, "could not be imported: see the list of units"),
            (spectra, "spectra are not at an image: see the list of files"),
            (attachments, "files could not be attached: see the list of files"),
        )
        if (failed := some.get("failed", 0))
    ]
    if messages:
        message = ". ".join([*messages, "Retry does those alone"])
        uploads.move(upload.id, {"importing"}, "error", message=message)
    else:
        uploads.move(upload.id, {"importing"}, "done")
    running.log(", ".join(f"{count:,} {state}" for state, count in counts.items()) or "No images")
    return {
        **counts,
        "unreadable": unreadable,
        "spectra": spectra,
        "attachments": attachments,
    }
