"""A played kubelet: pods start, get ready, finish and go, as their kind says, without a node.

It writes pod status only. Everything above (StatefulSets, Deployments, Jobs, garbage collection) is
done by the real controllers.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import json
import threading
from typing import Any, Self

import aiohttp

import background_loop
from omero_operator.identity.kinds import POD
from operator_ring.background import Background
from operator_ring.kube import Kube, Manifest, Refused

# Seconds from a change of a pod to the look at all of them, and the most between two looks: a test
# may have changed its mind about which pods start.
QUICK, SLOW = 0.2, 0.8
# Bytes that a line of a watch, one pod, may have.
LONGEST_LINE = 2**20


class PlayedKubelet(Background):
    """For one namespace or the whole cluster.

    Attributes:
        broken: Component label -> waiting reason and message, for pods that shall not start.
    """

    def __init__(self, kube: Kube, namespace: str | None = None) -> None:
        super().__init__()
        self._kube = kube
        self._namespace = namespace
        self._pods: dict[str, Manifest] = {}
        self._served: dict[str, str] = {}
        self._news = threading.Event()
        self.broken: dict[str, tuple[str, str]] = {}

    def __enter__(self) -> Self:
        background_loop.run(self._begin())
        return super().__enter__()

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)
        background_loop.run(self._end())

    async def _begin(self) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=self._kube.tls),
            timeout=aiohttp.ClientTimeout(total=None),
            read_bufsize=LONGEST_LINE,
        )
        self._watching = asyncio.create_task(self._watch())

    async def _end(self) -> None:
        self._watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._watching
        await self._session.close()

    async def _watch(self) -> None:
        """Know every pod. Listing them again and again costs the API server more than all else."""
        address = f"{self._kube.server}{POD.path(self._namespace)}?watch=true"
        while True:
            # A new watch tells of all that there are.
            self._pods.clear()
            with contextlib.suppress(aiohttp.ClientError):
                async with self._session.get(address) as answer:
                    async for line in answer.content:
                        self._hear(json.loads(line))
            await asyncio.sleep(SLOW)

    def _hear(self, event: Manifest) -> None:
        pod = event["object"]
        uid = pod["metadata"].get("uid")
        if event["type"] in ("ADDED", "MODIFIED"):
            self._pods[uid] = pod
        else:
            self._pods.pop(uid, None)
        self._news.set()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._news.wait(SLOW)
            self._news.clear()
            # What changes at the same time is answered at the same time.
            self._stop.wait(QUICK)
            for uid, pod in list(self._pods.items()):
                self._serve_if_there(uid, pod)

    def _serve_if_there(self, uid: str, pod: Manifest) -> None:
        version = pod["metadata"]["resourceVersion"]
        if self._served.get(uid) == version:
            # The watch has not told yet of what was written.
            return
        try:
            if self._serve(pod):
                self._served[uid] = version
        except Refused as refusal:
            # Gone or changed; the watch tells of it.
            if refusal.status not in (404, 409):
                raise

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
