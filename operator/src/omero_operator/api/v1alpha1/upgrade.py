"""`spec.upgrade`: how the site goes from one release to the next."""

from typing import Annotated, Literal

from pydantic import Field

from omero_operator.api.v1alpha1.fields import Block


class Upgrade(Block):
    """How a change of spec.version is made."""

    backup: Literal["Verified", "Skip"] = Field(
        "Verified",
        description="Verified: a change of OMERO.server or PostgreSQL waits for a verified backup "
        "that is not older than maxBackupAgeHours. Skip: upgrade without one.",
    )
    max_backup_age_hours: Annotated[int, Field(ge=1, le=8760)] = Field(
        24, description="How old the verified backup may be, in hours."
    )
    step_timeout_minutes: Annotated[int, Field(ge=1, le=1440)] = Field(
        60,
        description="Minutes after which a step counts as failed. Stopping the workers waits for "
        "running jobs.",
    )
