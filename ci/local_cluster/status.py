"""Telling how a cluster is: one line a component."""

from __future__ import annotations

import time
from dataclasses import dataclass

from . import addons, node
from .health import is_healthy
from .settings import Settings


@dataclass(frozen=True)
class Status:
    """How one component or addon is.

    Attributes:
        part: Its name.
        state: ``ready``, ``not ready`` (it runs, or is asked for) or ``not running``.
        pid: Its process, where it has one of its own.
        seconds: For how long that has been running.
    """

    part: str
    state: str
    pid: int | None = None
    seconds: int | None = None

    def __str__(self) -> str:
        """Return its line for a person."""
        process = f"pid {self.pid}, for {self.seconds} s" if self.pid is not None else ""
        return f"{self.part:<24} {self.state:<12} {process}".rstrip()


def examine(settings: Settings) -> list[Status]:
    """Return how every component and addon of a cluster is."""
    found = [_component(settings, name) for name in settings.components]
    if settings.has_node:
        found.append(_status("node", node.is_ready(settings)))
        found += [_status(addon, addons.is_ready(settings, addon)) for addon in addons.ADDONS]
    return found


def _status(name: str, ready: bool, pid: int | None = None, seconds: int | None = None) -> Status:
    return Status(name, "ready" if ready else "not ready", pid, seconds)


def _component(settings: Settings, name: str) -> Status:
    process = settings.services.find(name)
    if process is None:
        return Status(name, "not running")
    is_runtime = name == "containerd"
    ready = node.runtime_answers(settings) if is_runtime else is_healthy(settings, name)
    return _status(name, ready, process.pid, int(time.time() - process.create_time()))
