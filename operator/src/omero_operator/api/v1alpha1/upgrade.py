"""`spec.upgrade`: how the site goes from one release to the next."""

from typing import Annotated, Literal

from pydantic import Field

from omero_operator.api.v1alpha1.fields import Block


class MemoFiles(Block):
    """Bio-Formats' notes on the files of images, which another OMERO.server cannot use."""

    ahead: bool = Field(
        False,
        description="After an upgrade of OMERO.server, a Job opens each fileset once while the "
        "site runs, so that users do not wait for it. The condition Upgrading shows how far it is.",
    )
    parallel: Annotated[int, Field(ge=1, le=32)] = Field(
        2, description="How many images are opened at once."
    )


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
    memo_files: MemoFiles = Field(
        default_factory=MemoFiles, description="Memo files of Bio-Formats after an upgrade."
    )
