"""Telling how a cluster is: one line a component."""

from __future__ import annotations

import time
from typing import NamedTuple

from . import addons, node
from .health import is_healthy
from .settings import Settings


class Status(NamedTuple):
    """How one component or addon is."""

    part: str
    # `ready`, `not ready` (it runs, or is asked for) or `not running`.
    state: str
    process: str = ""


def examine(settings: Settings) -> list[Status]:
    """Return how every component and addon of a cluster is."""
    found = [_component(settings, name) for name in settings.components]
    if settings.has_node:
        found.append(Status("node", _word(node.is_ready(settings))))
        found += [Status(each, _word(addons.is_ready(settings, each))) for each in addons.ADDONS]
    return found


def _word(ready: bool) -> str:
    return "ready" if ready else "not ready"


def _component(settings: Settings, name: str) -> Status:
    process = settings.services.find(name)
    if process is None:
        return Status(name, "not running")
    is_runtime = name == "containerd"
    ready = node.runtime_answers(settings) if is_runtime else is_healthy(settings, name)
    seconds = int(time.time() - process.create_time())
    return Status(name, _word(ready), f"pid {process.pid}, for {seconds} s")
