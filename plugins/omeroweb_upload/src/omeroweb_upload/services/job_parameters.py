"""What the plugin's jobs are started with."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel


class UploadJob(BaseModel):
    """A job about one upload.

    Attributes:
        upload: its id.
    """

    upload: UUID
