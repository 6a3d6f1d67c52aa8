"""Objects of a site as an API server gives them, with troubles of all kinds among them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

Item = dict[str, Any]
BAD_NAME = "<img src=x onerror=alert(1)>"


def moment(minutes: float) -> str:
    """So many minutes ago."""
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat(timespec="seconds")


def labels(component: str) -> dict[str, str]:
    """Of an object of the site `demo`."""
    return {
        "app.kubernetes.io/instance": "demo",
        "app.kubernetes.io/component": component,
    }


def pod(name: str, component: str, *statuses: Item, phase: str = "Running", **more: Any) -> Item:
    """A pod with a container for each status."""
    containers = [
        {
            "name": each["name"],
            "resources": {
                "requests": {"cpu": "50m", "memory": "256Mi"},
                "limits": {"memory": "1Gi"},
            },
        }
        for each in statuses
    ]
    return {
        "metadata": {"name": name, "labels": labels(component)},
        "spec": {
            "nodeName": "node-1",
            "containers": containers,
            "volumes": more.pop("volumes", []),
        },
        "status": {
            "phase": phase,
            "startTime": moment(190),
            "containerStatuses": list(statuses),
            **more,
        },
    }


def runs(name: str, **more: Any) -> Item:
    """A container that is ready."""
    return {"name": name, "ready": True, "started": True, "restartCount": 0, **more}


def killed(minutes: float, reason: str = "OOMKilled", code: int = 137) -> Item:
    """How a container ended."""
    return {"terminated": {"reason": reason, "exitCode": code, "finishedAt": moment(minutes)}}


def waits(name: str, reason: str, message: str = "", **more: Any) -> Item:
    """A container that does not run."""
    state = {"waiting": {"reason": reason, "message": message}}
    return {"name": name, "ready": False, "restartCount": 0, "state": state, **more}


def usage(name: str, *containers: tuple[str, str]) -> Item:
    """CPU and memory of the containers of a pod."""
    used = [{"usage": {"cpu": cpu, "memory": memory}} for cpu, memory in containers]
    return {"metadata": {"name": name}, "containers": used}


def claim(name: str, component: str, **more: Any) -> Item:
    """A volume claim of 10 GiB."""
    return {
        "metadata": {"name": name, "labels": labels(component) if component else {}},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": "local-path",
            "resources": {"requests": {"storage": "10Gi"}},
        },
        "status": {"phase": "Bound", "capacity": {"storage": "10Gi"}, **more},
    }


def event(kind: str, name: str, minutes: float, **more: Any) -> Item:
    """Something that happened."""
    return {
        "metadata": {"name": f"{name}.{minutes}", "uid": f"{name}.{minutes}"},
        "involvedObject": {"kind": kind, "name": name},
        "type": "Warning",
        "reason": "BackOff",
        "message": f"Back-off restarting {BAD_NAME}",
        "count": 7,
        "lastTimestamp": moment(minutes),
        **more,
    }


def workload(name: str, component: str, wanted: int, ready: int) -> Item:
    """A Deployment or StatefulSet."""
    status = {"updatedReplicas": wanted} | ({"readyReplicas": ready} if ready else {})
    return {
        "metadata": {"name": name, "labels": labels(component)},
        "spec": {"replicas": wanted},
        "status": status,
    }


def site() -> dict[str, list[Item]]:
    """All of a site, by the plural of the kinds."""
    data = [{"name": "data", "persistentVolumeClaim": {"claimName": "our-images"}}]
    return {
        "omeroplatforms": [
            {
                "metadata": {"name": "demo"},
                "status": {
                    "conditions": [
                        _condition("Stalled", "False", "Progressing", ""),
                        _condition("WorkerReady", "False", "CrashLoopBackOff", "See its log"),
                        _condition("Ready", "False", "WorkerNotReady", "The workers are not ready"),
                    ]
                },
            }
        ],
        "pods": [
            pod("demo-web-7d9f-abcde", "web", runs("omero-web"), runs("front")),
            pod(
                "demo-server-0",
                "server",
                runs("omero-server", restartCount=3, lastState=killed(20)),
                volumes=data,
            ),
            pod(
                "demo-worker-5c-xyz",
                "worker",
                waits(
                    "worker",
                    "CrashLoopBackOff",
                    f"back-off 5m0s {BAD_NAME}",
                    restartCount=9,
                    lastState=killed(2, "Error", 1),
                ),
            ),
            pod("demo-db-0", "database", {**runs("postgres"), "ready": False, "started": False}),
            pod("demo-vacuum-1", "maintenance", runs("vacuum"), phase="Succeeded"),
        ],
        "metrics": [
            usage("demo-web-7d9f-abcde", ("12m", "300Mi"), ("1m", "10Mi")),
            usage("demo-server-0", ("512345678n", "980Mi")),
        ],
        "persistentvolumeclaims": [
            claim("demo-db", "database"),
            claim("our-images", ""),
            claim("somebody-elses", ""),
            claim("demo-plugin-db", "plugin-database", phase="Pending", capacity={}),
        ],
        "events": [
            event("Pod", "demo-worker-5c-xyz", 2),
            event("Pod", "demo-web-gone-yesterday", 9, type="Normal", reason="Killing", count=None),
            event("Pod", "other-web-0", 1),
        ],
        "deployments": [
            workload("demo-web", "web", 2, 2),
            workload("demo-worker", "worker", 1, 0),
        ],
        "statefulsets": [workload("demo-server", "server", 1, 1)],
        "cronjobs": [
            {
                "metadata": {"name": "demo-vacuum", "labels": labels("maintenance")},
                "spec": {"schedule": "0 3 * * 0"},
                "status": {"lastScheduleTime": moment(3000)},
            }
        ],
    }


def _condition(name: str, status: str, reason: str, message: str) -> Item:
    return {
        "type": name,
        "status": status,
        "reason": reason,
        "message": message,
        "lastTransitionTime": moment(14),
    }
