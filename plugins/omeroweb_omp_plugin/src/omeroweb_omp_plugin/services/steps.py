"""What all jobs on many images have in common: steps, locks, counts, reports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from omero_plugin_common import permissions
from omero_plugin_common.jobs import JobFailed
from omero_plugin_common.permissions import Access
from omeroweb_omp_plugin.planning.report import Line, added_up
from omeroweb_omp_plugin.settings import STEP
from omeroweb_omp_plugin.store import reports
from omeroweb_omp_plugin.store.locks import alone_in
from omeroweb_omp_plugin.store.selections import Image

_LOGGED_ERRORS: Final = 5


class Running(Protocol):
    """What a step needs of the job that it belongs to; `JobContext` has it."""

    job: Any

    @property
    def checkpoint(self) -> Any:
        """Where to go on."""

    def progress(
        self,
        done: int,
        total: int | None = None,
        message: str | None = None,
        *,
        checkpoint: Any = None,
    ) -> None:
        """Tell how far it is."""

    def check(self) -> None:
        """May it go on?"""

    def log(self, text: str, level: Any = "info") -> None:
        """A line for the user."""


@dataclass(frozen=True, slots=True)
class Step:
    """Some images of a job, read and locked.

    Attributes:
        images: of this step.
        rights: what the user may do with them; without those that are gone.
        tell: to be called before each change of OMERO with the number of images of this step that
            are done; what it raises ends the step.
        plan: to be called once, before the first change of OMERO, with what the report will say
            when all goes well. A step that is done again finds its own changes there.
    """

    images: Sequence[Image]
    rights: dict[int, Access]
    tell: Callable[[int], None]
    plan: Callable[[list[Line]], None]

    def groups(self) -> dict[int, int]:
        """The group of each image."""
        return {each.id: each.group_id for each in self.rights.values()}


def in_steps(
    running: Running,
    conn: Any,
    images: Sequence[Image],
    work: Callable[[Step], list[Line]],
    size: int | None = None,
) -> dict[str, Any]:
    """Work on images step by step, and go on where a worker that died had stopped.

    A step may be done twice: `work` looks at what is there before it changes anything. The report
    and the counts are the job's, not those of its last attempt.

    Args:
        running: the job.
        conn: the user's gateway.
        images: all of them.
        work: does one step; returns a line for each of its images.
        size: images of one step; 3000 when not given.

    Returns:
        The job's result: how many images had which outcome.

    Raises:
        JobFailed: not one image could be worked on.
    """
    saved = running.checkpoint or {"next": 0, "outcomes": {}}
    at, outcomes = int(saved["next"]), Counter(saved["outcomes"])
    running.progress(at, len(images))
    first_error = ""
    while at < len(images):
        some = images[at : at + (size or STEP)]
        rights = permissions.access(conn, "Image", [each.id for each in some])

        def tell(done: int, start: int = at) -> None:
            running.progress(start + done)

        before = reports.before(running.job.id, at)

        def plan(lines: list[Line], start: int = at, before: dict[int, Line] = before) -> None:
            reports.plan(running.job.id, start, added_up(before, lines))

        with alone_in((each.group_id for each in rights.values()), running.check):
            lines = added_up(before, work(Step(some, rights, tell, plan)))
        reports.save(running.job.id, at, lines)
        outcomes.update(each.outcome for each in lines)
        errors = [each for each in lines if each.outcome == "error"]
        for each in errors[:_LOGGED_ERRORS]:
            running.log(f"Image {each.image}, {each.name}: {each.message}", "error")
        first_error = first_error or (errors[0].message if errors else "")
        at += len(some)
        running.progress(at, checkpoint={"next": at, "outcomes": dict(outcomes)})
    if images and outcomes["error"] == len(images):
        raise JobFailed(
            f"Nothing could be done to any of the {len(images):,} images. {first_error}",
            code="all_failed",
        )
    running.progress(at, message=in_words(outcomes))
    return {"images": len(images), **outcomes}


def in_words(outcomes: Counter[str]) -> str:
    """Such as `9 990 written, 10 errors`."""
    return ", ".join(
        f"{count:,} {'errors' if outcome == 'error' else outcome}"
        for outcome, count in sorted(outcomes.items())
        if count
    )
