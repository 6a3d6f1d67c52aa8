"""The state of an export, from what became of its file and its jobs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

State = Literal[
    "queued", "waiting_for_processor", "running", "verifying", "attaching",
    "done", "failed", "cancelled", "expired",
]  # fmt: skip
ENDED: Final[frozenset[State]] = frozenset({"done", "failed", "cancelled", "expired"})
# Of a file, while it is `writing`: what its job does. Anything else is `running`.
STEPS: Final[dict[str, State]] = {
    "waiting_for_processor": "waiting_for_processor",
    "verifying": "verifying",
}
# Of several images, the first of these that one of them has is the state of all.
_TOGETHER: Final[tuple[State, ...]] = (
    "running", "verifying", "waiting_for_processor", "queued", "attaching",
    "failed", "cancelled", "done", "expired",
)  # fmt: skip
_NO_JOB: Final = "The export was not started: try again"
_JOB_DELETED: Final = "The job was deleted before it ended: try again"


@dataclass(frozen=True, slots=True)
class JobNow:
    """A worker's job as it is now; with a state of nothing there is none."""

    state: str | None = None
    message: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Now:
    """What decides about the state of an export.

    Attributes:
        cancelled: whether its user has cancelled it.
        file_state: of its file.
        file_step: what the file's job does.
        file_message: why the file failed.
        wants_attachment: whether the file goes to the image in OMERO, and is not there yet.
        write: the job that writes the file.
        attach: the job that attaches it; None before there is one.
    """

    cancelled: bool
    file_state: str
    file_step: str
    file_message: str
    wants_attachment: bool
    write: JobNow
    attach: JobNow | None


def state_of(now: Now) -> tuple[State, str]:
    """The state, and a message for its user."""
    if now.cancelled:
        return "cancelled", ""
    if now.file_state == "writing":
        return _writing(now)
    if now.file_state == "ready":
        return _ready(now)
    if now.file_state == "expired":
        return "expired", "The file was deleted when its time was over: export the image again"
    if now.file_state == "cancelled":
        return "cancelled", ""
    return "failed", now.file_message


def together(images: Sequence[tuple[str, State, str]]) -> tuple[State, str]:
    """The state of several images that were asked for at once, and a message for their user.

    Args:
        images: of each its name, its state, and its message; one at least.
    """
    if len(images) == 1:
        return images[0][1:]
    state = min((each for _, each, _ in images), key=_TOGETHER.index)
    of_it = [(name, message) for name, each, message in images if each == state]
    name, message = next((each for each in of_it if each[1]), ("", ""))
    count = f"{len(of_it)} of {len(images)} images"
    if state == "failed":
        return state, f"{count} could not be exported. {name}: {message}"
    if state == "cancelled":
        return state, "" if len(of_it) == len(images) else f"{count} are cancelled"
    if state == "expired":
        return state, "The files were deleted when their time was over: export the images again"
    if state == "done" and not message and len(of_it) < len(images):
        return state, f"{count} have their files; the others were deleted when their time was over"
    return state, f"{name}: {message}" if message else ""


def ended_with(
    write: JobNow, *, has_job: bool
) -> tuple[Literal["failed", "cancelled"], str] | None:
    """What a file becomes whose job ended silently; nothing while it goes on.

    Args:
        write: the job.
        has_job: whether the file was ever given to one.
    """
    if not has_job:
        return "failed", _NO_JOB
    if write.state is None:
        return "failed", _JOB_DELETED
    if write.state == "cancelled":
        return "cancelled", ""
    if write.state in ("failed", "done"):
        return "failed", write.error or _JOB_DELETED
    return None


def _writing(now: Now) -> tuple[State, str]:
    if now.write.state in ("running", "cancelling"):
        return STEPS.get(now.file_step, "running"), now.write.message
    return "queued", now.write.message


def _ready(now: Now) -> tuple[State, str]:
    if not now.wants_attachment:
        return "done", ""
    if now.attach is None:
        return "attaching", ""
    if now.attach.state in ("queued", "running", "cancelling"):
        return "attaching", now.attach.message
    why = now.attach.error or "its job has ended early"
    return "done", f"The file can be downloaded, and could not be attached to the image: {why}"
