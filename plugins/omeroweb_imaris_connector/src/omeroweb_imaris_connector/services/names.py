"""Names that services and jobs share."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from omero_plugin_common.body import Body

WRITE: Final = "imaris.export"
ATTACH: Final = "imaris.attach"
QUEUE: Final = "exports"
# Of the file annotations, as in the Docker edition.
NAMESPACE: Final = "omero.export.ims"


class WriteJob(Body):
    """What a job gets that writes a file."""

    file: UUID


class AttachJob(Body):
    """What a job gets that attaches a file of an export to its image."""

    part: UUID
