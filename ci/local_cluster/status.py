"""Saying how a cluster is: one line a part."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from . import node, system_parts
from .processes import ProcessFolder
from .settings import Settings
from .waiting import endpoints, is_well

_CONTROL_PLANE = ("etcd", "api-server", "controller-manager")
_NODE = ("scheduler", "containerd", "kubelet", "kube-proxy")


@dataclass(frozen=True)
class PartStatus:
    """How one part is.

    Attributes:
        part: The part.
        state: ``ready``, ``not ready`` (it runs, or is asked for) or ``not running``.
        pid: Its process, where it has one of its own.
        seconds: For how long that has been running.
    """

    part: str
    state: str
    pid: int | None = None
    seconds: int | None = None

    @property
    def is_ready(self) -> bool:
        """Tell whether it is as it should be."""
        return self.state == "ready"


def examine(settings: Settings) -> list[PartStatus]:
    """Return how every part of a cluster is."""
    processes = ProcessFolder(settings.folder, settings.logs)
    parts = [*_CONTROL_PLANE, *(_NODE if settings.has_node else ())]
    found = [_examine_process(settings, processes, part) for part in parts]
    if settings.has_node:
        found.append(PartStatus("node", _word(node.is_ready(settings))))
        found += [
            PartStatus(part, _word(system_parts.is_ready(settings, part)))
            for part in system_parts.DEPLOYMENTS
        ]
    return found


def _word(ready: bool) -> str:
    """Return the word for a part's state."""
    return "ready" if ready else "not ready"


def _examine_process(settings: Settings, processes: ProcessFolder, part: str) -> PartStatus:
    """Return how a part with a process of its own is."""
    process = processes.find(part)
    if process is None:
        return PartStatus(part, "not running")
    if part == "containerd":
        ready = node.runtime_answers(settings)
    else:
        ready = is_well(settings, endpoints(settings)[part])
    return PartStatus(part, _word(ready), process.pid, int(process.age))


def show(found: list[PartStatus], *, as_json: bool) -> str:
    """Return the parts' states as text for a person, or for a program."""
    if as_json:
        return json.dumps([asdict(part) for part in found], indent=1)
    rows = []
    for part in found:
        process = f"pid {part.pid}, for {part.seconds} s" if part.pid is not None else ""
        rows.append(f"{part.part:<24} {part.state:<12} {process}".rstrip())
    return "\n".join(rows)
