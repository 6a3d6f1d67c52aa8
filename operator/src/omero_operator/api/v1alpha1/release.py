"""`status.release`: the images that a site runs until it asks for another release."""

from typing import Annotated

from pydantic import Field

from omero_operator.api.v1alpha1.fields import Block

Image = Annotated[str, Field(max_length=512)]
VersionName = Annotated[str, Field(max_length=64)]


class Release(Block):
    """A release that is in force."""

    version: VersionName = Field("", description="Name of the release, as in spec.version.")
    images: dict[str, Image] = Field(
        default_factory=dict,
        max_length=32,
        description="Image of each kind of pod, before spec.images. Only a change of spec.version "
        "changes them; an upgrade of the operator does not.",
    )
