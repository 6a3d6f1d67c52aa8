"""`status.release`: the images that a site runs until it asks for another release."""

from typing import Annotated

from pydantic import Field

from omero_operator.api.v1alpha1.fields import Block

Image = Annotated[str, Field(max_length=512)]
ClaimName = Annotated[str, Field(max_length=253)]
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
    behind: bool = Field(
        False,
        description="Whether PostgreSQL's image is not the release's but an older major version, "
        "which spec.images.postgres names or named. Removing that field begins the upgrade.",
    )
    claims: dict[str, ClaimName] = Field(
        default_factory=dict,
        max_length=32,
        description="Claims of databases that moved to a new volume with a new major version of "
        "PostgreSQL, and the claim that has the data since. The operator keeps the one before "
        "until you delete it.",
    )


class Operation(Block):
    """What the operator is doing to the site in ordered steps, or what it did last."""

    id: Annotated[str, Field(max_length=16)] = Field(
        "", description="Name of this attempt; its Jobs end with it. Absent: there was none."
    )
    kind: Annotated[str, Field(max_length=32)] = Field("", description="What is done: upgrade.")
    origin: VersionName = Field("", alias="from", description="The release before.")
    target: VersionName = Field("", alias="to", description="The release to go to.")
    images: dict[str, Image] = Field(
        default_factory=dict, max_length=32, description="Images of that release."
    )
    step: Annotated[str, Field(max_length=32)] = Field("", description="The present step.")
    since: Annotated[str, Field(max_length=32)] = Field(
        "", description="When this step began (RFC 3339, UTC)."
    )
    outcome: Annotated[str, Field(max_length=32)] = Field(
        "",
        description="Absent while it goes on; Done; Refused before anything was stopped; "
        "RolledBack to the images before; Stopped if that was not safe.",
    )
    message: Annotated[str, Field(max_length=1024)] = Field(
        "", description="What the present step waits for."
    )
    failure: Annotated[str, Field(max_length=1024)] = Field("", description="Why it failed.")
    failed_step: Annotated[str, Field(max_length=32)] = Field(
        "", description="The step that failed."
    )
    restarts: list[Annotated[str, Field(max_length=32)]] = Field(
        default_factory=list,
        max_length=32,
        description="Components whose pods change with it even where their image does not.",
    )
    server_before: Image = Field("", description="Image of OMERO.server before it.")
    schema_before: Annotated[str, Field(max_length=64)] = Field(
        "", description="Version of the database schema before the first step that can change it."
    )

    @property
    def active(self) -> bool:
        """Whether it still shapes the site."""
        return bool(self.id) and self.outcome in ("", "Stopped")
