"""Kinds of jobs, and a job as the database has it and as the page gets it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel

State = Literal["queued", "running", "cancelling", "done", "failed", "cancelled"]
CANCELLABLE: Final = frozenset({"queued", "running"})
# Before this, a rate says more about the first item than about the work.
_RATE_AFTER_SECONDS: Final = 1.0
_SILENT: Final = (
    "Its worker does not respond; the job continues as soon as another worker can take it"
)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of job.

    Args:
        name: `<plugin>.<verb>`.
        work: the function.
        parameters: a model that the parameters must fit, if any.
        attempts: how often it is begun at most.
        unit: what `done` and `total` count, such as `images`.
        queue: the worker queue that takes it.
        report: names of the columns of its report, if it has one.
        undo: name of the kind that undoes a job of this one, if any does.
        title: what such a job does, in words for its user.
    """

    name: str
    # Takes a `JobContext`, which needs this module.
    work: Callable[[Any], Any]
    parameters: type[BaseModel] | None
    attempts: int
    unit: str
    queue: str
    report: tuple[str, ...] | None = None
    undo: str | None = None
    title: str = ""

    @property
    def plugin(self) -> str:
        """The part before the dot."""
        return self.name.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Job:
    """One job. Times carry their zone; `done` and `total` count `unit`."""

    id: UUID
    plugin: str
    kind: str
    user_id: int
    user_name: str
    group_id: int
    request_id: str
    parameters: dict[str, Any]
    state: State
    attempt: int
    max_attempts: int
    token: int
    worker: str
    lease_until: datetime | None
    queue: str
    run_after: datetime
    done: int
    total: int | None
    unit: str
    message: str
    checkpoint: Any
    attempt_started: datetime | None
    attempt_base: int
    progressed: datetime | None
    result: Any
    error_text: str | None
    error_code: str | None
    created: datetime
    started: datetime | None
    finished: datetime | None
    title: str = ""
    about: str = ""
    waits_since: datetime | None = None

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Job:
        """From a row of `omero_plugin_jobs`."""
        return cls(**{name: row[name] for name in cls.__dataclass_fields__})

    @property
    def rate(self) -> float | None:
        """Units per second in this attempt; nothing while it is not known."""
        if self.state != "running" or self.is_silent:
            return None
        if self.attempt_started is None or self.progressed is None:
            return None
        seconds = (self.progressed - self.attempt_started).total_seconds()
        count = self.done - self.attempt_base
        return count / seconds if seconds >= _RATE_AFTER_SECONDS and count > 0 else None

    @property
    def remaining(self) -> float | None:
        """Seconds until the end at the present rate; nothing while it is not known."""
        rate = self.rate
        if rate is None or self.total is None:
            return None
        return max(0.0, (self.total - self.done) / rate)

    @property
    def is_silent(self) -> bool:
        """Whether its worker gives no sign of life; this clock and the database's agree roughly."""
        if self.state not in ("running", "cancelling") or self.lease_until is None:
            return False
        return self.lease_until < datetime.now(UTC)

    @property
    def _is_tried_again(self) -> bool:
        """Whether it was begun, and waits for its next attempt; not for other jobs."""
        return self.state == "queued" and self.attempt > 0 and self.waits_since is None

    def as_json(self) -> dict[str, Any]:
        """What pages get; parameters and checkpoint stay here."""
        rate, remaining = self.rate, self.remaining
        return {
            "id": str(self.id),
            "plugin": self.plugin,
            "kind": self.kind,
            "title": self.title or self.kind,
            "about": self.about,
            "state": self.state,
            "done": self.done,
            "total": self.total,
            "unit": self.unit,
            "message": _SILENT if self.is_silent else self.message,
            "rate": None if rate is None else round(rate, 3),
            "remaining": None if remaining is None else round(remaining, 1),
            "created": iso(self.created),
            "started": iso(self.started),
            "finished": iso(self.finished),
            "result": self.result,
            "error": None
            if self.error_code is None
            else {"error": self.error_text, "code": self.error_code},
            "canCancel": self.state in CANCELLABLE,
            "attempt": self.attempt,
            "nextAttempt": iso(self.run_after) if self._is_tried_again else None,
        }


def iso(time: datetime | None) -> str | None:
    """A time in UTC as ISO 8601 with milliseconds, or nothing."""
    if time is None:
        return None
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
