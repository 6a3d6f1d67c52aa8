"""`spec.imaris`: the pods that write images as files for Imaris and offer them.

The plugin reads its numbers as `OMERO_IMS_…`.
"""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from omero_operator.api.v1alpha1.fields import (
    Block,
    Quantity,
    Resources,
    SharedStorage,
    ShortText,
    rules,
)


class ExportStorage(SharedStorage):
    """The volume on which exported files are written and offered."""

    size: Quantity = Field(
        "50Gi",
        description="Capacity of the volume: all files that are offered at the same time. It can "
        "be increased, but not reduced.",
    )


class ExportWorker(Block):
    """What writes the files: a container in every pod of exports, or pods of its own."""

    own_pods: bool = Field(
        False,
        description="Run it as the Deployment <name>-export-worker instead of a container in each "
        "pod of exports. It needs storage.accessMode ReadWriteMany.",
    )
    replicas: Annotated[int, Field(ge=0, le=50)] = Field(
        1, description="Number of such pods; without ownPods there is one in each pod of exports."
    )
    concurrency: Annotated[int, Field(ge=1, le=64)] = Field(
        2, description="Exports that one worker runs at the same time."
    )
    resources: Resources = Field(
        default_factory=Resources, description="Requests and limits of its container."
    )


class ExportScript(Block):
    """The script IMS_Export.py of OMERO.server, which may use Imaris' own converter there."""

    use: Literal["auto", "never", "always"] = Field(
        "auto",
        description="auto runs the script where OMERO.server has it and a processor is free, and "
        "else writes the file itself; never does not ask for it; always does nothing else.",
    )
    name: Annotated[ShortText, Field(min_length=1)] = Field(
        "IMS_Export.py", description="File name of the script in OMERO.server."
    )
    start_timeout_seconds: Annotated[int, Field(ge=1, le=86_400)] = Field(
        60, description="Seconds that an export waits for a processor that is free."
    )
    timeout_seconds: Annotated[int, Field(ge=60, le=86_400)] = Field(
        7200, description="Seconds after which a script is stopped."
    )


class Imaris(Block):
    """Exports have pods of their own, so that large files never delay a login."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            (
                "self.replicas == 1 || self.storage.accessMode == 'ReadWriteMany'",
                "several replicas share one volume: set storage.accessMode to ReadWriteMany, with "
                "a storage class that has it, or replicas to 1",
            ),
            (
                "!self.worker.ownPods || self.storage.accessMode == 'ReadWriteMany'",
                "a worker in its own pods shares the volume with the others: set "
                "storage.accessMode to ReadWriteMany, with a storage class that has it, or "
                "worker.ownPods to false",
            ),
            (
                "self.worker.replicas == 1 || self.worker.ownPods",
                "worker.replicas is for a worker in its own pods: set worker.ownPods, or replicas "
                "of the exports",
            ),
        )
    )

    replicas: Annotated[int, Field(ge=1, le=20)] = Field(
        1, description="Number of pods. More than one needs storage.accessMode ReadWriteMany."
    )
    storage: ExportStorage = Field(
        default_factory=ExportStorage, description="The volume with the exported files."
    )
    resources: Resources = Field(
        default_factory=Resources,
        description="Requests and limits of the container `exports`, which sends files.",
    )
    worker: ExportWorker = Field(
        default_factory=ExportWorker, description="What writes the files (queue `exports`)."
    )
    downloads: Annotated[int, Field(ge=1, le=90)] = Field(
        24,
        description="Files that one pod sends at the same time, to all users. Others are answered "
        "with 429.",
    )
    memory: Quantity = Field(
        "512Mi",
        description="Memory that one export may use for pixels; some 256Mi more are for the "
        "program itself.",
    )
    max_bytes: Quantity | None = Field(
        None,
        description="Size of all files on the volume; by default, as much as it holds. Exports "
        "that would need more are refused until files expire.",
    )
    max_image_bytes: Quantity = Field(
        "1Ti", description="Size of the pixels of the largest image that is exported."
    )
    exports_per_user: Annotated[int, Field(ge=1, le=10_000)] = Field(
        1000,
        description="Exports of one user that wait or run at the same time; a dataset may have as "
        "many images.",
    )
    attach: Literal["never", "choice", "always"] = Field(
        "choice",
        description="Whether files are also attached to their images in OMERO, where they stay: "
        "never, as the user chooses, or always.",
    )
    keep_seconds: Annotated[int, Field(ge=60, le=31_536_000)] = Field(
        604_800, description="Seconds that a file is offered after it was last asked for."
    )
    sync_seconds: Annotated[int, Field(ge=0, le=50)] = Field(
        40,
        description="Seconds that a request of a program without `async` waits for its file; then "
        "the answer is the job.",
    )
    script: ExportScript = Field(
        default_factory=ExportScript, description="The script of OMERO.server that writes files."
    )
    cleanup_interval_seconds: Annotated[int, Field(ge=10, le=21_600)] = Field(
        300, description="Seconds between two clean-ups of the volume."
    )
