"""Kinds of jobs: which function does the work."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from pydantic import BaseModel

from omero_plugin_common.jobs.context import JobContext
from omero_plugin_common.jobs.model import Kind

# A server that is away is waited for ten minutes in all (`Timing.retry`, doubled each time).
ATTEMPTS: Final = 8
QUEUE: Final = "default"
# For jobs that do little but wait for answers of other servers, such as language models: they have
# places of their own (`network-worker` of the image), so that they keep nobody else from working.
NETWORK: Final = "network"
Work = Callable[[JobContext], Any]
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")


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
    report: Sequence[str] | None = None,
    undo: str | None = None,
    title: str = "",
) -> Callable[[Work], Work]:
    """Make a function of a `JobContext` the work of a kind of job.

    What it returns is the job's result (anything JSON can hold). It may be begun again after its
    worker died, so it must go on from `context.checkpoint` and stand a step done twice.

    Args:
        name: `<plugin>.<verb>` in small letters, such as `omp.write`.
        parameters: a pydantic model; the function reads it with `context.parsed()`.
        attempts: how often it is begun at most, when workers die or a server is away.
        unit: what progress counts, such as `images`.
        queue: one of the worker's queues (spec.worker.queues), or `NETWORK` for a job that mostly
            waits for answers of other servers. Such jobs run as threads, many at the same time.
        report: names of the columns of its report, if it works in steps (`steps.run_steps`): six,
            in the order of `steps.Line`. The page then offers the report of the job as CSV.
        undo: name of the kind that undoes such a job; it gets `{"job": id}`. See `steps.undo`.
        title: what such a job does, for its card: `Writing key-value pairs`. The name when not
            given.

    Raises:
        ValueError: another function has the name, or it is not of this form.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"a job's name is <plugin>.<verb> in lower case, not {name!r}")

    def register(work: Work) -> Work:
        other = _kinds.get(name)
        if other is not None and other.work is not work:
            raise ValueError(f"{name} is already the job {other.work.__module__}.{other.work}")
        columns = None if report is None else tuple(report)
        _kinds[name] = Kind(name, work, parameters, attempts, unit, queue, columns, undo, title)
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


def title_of(name: str) -> str:
    """What jobs of a kind do, in words; the name itself for a kind without, or an unknown one."""
    kind = _kinds.get(name)
    return kind.title or name if kind else name


def report_columns(name: str) -> tuple[str, ...] | None:
    """The columns of the reports of a kind; nothing for one without reports, or an unknown one."""
    kind = _kinds.get(name)
    return None if kind is None else kind.report


def undone_by(name: str) -> str | None:
    """The kind that undoes jobs of a kind; nothing where none does, or for an unknown one."""
    kind = _kinds.get(name)
    return None if kind is None else kind.undo
