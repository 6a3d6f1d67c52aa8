"""What a job of this plugin is started with; also the bodies of the requests that start it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from omero_plugin_common.body import Body

Id = Annotated[UUID, Field(strict=False)]
Password = Annotated[str, Field(max_length=1000, repr=False)]
Typed = Annotated[str, Field(max_length=100)]


class StartWrite(Body):
    """Password and confirmation are needed when the preview replaces all pairs."""

    preview: Id
    password: Password = ""
    confirmation: Typed = ""


class StartRestore(Body):
    """Putting a stored backup back: the job that stored it."""

    backup: Id


class StartDeletion(Body):
    """Images, and what shows that the user means it."""

    selection: Id
    password: Password = ""
    confirmation: Typed = ""


class WriteJob(Body):
    """A write: the preview that says what is written."""

    preview: Id


class SelectionJob(Body):
    """A deletion: the images."""

    selection: Id


class AcquisitionJob(SelectionJob):
    """A copy of acquisition metadata: the images, and whether their files are asked as well."""

    original: bool = False


class UndoJob(Body):
    """Undoing a job: its id."""

    job: Id


class RestoreJob(Body):
    """Putting a backup back: the file that the user sent, or the job that stored one."""

    upload: Id | None = None
    backup: Id | None = None
