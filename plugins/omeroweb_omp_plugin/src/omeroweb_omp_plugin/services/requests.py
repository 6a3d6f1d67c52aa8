"""What a job of this plugin is started with; also the bodies of the requests that start it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from omero_plugin_common.web import Body

Id = Annotated[UUID, Field(strict=False)]


class WriteJob(Body):
    """A write: the preview that says what is written."""

    preview: Id


class SelectionJob(Body):
    """A deletion: the images."""

    selection: Id


class AcquisitionJob(Body):
    """A copy of acquisition metadata: the images, and whether their files are asked as well."""

    selection: Id
    original: bool = True


class RestoreJob(Body):
    """Putting a backup back: the file that the user sent."""

    upload: Id
