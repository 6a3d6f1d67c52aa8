"""Kinds of jobs: which function does the work."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel

if TYPE_CHECKING:
    from omero_plugin_common.jobs.context import JobContext

# A server that is away is waited for ten minutes in all (`Timing.retry`, doubled each time).
ATTEMPTS: Final = 8
QUEUE: Final = "default"
_KIND: Final = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")

Work = Callable[["JobContext"], Any]


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
    """

    name: str
    work: Work
    parameters: type[BaseModel] | None
    attempts: int
    unit: str
    queue: str

    @property
    def plugin(self) -> str:
        """The part before the dot."""
        return self.name.partition(".")[0]


class UnknownKind(LookupError):
    """No loaded plugin has a job of this kind."""


_kinds: dict[str, Kind] = {}


def job(
    name: str,
    *,
    parameters: type[BaseModel] | None = None,
    attempts: int = ATTEMPTS,
    unit: str = "",
    queue: str = QUEUE,
) -> Callable[[Work], Work]:
    """Make a function of a `JobContext` the work of a kind of job.

    What it returns is the job's result (anything JSON can hold). It may be begun again after its
    worker died, so it must go on from `context.checkpoint` and stand a step done twice.

    Args:
        name: `<plugin>.<verb>` in small letters, such as `omp.write`.
        parameters: a pydantic model; the function reads it with `context.parsed()`.
        attempts: how often it is begun at most, when workers die or a server is away.
        unit: what progress counts, such as `images`.
        queue: one of the worker's queues (spec.worker.queues).

    Raises:
        ValueError: another function has the name, or it is not of this form.
    """
    if not _KIND.fullmatch(name):
        raise ValueError(f"a job's name is <plugin>.<verb> in lower case, not {name!r}")

    def register(work: Work) -> Work:
        other = _kinds.get(name)
        if other is not None and other.work is not work:
            raise ValueError(f"{name} is already the job {other.work.__module__}.{other.work}")
        _kinds[name] = Kind(name, work, parameters, attempts, unit, queue)
        return work

    return register


def kind_of(name: str) -> Kind:
    """The kind of that name.

    Raises:
        UnknownKind: with what to look at.
    """
    try:
        return _kinds[name]
    except KeyError:
        raise UnknownKind(
            f"no plugin here has a job {name!r}: is its package in PLUGIN_PACKAGES, and does its "
            "module `jobs` declare it with @job?"
        ) from None
