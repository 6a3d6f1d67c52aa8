"""What is asked of settings that have a name: bodies of requests."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from omero_plugin_common.body import Body

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
OmeroId = Annotated[int, Field(ge=0, lt=2**63)]


class SaveNamed(Body):
    """Settings to store. A plugin derives its own model, with what they are as `content`.

    Attributes:
        name: how the user calls them.
        content: the settings.
        group: the group whose members may load them; nobody else may when it is left out.
        replaces: `updated` of the settings of this name that the user has agreed to overwrite.
    """

    name: Name
    content: Body
    group: OmeroId | None = None
    replaces: datetime | None = None


class LoadNamed(Body):
    """Settings of one's own, or a colleague's by the id of their owner."""

    name: Name
    owner: OmeroId | None = None


class DeleteNamed(Body):
    """Settings of one's own."""

    name: Name
