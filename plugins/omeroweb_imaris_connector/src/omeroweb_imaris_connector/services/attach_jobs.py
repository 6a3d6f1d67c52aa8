"""The jobs that attach files to images: one for each user who wants that, with their own rights."""

from __future__ import annotations

from uuid import UUID

from omero_plugin_common.jobs.launch import enqueue
from omero_plugin_common.jobs.store import Owner
from omeroweb_imaris_connector.services.names import ATTACH, AttachJob
from omeroweb_imaris_connector.store import exports
from omeroweb_imaris_connector.store.exports import Export


def start_attaching(file: UUID | None = None) -> None:
    """Start the jobs of exports whose file is ready and that have none.

    Args:
        file: only of this file; without it, those that a killed process has left.
    """
    for export in exports.to_attach(file):
        start_one(export)


def start_one(export: Export, request_id: str = "") -> None:
    """Start the job of one export, unless it has one that goes on."""
    owner = Owner(export.user_id, export.user_name, export.group_id, request_id)
    about = f"{export.image_name} (image {export.image_id})"
    parameters = AttachJob(export=export.id)
    job = enqueue(
        ATTACH, owner, parameters, f"{export.id} {export.file}", repeatable=True, about=about
    )
    exports.give_attach_job(export.id, job.id)
