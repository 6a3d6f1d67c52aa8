"""Work on many objects in steps, and go on where a worker that died had stopped.

A step is whole or not begun: it begins with `Step.plan`. From then on to its end neither a cancel
nor a lost lease stops it, only an error; both are looked at again before the next step. What is
planned is stored first, so the report has it, however the job ends.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any, Final, Generic, Protocol, TypeVar

from omero_plugin_common import permissions
from omero_plugin_common.jobs import JobCancelled, JobFailed
from omero_plugin_common.jobs.context import LeaseLost
from omero_plugin_common.permissions import Access
from omero_plugin_common.steps import locks, report_store, undo_store
from omero_plugin_common.steps.locks import ANNOTATIONS
from omero_plugin_common.steps.report import IMAGE, Line, over_all_attempts
from omero_plugin_common.steps.undo import Change

# Objects of one step; after each the job can go on in another worker.
STEP: Final = 3000
_LOGGED_ERRORS: Final = 5


class RunningJob(Protocol):
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
        """Say how far it is."""

    def check(self) -> None:
        """Raise if the job must not go on."""

    def take_turn(self, locks: Collection[int]) -> None:
        """Raise if another job is ahead."""

    def wait_for_lock(self, locks: Collection[int]) -> None:
        """Raise, since the lock is not free."""

    def log(self, text: str, level: Any = "info") -> None:
        """A line for the user."""


class Object(Protocol):
    """An object of OMERO that a job works on."""

    @property
    def id(self) -> int:
        """Its id."""

    @property
    def name(self) -> str:
        """Its name, for the report."""


class OfAKind(Object, Protocol):
    """An object of a job over several kinds."""

    @property
    def kind(self) -> str:
        """One of `permissions.KINDS`."""


class Plan(Protocol):
    """Begins a step."""

    def __call__(self, lines: list[Line], changes: Iterable[Change] = ()) -> None:
        """Store what the report will say when all goes well, and what undoing the job needs."""


AnObject = TypeVar("AnObject", bound=Object)


@dataclass(frozen=True, slots=True)
class Step(Generic[AnObject]):
    """Some objects of a job, read and locked.

    Attributes:
        objects: of this step.
        access: what the user may do with them; without those that are gone.
        progress: to be called before each change of OMERO with the number of objects of this step
            that are done. It raises when the job must stop before the step begins, and when the
            step's locks are lost.
        plan: to be called once, before the first change of OMERO: the step begins. One that is
            done again finds its own changes there.
        added: stores the ids of what the step has added, by object, with what `plan` had of each.
        start: place of the first object among all of the job.
        kind: of the objects.
    """

    objects: Sequence[AnObject]
    access: dict[int, Access]
    progress: Callable[[int], None]
    plan: Plan
    added: Callable[[Mapping[int, Sequence[tuple[Any, int]]]], None]
    start: int
    kind: str = IMAGE

    def groups(self) -> dict[int, int]:
        """The group of each object."""
        return {each.id: each.group_id for each in self.access.values()}


def run_steps(
    running: RunningJob,
    conn: Any,
    objects: Sequence[AnObject],
    work: Callable[[Step[AnObject]], list[Line]],
    *,
    kind: str | None = IMAGE,
    size: int | None = None,
    lock: int | None = ANNOTATIONS,
) -> dict[str, Any]:
    """Work on objects step by step.

    A step may be done twice: `work` looks at what is there before it changes anything. The report
    and the counts are the job's, not those of its last attempt.

    Args:
        running: the job.
        conn: the user's gateway.
        objects: all of them.
        work: does one step; returns a line for each of its objects.
        kind: of the objects; one of `permissions.KINDS`. `None` for objects that say it themselves
            (`OfAKind`): those of one kind stand together, and a step has one kind. The progress
            counts the kind with most objects.
        size: objects of one step; 3000 when not given.
        lock: held for the groups of a step's objects, see `steps.locks`; `None` for work that
            other jobs cannot disturb. A job that has to wait for it gives its place in the worker
            back, and begins at the same step when it is called.

    Returns:
        The job's result: how many objects had which outcome, and in all of each kind (`images`,
        `datasets`, …).

    Raises:
        JobFailed: not one object could be worked on.
    """
    saved = running.checkpoint or {"next": 0, "outcomes": {}}
    at, outcomes = int(saved["next"]), Counter(saved["outcomes"])
    counts = Counter(kind or _kind(each) for each in objects)
    shown = _shown(objects, kind, counts)
    running.progress(shown(at), shown(len(objects)))
    first_error = ""
    while at < len(objects):
        some = objects[at : at + (size or STEP)]
        own = kind or _kind(some[0])
        if kind is None:
            _, some = next((each, [*one]) for each, one in itertools.groupby(some, _kind))
        lines = _one_step(running, conn, some, at, work, own, lock, shown)
        outcomes.update(each.outcome for each in lines)
        errors = [each for each in lines if each.outcome == "error"]
        for each in errors[:_LOGGED_ERRORS]:
            running.log(f"{own} {each.id}, {each.name}: {each.message}", "error")
        first_error = first_error or (errors[0].message if errors else "")
        at += len(some)
        running.progress(
            shown(at),
            message=in_words(outcomes),
            checkpoint={"next": at, "outcomes": dict(outcomes)},
        )
    counts = counts or Counter({kind or IMAGE: 0})
    units = {f"{each.lower()}s": count for each, count in counts.items()}
    if objects and outcomes["error"] == len(objects):
        raise JobFailed(
            f"Nothing could be done to any of the {_in_all(units)}. {first_error}",
            code="all_failed",
        )
    running.progress(shown(at), message=in_words(outcomes))
    return {**units, **outcomes}


def _kind(one: Any) -> str:
    """What an object says itself."""
    return str(one.kind)


def _shown(objects: Sequence[Any], kind: str | None, counts: Counter[str]) -> Callable[[int], int]:
    """How many objects the progress counts, of so many: those of the kind with most."""
    if kind is not None or not objects:
        return lambda at: at
    [(most, count)] = counts.most_common(1)
    first = next(at for at, each in enumerate(objects) if _kind(each) == most)
    return lambda at: min(max(at - first, 0), count)


def _in_all(units: Mapping[str, int]) -> str:
    """Such as `12 wells and 36 images`."""
    return " and ".join(f"{count:,} {unit}" for unit, count in units.items())


def _one_step(
    running: RunningJob,
    conn: Any,
    objects: Sequence[AnObject],
    start: int,
    work: Callable[[Step[AnObject]], list[Line]],
    kind: str,
    lock: int | None,
    shown: Callable[[int], int],
) -> list[Line]:
    """Do a step, and store its report."""
    access = permissions.access(conn, kind, [each.id for each in objects])
    with _locks(running, {each.group_id for each in access.values()}, lock) as check_locks:
        # Only now: a worker that was replaced may have gone on with this step until a moment ago.
        before = report_store.before(running.job.id, start)
        begun = False

        def of_kind(lines: list[Line]) -> list[Line]:
            return lines if kind == IMAGE else [replace(each, kind=kind) for each in lines]

        def plan(lines: list[Line], changes: Iterable[Change] = ()) -> None:
            nonlocal begun
            if changes := list(changes):
                undo_store.plan(running.job.id, start, changes)
            report_store.plan(running.job.id, start, over_all_attempts(before, of_kind(lines)))
            begun = True

        def added(ids: Mapping[int, Sequence[tuple[Any, int]]]) -> None:
            undo_store.save_ids(running.job.id, start, ids)

        def progress(done: int) -> None:
            check_locks()
            # What must stop the job is raised again before the next step.
            with suppress(*((JobCancelled, LeaseLost) if begun else ())):
                running.progress(shown(start + done))

        step = Step(objects, access, progress, plan, added, start, kind)
        lines = over_all_attempts(before, of_kind(work(step)))
        report_store.save(running.job.id, start, lines)
    return lines


@contextmanager
def _locks(running: RunningJob, groups: set[int], lock: int | None) -> Iterator[Callable[[], None]]:
    """The locks of a step, when it is the job's turn; yields what tells that they are lost."""
    if lock is None or not groups:
        yield _nothing
        return
    needed = locks.names(groups, lock)
    running.take_turn(needed)
    try:
        with locks.group_locks(groups, lock) as check_locks:
            yield check_locks
    except locks.Locked:
        running.wait_for_lock(needed)


def _nothing() -> None:
    """There is no lock that could be lost."""


def in_words(outcomes: Counter[str]) -> str:
    """Such as `9 990 written, 10 errors`."""
    return ", ".join(
        f"{count:,} {'errors' if outcome == 'error' and count > 1 else outcome}"
        for outcome, count in sorted(outcomes.items())
        if count
    )
