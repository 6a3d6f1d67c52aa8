"""A played kubelet: pods start, get ready, finish and go, as their kind says, without a node.

It writes pod status only. Everything above (StatefulSets, Deployments, Jobs, garbage collection) is
done by the real controllers.
"""

from __future__ import annotations

import datetime
from typing import Any

from omero_operator.identity.kinds import POD
from operator_ring.background import Background
from operator_ring.kube import Kube, Manifest, Refused

# Seconds between two looks: while pods change, and at most.
QUICK, SLOW = 0.1, 0.8


class PlayedKubelet(Background):
    """For one namespace or the whole cluster.

    Attributes:
        broken: Component label -> waiting reason and message, for pods that shall not start.
    """

    def __init__(self, kube: Kube, namespace: str | None = None) -> None:
        super().__init__()
        self._kube = kube
        self._namespace = namespace
        self.broken: dict[str, tuple[str, str]] = {}

    def _run(self) -> None:
        pause = QUICK
        while not self._stop.wait(pause):
            # While nothing happens it looks less often.
            pause = QUICK if self._round() else min(2 * pause, SLOW)

    def _round(self) -> bool:
        """Look at every pod; whether one of them needed something."""
        needed = False
        for pod in self._kube.list(POD, self._namespace):
            try:
                needed |= self._serve(pod)
            except Refused as refusal:
                # Gone or changed since the list; the next round sees it as it is.
                if refusal.status not in (404, 409):
                    raise
        return needed

    def _serve(self, pod: Manifest) -> bool:
        """Do what a pod needs next; whether it needed anything."""
        namespace, name = pod["metadata"]["namespace"], pod["metadata"]["name"]
        if "deletionTimestamp" in pod["metadata"]:
            self._kube.delete(POD, namespace, name)
            return True
        status = self._next_status(pod)
        if status:
            self._kube.merge(POD, namespace, name, {"status": status}, "status")
        return bool(status)

    def _next_status(self, pod: Manifest) -> Manifest | None:
        if pod.get("status", {}).get("phase") != "Pending":
            return None
        component = pod["metadata"].get("labels", {}).get("app.kubernetes.io/component", "")
        if component in self.broken:
            reason, message = self.broken[component]
            return None if _waiting_reason(pod) == reason else _waiting(pod, reason, message)
        return (
            _finished(pod, component) if pod["spec"]["restartPolicy"] == "Never" else _running(pod)
        )


def _waiting_reason(pod: Manifest) -> str:
    statuses = pod.get("status", {}).get("containerStatuses", [{}])
    return str(statuses[0].get("state", {}).get("waiting", {}).get("reason", ""))


def _statuses(pod: Manifest, **state: Any) -> list[Manifest]:
    return [
        {
            "name": container["name"],
            "image": container["image"],
            "imageID": "",
            "restartCount": 0,
            **state,
        }
        for container in pod["spec"]["containers"]
    ]


def _waiting(pod: Manifest, reason: str, message: str) -> Manifest:
    waiting = {"waiting": {"reason": reason, "message": message}}
    return {"containerStatuses": _statuses(pod, ready=False, state=waiting)}


def _running(pod: Manifest) -> Manifest:
    now = _now()
    kinds = ("Initialized", "PodScheduled", "ContainersReady", "Ready")
    return {
        "phase": "Running",
        "startTime": now,
        "conditions": [{"type": k, "status": "True", "lastTransitionTime": now} for k in kinds],
        "containerStatuses": _statuses(
            pod, ready=True, started=True, state={"running": {"startedAt": now}}
        ),
    }


# What pods that end leave, by component.
_BOOTSTRAPPED = '{"serverVersion": "5.6.18", "groups": {"created": []}}'
_WORDS = {
    "quotas": '{"limits": true, "counted": "2026-01-01T00:00:00Z", "groups": 1, "nearlyFull": 0, '
    '"full": 1, "fullest": [{"id": 5, "name": "Liver \\"\u7dda\\"", "used": 9, "limit": 9}]}'
}


def _finished(pod: Manifest, component: str) -> Manifest:
    now = _now()
    ended = {
        "terminated": {
            "exitCode": 0,
            "reason": "Completed",
            "startedAt": now,
            "finishedAt": now,
            "message": _WORDS.get(component, _BOOTSTRAPPED),
        }
    }
    return {
        "phase": "Succeeded",
        "startTime": now,
        "containerStatuses": _statuses(pod, ready=False, started=False, state=ended),
    }


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
