"""What keeps a pod from being ready: situations, and what the condition says of each."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from omero_operator.identity.kinds import CLAIM, Manifest
from omero_operator.state.pods import explain
from operator_builders import container, event, observed, pod, waiting


@dataclasses.dataclass
class Case:
    """A pod, what else is known, and what is said."""

    reason: str
    message: str
    status: dict[str, Any] = dataclasses.field(default_factory=dict)
    spec: dict[str, Any] = dataclasses.field(default_factory=dict)
    metadata: dict[str, Any] = dataclasses.field(default_factory=dict)
    events: tuple[Manifest, ...] = ()
    claim: Manifest | None = None


ON_A_NODE = {"nodeName": "node-1"}
SINCE = "2026-06-01T11:00:00Z"
WITH_CLAIM = {"volumes": [{"name": "x"}, {"persistentVolumeClaim": {"claimName": "demo-db"}}]}


def claim(phase: str) -> Manifest:
    return {
        "kind": CLAIM.name,
        "metadata": {"name": "demo-db", "uid": "uid-demo-db"},
        "status": {"phase": phase},
    }


def unscheduled(message: str) -> dict[str, Any]:
    return {"conditions": [{"type": "PodScheduled", "status": "False", "message": message}]}


def crashed(restarts: int = 5, **terminated: Any) -> dict[str, Any]:
    last = {"lastState": {"terminated": terminated}} if terminated else {}
    return waiting("CrashLoopBackOff", restartCount=restarts, **last)


def terminated(code: int, restarts: int = 0, name: str = "main", **more: Any) -> dict[str, Any]:
    state = {"terminated": {"exitCode": code, "reason": "Error", **more}}
    return container(name, state=state, restartCount=restarts)


def running(name: str = "main", **more: Any) -> dict[str, Any]:
    state = {"running": {"startedAt": SINCE}}
    return container(name, state=state, **more)


UNREADY = {"type": "Ready", "status": "False"}
LOGS = "; read `kubectl logs pod-0 -c main --previous`"
IMAGE = (
    "image 'example.org/x:1' of pod pod-0 cannot be pulled ({}); check its name in spec.images or "
    "the operator's chart, and spec.images.pullSecrets"
)

LOST = (
    "node node-1 of pod pod-0 does not answer; the pod moves when the node is ready again or its "
    "object is deleted: look at `kubectl describe node node-1`"
)

CASES: dict[str, Case] = {
    "no node fits": Case(
        "Unschedulable",
        "pod pod-0 does not fit on any node: 0/3 nodes: Insufficient memory. Add capacity, lower "
        "spec.*.resources, or check storage and spec.scheduling.",
        unscheduled("0/3 nodes: Insufficient memory."),
        WITH_CLAIM,
        claim=claim("Pending"),
    ),
    "not looked at yet": Case("Progressing", "pod pod-0 waits for the scheduler"),
    "volume that nobody makes": Case(
        "VolumePending",
        "pod pod-0 waits for its volume: claim demo-db is Pending: no class 'fast'; set a "
        "StorageClass that can create it, or create a volume for the claim",
        unscheduled("0/1 nodes: pod has unbound immediate PersistentVolumeClaims."),
        WITH_CLAIM,
        claim=claim("Pending"),
        events=(event("demo-db", "ProvisioningFailed", "no class 'fast'"),),
    ),
    "no default class": Case(
        "VolumePending",
        "pod pod-0 waits for its volume: claim demo-db is Pending: no storage class is set; set "
        "a StorageClass that can create it, or create a volume for the claim",
        unscheduled("pod has unbound immediate PersistentVolumeClaims."),
        WITH_CLAIM,
        claim=claim("Pending"),
        events=(event("demo-db", "FailedBinding", "no storage class is set", "Normal"),),
    ),
    "volume that is being made": Case(
        "Progressing",
        "pod pod-0 waits for its volume: claim demo-db is Pending: waiting for a volume to be "
        "created",
        {},
        WITH_CLAIM,
        claim=claim("Pending"),
        events=(
            event("demo-db", "Provisioning", "waiting for a volume to be created", "Normal"),
            event("demo-db", "WaitForFirstConsumer", "waiting for first consumer", "Normal"),
        ),
    ),
    "volume that was lost": Case(
        "Progressing",
        "pod pod-0 waits for its volume: claim demo-db is Lost",
        {},
        WITH_CLAIM,
        claim=claim("Lost"),
    ),
    "volume on another node": Case(
        "VolumePending",
        "pod pod-0 waits for a volume: 1 node(s) had volume node affinity conflict.",
        unscheduled("1 node(s) had volume node affinity conflict."),
        WITH_CLAIM,
        claim=claim("Bound"),
    ),
    "has a node": Case("Progressing", "pod pod-0 is about to start on node node-1", {}, ON_A_NODE),
    "container is being made": Case(
        "Progressing",
        "container main of pod pod-0 is being created",
        {"containerStatuses": [waiting("ContainerCreating")]},
        ON_A_NODE,
    ),
    "volume that cannot be mounted": Case(
        "Progressing",
        'container main of pod pod-0 is being created: MountVolume.SetUp failed: "x" not found',
        {"containerStatuses": [waiting("ContainerCreating")]},
        ON_A_NODE,
        events=(
            event("pod-0", "Scheduled", "assigned to node-1", "Normal"),
            event("pod-0", "FailedMount", 'MountVolume.SetUp failed: "x" not found'),
            event("pod-0", "FailedMount", "an older one"),
            event("pod-1", "FailedMount", "another pod's"),
        ),
    ),
    **{
        reason: Case(
            "ImageCannotBePulled",
            IMAGE.format("manifest unknown"),
            {"containerStatuses": [waiting(reason, "manifest unknown")]},
        )
        for reason in ("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull")
    },
    "pull without details": Case(
        "ImageCannotBePulled",
        IMAGE.format("ErrImageNeverPull"),
        {"containerStatuses": [waiting("ErrImageNeverPull")]},
    ),
    "image of an init container": Case(
        "ImageCannotBePulled",
        IMAGE.format("x"),
        {"initContainerStatuses": [waiting("ErrImagePull", "x", name="prepare-var")]},
    ),
    **{
        reason: Case(
            reason,
            'container main of pod pod-0: secret "ldap" not found',
            {"containerStatuses": [waiting(reason, 'secret "ldap" not found')]},
        )
        for reason in ("CreateContainerConfigError", "CreateContainerError", "RunContainerError")
    },
    "init container runs": Case(
        "Progressing",
        f"init container check-data of pod pod-0 has been running since {SINCE}",
        {
            "initContainerStatuses": [
                terminated(0, name="done"),
                running("check-data"),
                waiting("PodInitializing", name="later"),
            ],
            "containerStatuses": [waiting("PodInitializing")],
        },
        ON_A_NODE,
    ),
    "sidecar that has started holds nothing up": Case(
        "Progressing",
        "container main of pod pod-0 is being created",
        {
            "initContainerStatuses": [running("mesh", started=True)],
            "containerStatuses": [waiting("PodInitializing")],
        },
        ON_A_NODE,
    ),
    "init container refuses": Case(
        "Progressing",
        "init container check-data of pod pod-0 exited once (Error, code 1) and is being "
        "restarted: /data is a cluster of PostgreSQL 15; read `kubectl logs pod-0 -c check-data "
        "--previous`",
        {
            "initContainerStatuses": [
                terminated(1, name="check-data", message="/data is a cluster of PostgreSQL 15\n")
            ],
            "containerStatuses": [waiting("PodInitializing")],
        },
        ON_A_NODE,
    ),
    "init container refuses and waits": Case(
        "CrashLooping",
        "init container check-data of pod pod-0 keeps exiting (Error, code 1): /data is "
        "neither empty nor a cluster; read `kubectl logs pod-0 -c check-data --previous`",
        {
            "initContainerStatuses": [
                waiting(
                    "CrashLoopBackOff",
                    name="check-data",
                    restartCount=3,
                    lastState={
                        "terminated": {
                            "reason": "Error",
                            "exitCode": 1,
                            "message": "/data is neither empty nor a cluster",
                        }
                    },
                )
            ]
        },
        ON_A_NODE,
    ),
    "starts": Case(
        "Progressing",
        f"container main of pod pod-0 has been running since {SINCE} but is not ready",
        {"containerStatuses": [running()], "conditions": [UNREADY]},
        ON_A_NODE,
    ),
    "probe fails": Case(
        "Progressing",
        f"container main of pod pod-0 has been running since {SINCE} but is not ready: Readiness "
        "probe failed: HTTP probe failed with statuscode: 503",
        {"containerStatuses": [running()]},
        ON_A_NODE,
        events=(
            event(
                "pod-0",
                "Unhealthy",
                "Readiness probe failed: HTTP probe failed with statuscode: 503",
            ),
        ),
    ),
    "probe knows why": Case(
        "QueueUnreachable",
        "container main of pod pod-0: the worker cannot use its queue in Redis: Connection refused",
        {"containerStatuses": [running()]},
        ON_A_NODE,
        events=(
            event(
                "pod-0",
                "Unhealthy",
                "Readiness probe failed: QueueUnreachable: the worker cannot use its queue in "
                "Redis: Connection refused",
            ),
        ),
    ),
    "probe of another container knows why": Case(
        "QueueUnreachable",
        "container main of pod pod-0: Connection refused",
        {"containerStatuses": [running()]},
        ON_A_NODE,
        events=(
            event(
                "pod-0",
                "Unhealthy",
                "Readiness probe failed: PluginDatabaseUnusable: it is read-only",
                container="not-main",
            ),
            event(
                "pod-0",
                "Unhealthy",
                "Readiness probe failed: QueueUnreachable: Connection refused",
                container="main",
            ),
        ),
    ),
    "runs again after an exit": Case(
        "Progressing",
        f"container main of pod pod-0 has been running since {SINCE} but is not ready; before "
        "that, it exited once (Error, code 2): no database",
        {
            "containerStatuses": [
                running(
                    restartCount=1,
                    lastState={
                        "terminated": {"reason": "Error", "exitCode": 2, "message": "no database"}
                    },
                )
            ]
        },
        ON_A_NODE,
    ),
    "exited once": Case(
        "Progressing",
        f"container main of pod pod-0 exited once (Error, code 7) and is being restarted{LOGS}",
        {"containerStatuses": [terminated(7)]},
        ON_A_NODE,
    ),
    "exited once and waits": Case(
        "CrashLooping",
        f"container main of pod pod-0 exited once (Error, code 1) and is being restarted{LOGS}",
        {"containerStatuses": [crashed(0, reason="Error", exitCode=1)]},
        ON_A_NODE,
    ),
    "exited twice and waits": Case(
        "CrashLooping",
        f"container main of pod pod-0 exited twice (Error, code 1) and is being restarted{LOGS}",
        {"containerStatuses": [crashed(1, reason="Error", exitCode=1)]},
        ON_A_NODE,
    ),
    "keeps exiting": Case(
        "CrashLooping",
        "container main of pod pod-0 keeps exiting (Error, code 3): no database" + LOGS,
        {"containerStatuses": [crashed(reason="Error", exitCode=3, message="a\nno database\n")]},
        ON_A_NODE,
    ),
    "keeps exiting, between two ends": Case(
        "CrashLooping",
        "container main of pod pod-0 keeps exiting (Error, code 3)" + LOGS,
        {
            "containerStatuses": [
                running(
                    restartCount=4, lastState={"terminated": {"reason": "Error", "exitCode": 3}}
                )
            ]
        },
        ON_A_NODE,
    ),
    "ends without a trace": Case(
        "CrashLooping",
        "container main of pod pod-0 keeps exiting" + LOGS,
        {"containerStatuses": [crashed()]},
        ON_A_NODE,
    ),
    "out of memory": Case(
        "CrashLooping",
        "container main of pod pod-0 keeps exiting (OOMKilled, code 137), because it needs more "
        "memory than its limit of 1Gi (spec.*.resources.limits.memory)" + LOGS,
        {"containerStatuses": [crashed(reason="OOMKilled", exitCode=137, message="  ")]},
        {"containers": [{"name": "main", "resources": {"limits": {"memory": "1Gi"}}}]},
    ),
    "out of memory once": Case(
        "Progressing",
        "container main of pod pod-0 exited once (OOMKilled, code 137) and is being restarted, "
        "because it "
        "needs more memory than its limit (spec.*.resources.limits.memory)" + LOGS,
        {"containerStatuses": [terminated(137, reason="OOMKilled")]},
        ON_A_NODE,
    ),
    "init container out of memory, beside others with limits": Case(
        "CrashLooping",
        "init container prepare of pod pod-0 keeps exiting (OOMKilled, code 137), because it needs "
        "more memory than its limit of 64Mi (spec.*.resources.limits.memory); read `kubectl logs "
        "pod-0 -c prepare --previous`",
        {
            "initContainerStatuses": [
                crashed(reason="OOMKilled", exitCode=137) | {"name": "prepare"}
            ]
        },
        {
            "initContainers": [
                {"name": "first", "resources": {"limits": {"memory": "1Mi"}}},
                {"name": "prepare", "resources": {"limits": {"memory": "64Mi"}}},
            ],
            "containers": [{"name": "main", "resources": {"limits": {"memory": "1Gi"}}}],
        },
    ),
    "ended without a reason": Case(
        "CrashLooping",
        f"container main of pod pod-0 keeps exiting (exit, code 3){LOGS}",
        {"containerStatuses": [crashed(exitCode=3)]},
    ),
    "runs since nobody knows when": Case(
        "Progressing",
        "container main of pod pod-0 is running but is not ready",
        {"containerStatuses": [container(state={"running": {"startedAt": None}})]},
    ),
    "ended from outside without words": Case(
        "NodeLost",
        "pod pod-0 was stopped (NodeLost):  A new pod is created; if this happens again, give the "
        "node more of what it lacked.",
        {"phase": "Failed", "reason": "NodeLost"},
    ),
    "probe that fails to answer": Case(
        "Progressing",
        f"container main of pod pod-0 has been running since {SINCE} but is not ready: Readiness "
        "probe errored",
        {"containerStatuses": [running()]},
        ON_A_NODE,
        events=(event("pod-0", "ProbeError", "Readiness probe errored"),),
    ),
    "node whose state is unknown": Case(
        "NodeNotReady",
        LOST,
        {
            "containerStatuses": [running() | {"ready": True}],
            "conditions": [{"type": "Ready", "status": "Unknown"}],
        },
        ON_A_NODE,
    ),
    **{
        f"{reason} keeps a container from being made": Case(
            "Progressing",
            "container main of pod pod-0 is being created: its words",
            {"containerStatuses": [waiting("ContainerCreating")]},
            ON_A_NODE,
            events=(event("pod-0", reason, "its words"),),
        )
        for reason in (
            "FailedAttachVolume",
            "FailedMapVolume",
            "FailedCreatePodSandBox",
            "NetworkNotReady",
        )
    },
    "starts beside one that is ready": Case(
        "Progressing",
        f"container main of pod pod-0 has been running since {SINCE} but is not ready",
        {"containerStatuses": [running("mesh") | {"ready": True}, running()]},
        ON_A_NODE,
    ),
    "evicted": Case(
        "Evicted",
        "pod pod-0 was stopped (Evicted): The node was low on resource: memory. A new pod is "
        "created; if this happens again, give the node more of what it lacked.",
        {
            "phase": "Failed",
            "reason": "Evicted",
            "message": "The node was low on resource: memory.",
        },
        ON_A_NODE,
    ),
    "being ended": Case(
        "Progressing",
        "pod pod-0 is being stopped, by 2026-06-01T12:00:20Z at the latest",
        {"containerStatuses": [running()]},
        ON_A_NODE,
        {"deletionTimestamp": "2026-06-01T12:00:20Z"},
    ),
    "nobody ends it": Case(
        "PodNotEnding",
        "pod pod-0 should have stopped by 2026-06-01T11:58:00Z but still exists: its node node-1 "
        "does not answer. Look at `kubectl describe node node-1`; if that machine stays off, "
        "`kubectl delete node node-1` lets the pod start elsewhere.",
        {"containerStatuses": [running()]},
        ON_A_NODE,
        {"deletionTimestamp": "2026-06-01T11:58:00Z"},
    ),
    "held by a finalizer": Case(
        "PodNotEnding",
        "pod pod-0 has stopped and waits for its finalizers example.org/backup",
        {},
        ON_A_NODE,
        {"deletionTimestamp": "2026-06-01T11:58:00Z", "finalizers": ["example.org/backup"]},
    ),
    "node that does not answer": Case(
        "NodeNotReady",
        LOST,
        {"containerStatuses": [running() | {"ready": True}], "conditions": [UNREADY]},
        ON_A_NODE,
    ),
    "state that its node did not report": Case(
        "NodeNotReady", LOST, {"phase": "Unknown"}, ON_A_NODE
    ),
    "node of an older cluster that does not answer": Case(
        "NodeNotReady", LOST, {"phase": "Running", "reason": "NodeLost"}, ON_A_NODE
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_situation(case: Case) -> None:
    one = pod("web", **case.status)
    one["spec"] |= case.spec
    one["metadata"] |= case.metadata
    claims = {"demo-db": case.claim} if case.claim else {}
    found = explain([one], observed(events=case.events, claims=claims))
    assert found is not None
    assert (found.status, found.reason, found.message) == ("False", case.reason, case.message)


def test_pod_that_is_ready_says_nothing() -> None:
    ready = pod("web", conditions=[{"type": "Ready", "status": "True"}])
    assert explain([ready], observed()) is None


def test_readiness_gate_of_others_is_no_lost_node() -> None:
    one = pod("web", containerStatuses=[running() | {"ready": True}], conditions=[UNREADY])
    one["spec"] |= ON_A_NODE | {"readinessGates": [{"conditionType": "example.org/gate"}]}
    found = explain([one], observed())
    assert found is not None
    assert found.reason == "Progressing"


def test_no_pods_no_trouble() -> None:
    assert explain([], observed()) is None


def test_fault_of_one_pod_comes_before_the_start_of_another() -> None:
    bad = pod("web", "b", containerStatuses=[waiting("ErrImagePull")])
    found = explain([pod("web", "a"), bad], observed())
    assert found is not None
    assert "pod b" in found.message


def test_pod_that_was_evicted_is_history_once_there_is_another() -> None:
    old = pod("web", "a", phase="Failed", reason="Evicted", message="low on memory")
    found = explain([old, pod("web", "b")], observed())
    assert found is not None
    assert (found.reason, found.message) == ("Progressing", "pod b waits for the scheduler")


def test_pod_that_comes_is_told_of_before_one_that_goes() -> None:
    going = pod("web", "a")
    going["metadata"]["deletionTimestamp"] = "2026-06-01T12:00:20Z"
    found = explain([going, pod("web", "b")], observed())
    assert found is not None
    assert found.message == "pod b waits for the scheduler"


def test_pod_of_a_job_that_failed_by_itself_is_told_of_by_the_job() -> None:
    assert explain([pod("bootstrap", phase="Failed")], observed()) is None


def test_container_that_runs_once_is_not_started_again() -> None:
    def of_a_job(code: int) -> Manifest:
        found = pod("bootstrap", containerStatuses=[terminated(code)])
        found["spec"] |= {"restartPolicy": "Never", "nodeName": "node-1"}
        return found

    # Kubernetes says a moment later that its pod has ended.
    assert explain([of_a_job(0)], observed()) is None
    value = explain([of_a_job(3)], observed())
    assert value and value.message == (
        "container main of pod pod-0 exited once (Error, code 3); read `kubectl logs pod-0 -c main`"
    )
