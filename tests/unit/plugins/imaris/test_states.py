"""The state that an export shows is what became of its file and its jobs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from omeroweb_imaris_connector.planning.states import JobNow, Now, ended_with, state_of

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
