"""The jobs that attach files to images: one for each user who wants that, with their own rights."""

from __future__ import annotations

from uuid import UUID

from omero_plugin_common.jobs.launch import enqueue
from omero_plugin_common.jobs.store import Owner
from omeroweb_imaris_connector.services.names import ATTACH, AttachJob
from omeroweb_imaris_connector.store import attachments
from omeroweb_imaris_connector.store.exports import Export, Part


def start_attaching(file: UUID | None = None) -> None:
    """Start the jobs of exports whose file is ready and that have none.

    Args:
        file: only of this file; without it, those that a killed process has left.
    """
    for export, part in attachments.missing(file):
        start_one(export, part)


def start_one(export: Export, part: Part, request_id: str = "") -> None:
    """Start the job of one image of an export, unless it has one that goes on."""
    owner = Owner(export.user_id, export.user_name, part.group_id, request_id)
    about = f"{part.image_name} (image {part.image_id})"
    job = enqueue(
        ATTACH, owner, AttachJob(part=part.id), f"{part.id} {part.file}",
        repeatable=True, about=about,
    )  # fmt: skip
    attachments.give_job(part.id, job.id)
