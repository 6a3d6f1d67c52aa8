"""What a job's function has: its parameters, and how to tell how far it is.

A thread extends the lease while the function works. When the lease is lost, the next call of the
function raises `LeaseLost`: another worker has the job, or will have it.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any, Final, Literal, TypeVar

from pydantic import BaseModel

from omero_plugin_common import audit, database
from omero_plugin_common.errors import ApiError
from omero_plugin_common.jobs import turns
from omero_plugin_common.jobs.model import Job, State
from omero_plugin_common.jobs.store import JobStore, Progress
from omero_plugin_common.jobs.stored import stored_json

_WRITE_SECONDS: Final = 0.5
_PAUSE_SECONDS: Final = 0.25

Answer = TypeVar("Answer")
Parameters = TypeVar("Parameters", bound=BaseModel)
Level = Literal["info", "warning", "error"]


class JobFailed(ApiError):
    """Raise it in a job to end it as failed, with a text for the user and a code for programs."""

    status = 409
    code = "job_failed"


class JobCancelled(Exception):
    """The user has asked the job to stop. Only the context raises it; let it pass."""


class LeaseLost(Exception):
    """This worker may no longer work on the job. Only the context raises it; let it pass."""


class JobWaits(Exception):
    """The job waits for another one, and gives its place back.

    Only the context raises it; let it pass.

    Args:
        locks: what it waits for.
        message: the same for its user.
        seconds: it is not begun again sooner.
    """

    def __init__(self, locks: Collection[int], message: str, seconds: float = 0.0) -> None:
        super().__init__(message)
        self.locks, self.message, self.seconds = locks, message, seconds


class JobContext:
    """One attempt at a job.

    Args:
        job: as it was taken.
        store: where its progress goes.
        parameters_model: of the kind, if it has one.
    """

    def __init__(
        self, job: Job, store: JobStore, parameters_model: type[BaseModel] | None = None
    ) -> None:
        self.job = job
        self._store = store
        self._model = parameters_model
        self._lock = threading.RLock()
        self._stop = threading.Event()
        self._lost = False
        self._state: State = "running"
        self._lease_ends = time.monotonic() + store.timing.lease
        self._written = 0.0
        self._progress = Progress(job.done, job.total, job.message)
        self._changed = False
        self._checkpoint = job.checkpoint

    @property
    def parameters(self) -> dict[str, Any]:
        """What the job was started with."""
        return self.job.parameters

    def parsed(self, model: type[Parameters]) -> Parameters:
        """The parameters as the kind's pydantic model.

        Raises:
            pydantic.ValidationError: they were stored by another version and do not fit any more.
        """
        return model.model_validate_json(json.dumps(self.job.parameters))

    @property
    def checkpoint(self) -> Any:
        """What was saved last, by this or an earlier attempt; nothing at the very beginning."""
        return self._checkpoint

    @property
    def attempt(self) -> int:
        """1 the first time."""
        return self.job.attempt

    @property
    def cancelled(self) -> bool:
        """Whether the user wants it to stop, as far as known: at most a heartbeat old."""
        return self._state == "cancelling"

    def progress(
        self,
        done: int,
        total: int | None = None,
        message: str | None = None,
        *,
        checkpoint: Any = None,
    ) -> None:
        """Tell how far the job is. Cheap: without a checkpoint it writes twice a second at most.

        Args:
            done: units done so far, over all attempts.
            total: units in all; what was said before when not given.
            message: what is going on; what was said before when not given.
            checkpoint: where a later attempt goes on (anything JSON can hold); on return it is
                saved. Save it after the step that it stands for.

        Raises:
            JobCancelled: the user wants the job to stop.
            LeaseLost: another worker has the job.
            TypeError, ValueError: JSON cannot hold the checkpoint.
        """
        # Refused here, not in the thread that writes it later.
        stored_json(checkpoint)
        with self._lock:
            self._progress = Progress(
                int(done),
                self._progress.total if total is None else int(total),
                self._progress.message if message is None else message,
                checkpoint,
            )
            self._changed = True
            due = time.monotonic() - self._written >= _WRITE_SECONDS
            if checkpoint is not None or due:
                self._beat()
            if checkpoint is not None:
                self._checkpoint = checkpoint
        self.check()

    def check(self) -> None:
        """Before a step that changes something in OMERO: may this worker still do it?

        Raises:
            JobCancelled: the user wants the job to stop.
            LeaseLost: another worker has the job, or may have it.
        """
        self._check_lease()
        if self.cancelled:
            raise JobCancelled

    def take_turn(self, locks: Collection[int]) -> None:
        """Before work that no other job may do at the same time: is it this job's turn?

        It stays so until the job ends, or calls this again and others wait.

        Args:
            locks: all that the next step needs; see `steps.locks`.

        Raises:
            JobWaits: another job is ahead.
            JobCancelled, LeaseLost: see `check`.
        """
        self.check()
        turn = self._while_leased(lambda: turns.take(self._store, self.job, locks))
        if turn.ahead is not None:
            raise JobWaits(locks, _waits_for(turn.ahead, self.job))
        if not turn.taken:
            self._lose()

    def give_way(self, locks: Collection[int] = ()) -> None:
        """Between two steps of long work: let jobs of other users have this worker for a while.

        A job that has had its turn goes to the end of its queue when others wait there; alone, it
        goes on. It is begun again from what it has stored.

        Args:
            locks: all that it needs when it is begun again; see `take_turn`.

        Raises:
            JobWaits: it is others' turn.
            JobCancelled, LeaseLost: see `check`.
        """
        self.check()
        if self._while_leased(lambda: turns.others_wait(self._store, self.job)):
            raise JobWaits(locks, "Lets the jobs of other users go first")

    def wait_for_lock(self, locks: Collection[int]) -> None:
        """It is this job's turn, but a worker that was given up still holds the lock itself.

        Raises:
            JobWaits: always.
        """
        text = "Waits for another job in the same group of OMERO to end its step"
        raise JobWaits(locks, text, self._store.timing.retry)

    def log(self, text: str, level: Level = "info") -> None:
        """Add a line to the log that the user sees (2000 characters and 2000 lines at most).

        Raises:
            LeaseLost: another worker has the job.
        """
        self._check_lease()
        if not self._while_leased(
            lambda: self._store.append_log(self.job.id, self.job.token, level, text)
        ):
            self._lose()

    def omero(self) -> AbstractContextManager[Any]:
        """A gateway that acts as the job's user in the job's group; see `sudo.user_session`."""
        from omero_plugin_common.sudo import user_session

        return user_session(self.job.user_name, self.job.group_id)

    def audit(self, action: str, objects: audit.Objects, outcome: str = "done") -> None:
        """Write a line of the audit log for something that the job changed."""
        audit.record(self.job, action, outcome, objects)

    # --- for the runner ------------------------------------------------------------------------

    @contextmanager
    def kept_alive(self) -> Iterator[None]:
        """Extends the lease from a thread until the end of the block."""
        thread = threading.Thread(target=self._keep, name=f"job-{self.job.id}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()

    def finish(self, state: State, **how: Any) -> bool:
        """End the job, with the progress that was not written yet; no when the lease is lost."""
        with self._lock:
            if self._changed:
                self._beat()
        return self._while_leased(
            lambda: self._store.finish(self.job.id, self.job.token, state, **how)
        )

    def retry(self, error: ApiError) -> State | None:
        """Give the job back to be begun again; nothing when the lease is lost."""
        return self._while_leased(
            lambda: self._store.retry(self.job.id, self.job.token, (error.message, error.code))
        )

    def wait(self, waits: JobWaits) -> State | None:
        """Give the job back until other jobs are done; nothing when the lease is lost."""
        with self._lock:
            if self._changed:
                self._beat()
        return self._while_leased(
            lambda: turns.wait(self._store, self.job, waits.locks, waits.message, waits.seconds)
        )

    def _keep(self) -> None:
        while not self._stop.wait(self._store.timing.heartbeat):
            try:
                with self._lock:
                    self._beat()
            except LeaseLost:
                return

    def _beat(self) -> None:
        """Extend the lease, with the progress if there is news. Holds the lock."""
        began = time.monotonic()
        progress = self._progress if self._changed else None
        state = self._while_leased(lambda: self._store.beat(self.job.id, self.job.token, progress))
        if state is None:
            self._lose()
            return
        self._state, self._written, self._changed = state, began, False
        self._progress = replace(self._progress, checkpoint=None)
        self._lease_ends = began + self._store.timing.lease

    def _while_leased(self, statement: Callable[[], Answer]) -> Answer:
        """Run a statement again and again while the database is away, until the lease ends."""
        while True:
            try:
                return statement()
            except database.AWAY:
                self._check_lease()
                time.sleep(_PAUSE_SECONDS)

    def _check_lease(self) -> None:
        # The database counts from when it got the heartbeat, so here the lease ends first.
        if self._lost or time.monotonic() > self._lease_ends:
            self._lose()

    def _lose(self) -> None:
        self._lost = True
        raise LeaseLost


def _waits_for(ahead: Job, own: Job) -> str:
    """What the user of a job reads that waits; what others work on is not theirs to know."""
    name = ahead.title or ahead.kind
    if ahead.user_id != own.user_id:
        return f"Waits for: {name} of {ahead.user_name}"
    return f"Waits for: {name}" + (f" · {ahead.about}" if ahead.about else "")
