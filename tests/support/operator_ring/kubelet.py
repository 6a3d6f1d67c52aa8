"""A played kubelet: pods start, get ready, finish and go, as their kind says, without a node.

It writes pod status only. Everything above (StatefulSets, Deployments, Jobs, garbage collection) is
done by the real controllers.
"""

from __future__ import annotations

import datetime
import threading
from typing import Any

from omero_operator.identity.kinds import POD
from operator_ring.kube import Kube, Manifest, Refused


class PlayedKubelet:
    """Runs in a thread until stopped, for one namespace or the whole cluster.

    Attributes:
        broken: Component label -> waiting reason and message, for pods that shall not start.
    """

    def __init__(self, kube: Kube, namespace: str | None = None) -> None:
        self._kube = kube
        self._namespace = namespace
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.broken: dict[str, tuple[str, str]] = {}

    def __enter__(self) -> PlayedKubelet:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(timeout=10)

    def _run(self) -> None:
        while not self._stop.wait(0.1):
            for pod in self._kube.list(POD, self._namespace):
                try:
                    self._serve(pod)
                except Refused as refusal:
                    # Gone or changed since the list; the next round sees it as it is.
                    if refusal.status not in (404, 409):
                        raise

    def _serve(self, pod: Manifest) -> None:
        metadata = pod["metadata"]
        namespace, name = metadata["namespace"], metadata["name"]
        phase = pod.get("status", {}).get("phase")
        component = metadata.get("labels", {}).get("app.kubernetes.io/component", "")
        if "deletionTimestamp" in metadata:
            self._kube.delete(POD, namespace, name)
        elif phase == "Pending" and component in self.broken:
            reason, message = self.broken[component]
            if _waiting_reason(pod) != reason:
                status = _waiting(pod, reason, message)
                self._kube.merge(POD, namespace, name, {"status": status}, "status")
        elif phase == "Pending":
            finishes = pod["spec"]["restartPolicy"] == "Never"
            status = _finished(pod) if finishes else _running(pod)
            self._kube.merge(POD, namespace, name, {"status": status}, "status")


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


def _finished(pod: Manifest) -> Manifest:
    now = _now()
    ended = {
        "terminated": {
            "exitCode": 0,
            "reason": "Completed",
            "startedAt": now,
            "finishedAt": now,
            "message": '{"serverVersion": "5.6.18", "groups": {"created": []}}',
        }
    }
    return {
        "phase": "Succeeded",
        "startTime": now,
        "containerStatuses": _statuses(pod, ready=False, started=False, state=ended),
    }


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
