"""`spec.web.uploads`: the pods that receive files from browsers and import them into OMERO.

Its numbers mean what they mean in the Docker edition, with the same limits; the plugin reads them
as `OMERO_WEB_UPLOAD_…`.
"""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from omero_operator.api.v1alpha1.fields import Block, Quantity, Resources, SharedStorage, rules


class StagingStorage(SharedStorage):
    """The volume on which files wait for their import."""

    size: Quantity = Field(
        "50Gi",
        description="Capacity of the volume: as much as all users send before it is imported. It "
        "can be increased, but not reduced.",
    )


class UploadCleanup(Block):
    """When received files are deleted. Files of a job that is running are never deleted."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            (
                "self.staleAgeSeconds >= self.maxAgeSeconds",
                "staleAgeSeconds must be at least maxAgeSeconds: an upload that somebody may still "
                "continue is kept as long as a finished one",
            ),
        )
    )

    interval_seconds: Annotated[int, Field(ge=10, le=21_600)] = Field(
        300, description="Seconds between two clean-ups."
    )
    max_age_seconds: Annotated[int, Field(ge=60, le=1_209_600)] = Field(
        43_200, description="Seconds after which the files of a finished or failed job go."
    )
    stale_age_seconds: Annotated[int, Field(ge=60, le=2_592_000)] = Field(
        604_800,
        description="Seconds without any progress after which an upload that was not finished "
        "expires: how long a user may wait before continuing it.",
    )
    max_delete: Annotated[int, Field(ge=1, le=500)] = Field(
        25, description="Jobs whose files one clean-up deletes at most."
    )


class ImportWorker(Block):
    """The container `import-worker` in every pod: it runs the imports."""

    resources: Resources = Field(
        default_factory=Resources, description="Requests and limits of its container."
    )


class Uploads(Block):
    """Uploads have pods of their own, so that slow lines never delay a login."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            (
                "self.replicas == 1 || self.storage.accessMode == 'ReadWriteMany'",
                "several replicas share one volume: set storage.accessMode to ReadWriteMany, with "
                "a storage class that has it, or replicas to 1",
            ),
        )
    )

    replicas: Annotated[int, Field(ge=1, le=20)] = Field(
        1, description="Number of pods. More than one needs storage.accessMode ReadWriteMany."
    )
    storage: StagingStorage = Field(
        default_factory=StagingStorage, description="The volume on which files wait for import."
    )
    resources: Resources = Field(
        default_factory=Resources,
        description="Requests and limits of the container `uploads`, which receives files.",
    )
    import_worker: ImportWorker = Field(
        default_factory=ImportWorker, description="The container that runs the imports."
    )
    streams: Annotated[int, Field(ge=1, le=90)] = Field(
        24,
        description="Requests with files that one pod receives at the same time, of all users. "
        "Others are answered with 429, and the page tries again.",
    )
    max_bytes: Quantity = Field("1Ti", description="Maximum size of one upload, all files added.")
    concurrency: Annotated[int, Field(ge=1, le=10)] = Field(
        3, description="Files that one user's page sends at the same time."
    )
    batch_size: Annotated[int, Field(ge=1, le=1000)] = Field(
        5,
        description="Files or groups of files that one start of OMERO's command line imports; "
        "users may choose another number.",
    )
    imports: Annotated[int, Field(ge=1, le=64)] = Field(
        2, description="Imports of the site that run at the same time, divided among the pods."
    )
    import_timeout_seconds: Annotated[int, Field(ge=60, le=86_400)] = Field(
        7200, description="Seconds after which the import of one batch is stopped."
    )
    java_heap: Quantity = Field(
        "512Mi",
        description="Maximum Java heap of each Bio-Formats and of each start of OMERO's command "
        "line; one of them runs for each import at the same time.",
    )
    driver: Literal["auto", "native", "commandLine"] = Field(
        "auto",
        description="How images get into OMERO: native over OMERO's API, commandLine with "
        "OMERO's own importer; auto takes native where it can.",
    )
    in_place: bool = Field(
        False,
        description="Keep files in the folder uploads of OMERO.server's volume instead of a volume "
        "of their own, so that an import may link to them and copies nothing. The pods then run "
        "as OMERO.server's user and see its whole volume; storage.accessMode must be that of "
        "this volume, and the other fields of storage are not used.",
    )
    special_methods: bool = Field(
        True, description="Offer special imports, such as SEM-EDX spectra with their images."
    )
    cleanup: UploadCleanup = Field(
        default_factory=UploadCleanup, description="When received files are deleted."
    )
