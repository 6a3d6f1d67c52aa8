"""The state that an export shows is what became of its file and its jobs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from omeroweb_imaris_connector.planning.states import (
    JobNow,
    Now,
    State,
    ended_with,
    state_of,
    together,
)

WRITING = Now(
    cancelled=False, file_state="writing", file_step="", file_message="", wants_attachment=False,
    write=JobNow("running", "10 planes"), attach=None,
)  # fmt: skip
READY = replace(WRITING, file_state="ready", write=JobNow("done"))


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (WRITING, ("running", "10 planes")),
        (replace(WRITING, write=JobNow("queued")), ("queued", "")),
        # Before its job is known.
        (replace(WRITING, write=JobNow()), ("queued", "")),
        # A worker was lost: nobody works on it, whatever the last one did.
        (replace(WRITING, file_step="verifying", write=JobNow("queued", "lost")),
         ("queued", "lost")),
        (replace(WRITING, file_step="verifying"), ("verifying", "10 planes")),
        (replace(WRITING, file_step="waiting_for_processor"),
         ("waiting_for_processor", "10 planes")),
        (READY, ("done", "")),
        (replace(READY, wants_attachment=True), ("attaching", "")),
        (replace(READY, wants_attachment=True, attach=JobNow("running", "half")),
         ("attaching", "half")),
        (replace(READY, wants_attachment=True, attach=JobNow("failed", error="no right")),
         ("done", "The file can be downloaded, and could not be attached to the image: no right")),
        (replace(READY, file_state="failed", file_message="full"), ("failed", "full")),
        (replace(READY, file_state="cancelled"), ("cancelled", "")),
        (replace(READY, cancelled=True), ("cancelled", "")),
        (replace(READY, file_state="expired"),
         ("expired", "The file was deleted when its time was over: export the image again")),
    ],
)  # fmt: skip
def test_state(now: Now, expected: tuple[str, str]) -> None:
    assert state_of(now) == expected


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        (JobNow("queued"), None),
        (JobNow("running"), None),
        (JobNow("cancelling"), None),
        (JobNow("failed", error="lost"), ("failed", "lost")),
        (JobNow("cancelled"), ("cancelled", "")),
        # Done, and the file is not: nobody will write it.
        (JobNow("done"), ("failed", "The job was deleted before it ended: try again")),
        (JobNow(), ("failed", "The job was deleted before it ended: try again")),
    ],
)
def test_a_file_does_not_wait_for_a_job_that_has_ended(
    job: JobNow, expected: tuple[str, str] | None
) -> None:
    assert ended_with(job, has_job=True) == expected


def test_a_file_that_no_job_ever_had() -> None:
    assert ended_with(JobNow(), has_job=False) == (
        "failed", "The export was not started: try again",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("images", "expected"),
    [
        ([("a", "failed", "full")], ("failed", "full")),
        ([("a", "done", ""), ("b", "running", "slow")], ("running", "b: slow")),
        ([("a", "queued", ""), ("b", "verifying", "")], ("verifying", "")),
        # It goes on as long as one does, and then says that one has failed.
        ([("a", "failed", "full"), ("b", "queued", "")], ("queued", "")),
        ([("a", "done", ""), ("b", "failed", "full"), ("c", "cancelled", "")],
         ("failed", "1 of 3 images could not be exported. b: full")),
        ([("a", "done", ""), ("b", "cancelled", "")],
         ("cancelled", "1 of 2 images are cancelled")),
        ([("a", "cancelled", ""), ("b", "cancelled", "")], ("cancelled", "")),
        ([("a", "done", ""), ("b", "expired", "x")],
         ("done", "1 of 2 images have their files; the others were deleted when their time was "
          "over")),
        ([("a", "done", "not attached"), ("b", "done", "")], ("done", "a: not attached")),
        ([("a", "expired", "x"), ("b", "expired", "y")],
         ("expired", "The files were deleted when their time was over: export the images again")),
    ],
)  # fmt: skip
def test_several_images_have_one_state(
    images: list[tuple[str, State, str]], expected: tuple[str, str]
) -> None:
    assert together(images) == expected
