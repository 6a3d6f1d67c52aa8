"""Workloads, schedules, volumes, Events and conditions of a site."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from omeroweb_admin_tools.planning.cluster.quantities import amount
from omeroweb_admin_tools.planning.cluster.reading import (
    Item,
    block,
    component_of,
    items,
    name_of,
    number,
)

_LONGEST: Final = 1000
MOST_EVENTS: Final = 200
# Conditions that are bad news when they are true.
_BAD_WHEN_TRUE: Final = ("Stalled", "Paused", "Upgrading")


def workload_rows(kind: str, workloads: Sequence[Item]) -> list[dict[str, Any]]:
    """How many pods of each workload are ready.

    Args:
        kind: of the workloads.
        workloads: Deployments or StatefulSets.
    """
    return [
        {
            "id": f"{kind}/{name_of(each)}",
            "kind": kind,
            "name": name_of(each),
            "component": component_of(each),
            "wanted": number(block(each, "spec").get("replicas", 1)),
            "ready": number(block(each, "status").get("readyReplicas")),
            "current": number(block(each, "status").get("updatedReplicas")),
        }
        for each in workloads
    ]


def schedule_rows(schedules: Sequence[Item]) -> list[dict[str, Any]]:
    """When each CronJob ran, and when it succeeded."""
    return [
        {
            "id": name_of(each),
            "schedule": str(block(each, "spec").get("schedule") or ""),
            "suspended": block(each, "spec").get("suspend") is True,
            "running": len(items(each, "status", "active")),
            "last": block(each, "status").get("lastScheduleTime"),
            "last_success": block(each, "status").get("lastSuccessfulTime"),
        }
        for each in schedules
    ]


def volume_rows(
    claims: Sequence[Item], pods: Sequence[Item], instance: str
) -> list[dict[str, Any]]:
    """The claims of the site: those that it made, and those that its pods use.

    Args:
        claims: of the namespace.
        pods: of the site.
        instance: its name.
    """
    users: dict[str, set[str]] = {}
    for pod in pods:
        for volume in items(pod, "spec", "volumes"):
            claim = block(volume, "persistentVolumeClaim").get("claimName")
            if claim:
                users.setdefault(str(claim), set()).add(name_of(pod))
    found = []
    for each in claims:
        name = name_of(each)
        labels = block(each, "metadata", "labels")
        if labels.get("app.kubernetes.io/instance") != instance and name not in users:
            continue
        capacity = block(each, "status", "capacity").get("storage")
        wanted = block(each, "spec", "resources", "requests").get("storage")
        found.append(
            {
                "id": name,
                "component": component_of(each),
                "status": str(block(each, "status").get("phase") or "Unknown"),
                "bytes": amount(capacity if capacity is not None else wanted),
                "storage_class": str(block(each, "spec").get("storageClassName") or ""),
                "modes": [str(mode) for mode in block(each, "spec").get("accessModes") or []],
                "pods": sorted(users.get(name, ())),
            }
        )
    return sorted(found, key=lambda row: row["id"])


def event_rows(events: Sequence[Item], known: Iterable[str], instance: str) -> list[dict[str, Any]]:
    """The newest Events of the site's objects.

    Args:
        events: of the namespace.
        known: names of the site's objects; Events of pods that are gone begin with one of them.
        instance: name of the platform.
    """
    names = {*known, instance}
    starts = tuple(f"{each}-" for each in names if each != instance)
    rows = [
        {
            "id": str(block(each, "metadata").get("uid") or name_of(each)),
            "when": _when(each),
            "type": str(each.get("type") or ""),
            "reason": str(each.get("reason") or ""),
            "object": f"{about.get('kind', '')}/{about.get('name', '')}",
            "message": str(each.get("message") or "")[:_LONGEST],
            "count": max(1, number(each.get("count")), number(block(each, "series").get("count"))),
        }
        for each in events
        if _of_the_site(about := block(each, "involvedObject"), names, starts)
    ]
    return sorted(rows, key=lambda row: str(row["when"]), reverse=True)[:MOST_EVENTS]


def condition_rows(platform: Item) -> list[dict[str, Any]]:
    """The platform's conditions, `Ready` first."""
    rows = [
        {
            "id": str(each.get("type") or ""),
            "status": str(each.get("status") or "Unknown"),
            "good": each.get("status") == "True"
            if each.get("type") not in _BAD_WHEN_TRUE
            else each.get("status") == "False",
            "reason": str(each.get("reason") or ""),
            "message": str(each.get("message") or "")[:_LONGEST],
            "since": each.get("lastTransitionTime"),
        }
        for each in items(platform, "status", "conditions")
    ]
    return sorted(rows, key=lambda row: row["id"] != "Ready")


def _when(event: Item) -> str:
    """The last time that it happened; newer versions of the API write it elsewhere."""
    last = block(event, "series").get("lastObservedTime")
    found = last or event.get("lastTimestamp") or event.get("eventTime")
    return str(found or block(event, "metadata").get("creationTimestamp") or "")


def _of_the_site(about: Item, names: set[str], starts: tuple[str, ...]) -> bool:
    name = str(about.get("name") or "")
    return name in names or name.startswith(starts)
