"""Pods: whether they are healthy, why they restarted, what they use of what they may."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from omeroweb_admin_tools.planning.cluster.quantities import total
from omeroweb_admin_tools.planning.cluster.reading import (
    Item,
    block,
    component_of,
    items,
    name_of,
    number,
)

# Why a container waits while its pod starts; every other reason is a trouble.
_STARTS: Final = ("ContainerCreating", "PodInitializing")
_LONGEST: Final = 500
Usage = Mapping[str, Mapping[str, float]]


def rows(pods: Sequence[Item], usage: Usage | None) -> list[dict[str, Any]]:
    """One row for each pod, those with troubles first.

    Args:
        pods: of the site.
        usage: as `usage_of` gives it; nothing where it could not be read.
    """
    order = ("down", "unhealthy", "starting", "healthy", "finished")
    found = [_row(pod, (usage or {}).get(name_of(pod), {})) for pod in pods]
    return sorted(found, key=lambda row: (order.index(row["health"]), row["id"]))


def usage_of(metrics: Sequence[Item]) -> Usage:
    """CPU (cores) and memory (bytes) of each pod, from the metrics API.

    Args:
        metrics: its `PodMetrics`.
    """
    found: dict[str, dict[str, float]] = {}
    for each in metrics:
        containers = [block(one, "usage") for one in items(each, "containers")]
        sums = {what: total([one.get(what) for one in containers]) for what in ("cpu", "memory")}
        found[name_of(each)] = {what: much for what, much in sums.items() if much is not None}
    return found


def _row(pod: Item, used: Mapping[str, float]) -> dict[str, Any]:
    statuses = items(pod, "status", "containerStatuses")
    health, words = _health(pod, statuses)
    return {
        "id": name_of(pod),
        "component": component_of(pod),
        "health": health,
        "words": words[:_LONGEST],
        "ready": sum(1 for each in statuses if each.get("ready") is True),
        "containers": len(items(pod, "spec", "containers")),
        "restarts": sum(number(each.get("restartCount")) for each in statuses),
        "last_restart": _last_restart(statuses),
        "node": str(block(pod, "spec").get("nodeName") or ""),
        "started": block(pod, "status").get("startTime"),
        "cpu": used.get("cpu"),
        "memory": used.get("memory"),
        **_asked(pod),
    }


def _asked(pod: Item) -> dict[str, float | None]:
    """Requests and limits of all containers together; nothing where one of them has none."""
    containers = [block(each, "resources") for each in items(pod, "spec", "containers")]
    return {
        f"{what}_{short}": total([block(each, kind).get(what) for each in containers])
        for what in ("cpu", "memory")
        for short, kind in (("request", "requests"), ("limit", "limits"))
    }


def _health(pod: Item, statuses: Sequence[Item]) -> tuple[str, str]:
    """A word for the state, and what is behind it."""
    status = block(pod, "status")
    phase = str(status.get("phase") or "Unknown")
    if phase == "Succeeded":
        return "finished", "ended as it should"
    if phase in ("Failed", "Unknown"):
        return "down", _said(status) or _ended(statuses) or phase
    if block(pod, "metadata").get("deletionTimestamp"):
        return "starting", "is being deleted"
    init = items(pod, "status", "initContainerStatuses")
    waiting = next(filter(None, (_waits(each) for each in [*init, *statuses])), None)
    if waiting is not None:
        return waiting
    if phase == "Pending":
        return "starting", _unscheduled(pod) or "waits for its containers"
    if all(each.get("ready") is True for each in statuses) and statuses:
        return "healthy", ""
    if any(each.get("started") is False for each in statuses):
        return "starting", "its startup probe has not succeeded yet"
    names = ", ".join(str(each.get("name")) for each in statuses if each.get("ready") is not True)
    return "unhealthy", f"not ready: {names}"


def _waits(container: Item) -> tuple[str, str] | None:
    waiting = block(container, "state", "waiting")
    reason = str(waiting.get("reason") or "")
    if not reason:
        return None
    words = f"{container.get('name')}: {reason}"
    if reason in _STARTS:
        return "starting", words
    said = str(waiting.get("message") or "")
    return "down", f"{words}. {said}" if said else words


def _unscheduled(pod: Item) -> str:
    for each in items(pod, "status", "conditions"):
        if each.get("type") == "PodScheduled" and each.get("status") == "False":
            return str(each.get("message") or each.get("reason") or "")
    return ""


def _said(status: Item) -> str:
    parts = [str(status.get(name)) for name in ("reason", "message") if status.get(name)]
    return ": ".join(parts)


def _ended(statuses: Sequence[Item]) -> str:
    last = _last(statuses, "state")
    return f"{last['container']}: {_why(last)}" if last else ""


def _last_restart(statuses: Sequence[Item]) -> dict[str, Any] | None:
    """How the container that ended last ended before it was started again."""
    last = _last(statuses, "lastState")
    if last is None:
        return None
    return {"container": last["container"], "why": _why(last), "when": last.get("finishedAt")}


def _last(statuses: Sequence[Item], of: str) -> Item | None:
    ended = [
        {**block(each, of, "terminated"), "container": str(each.get("name") or "")}
        for each in statuses
        if block(each, of, "terminated")
    ]
    return max(ended, key=lambda each: str(each.get("finishedAt") or ""), default=None)


def _why(ended: Item) -> str:
    reason = str(ended.get("reason") or "Error")
    if reason == "OOMKilled":
        return "OOMKilled: it needed more memory than its limit"
    code = ended.get("exitCode")
    return f"{reason}, exit code {code}" if isinstance(code, int) else reason
