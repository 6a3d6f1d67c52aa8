"""Databases and Redis of others: what asks them fills the conditions of the site."""

from __future__ import annotations

import base64

import pytest

from omero_operator.identity.kinds import DEPLOYMENT, POD, SECRET, Kind
from operator_builders import EXTERNAL_DATABASE, EXTERNAL_REDIS
from operator_ring.kube import Kube, Manifest, wait_until
from operator_ring.kubelet import PlayedKubelet
from operator_ring.process import OperatorProcess

EVENT = Kind("v1", "Event", "events")
SECRETS = {"pg": {"u": "omero", "p": "from-others"}, "redis-login": {"pw": "from-others"}}
SPEC = {
    "database": EXTERNAL_DATABASE,
    "pluginDatabase": EXTERNAL_DATABASE,
    "redis": EXTERNAL_REDIS,
    # Nobody but the pods that ask would notice.
    "worker": {"replicas": 0},
}
CONDITIONS = {
    "DatabaseReady": (
        "database",
        "TakesNoChanges: PostgreSQL is read-only or cannot write: it is a standby",
    ),
    "PluginDatabaseReady": (
        "plugin-database",
        "ServerUnreachable: the probe cannot connect to PostgreSQL: psql: error: timeout expired",
    ),
    "RedisReady": ("redis", "TakesNoWrites: Redis is full (command not allowed): remove keys"),
}


def the_pod_of(kube: Kube, namespace: str, component: str) -> Manifest:
    (pod,) = kube.list(POD, namespace, f"app.kubernetes.io/component={component}")
    return pod


def set_ready(kube: Kube, namespace: str, pod: Manifest, ready: bool) -> None:
    """What a kubelet writes when the answer of a readiness probe changes."""
    status = "True" if ready else "False"
    conditions = [
        {**each, "status": status if each["type"] in ("Ready", "ContainersReady") else "True"}
        for each in pod["status"]["conditions"]
    ]
    containers = [{**each, "ready": ready} for each in pod["status"]["containerStatuses"]]
    change = {"conditions": conditions, "containerStatuses": containers}
    kube.merge(POD, namespace, pod["metadata"]["name"], {"status": change}, "status")


def tell(kube: Kube, namespace: str, pod: Manifest, words: str) -> None:
    """The Event that goes with it."""
    metadata = pod["metadata"]
    kube.create(
        EVENT,
        {
            "metadata": {"generateName": "unhealthy-", "namespace": namespace},
            "involvedObject": {
                "apiVersion": "v1",
                "kind": "Pod",
                "namespace": namespace,
                **{key: metadata[key] for key in ("name", "uid")},
            },
            "type": "Warning",
            "reason": "Unhealthy",
            "message": f"Readiness probe failed: {words}\n",
        },
    )


@pytest.mark.timeout(300)
def test_a_start_waits_for_servers_of_others_and_what_they_refuse_is_in_conditions(
    kube: Kube, namespace: str, operator: OperatorProcess, kubelet: PlayedKubelet
) -> None:
    """The pods that ask do not start at first, so nobody says that the servers take changes."""
    kubelet.broken["database"] = ("ContainerCreating", "")
    for name, values in SECRETS.items():
        data = {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}
        kube.create(SECRET, {"metadata": {"name": name, "namespace": namespace}, "data": data})
    kube.platform(namespace, "site", SPEC)

    def waits() -> bool:
        message = kube.condition(namespace, "site", "ServerReady")["message"]
        return "waits for OMERO's database" in message

    wait_until(waits, 180, lambda: str(kube.condition(namespace, "site", "ServerReady")))
    kubelet.broken.clear()
    kube.wait_condition(namespace, "site", "Ready", "True")
    assert {kube.condition(namespace, "site", kind)["reason"] for kind in CONDITIONS} == {
        "External"
    }

    for component, words in CONDITIONS.values():
        pod = the_pod_of(kube, namespace, component)
        tell(kube, namespace, pod, words)
        set_ready(kube, namespace, pod, False)

    def told() -> dict[str, str]:
        found = {kind: kube.condition(namespace, "site", kind) for kind in CONDITIONS}
        return {kind: f"{each['reason']}: {each['message']}" for kind, each in found.items()}

    def quoted() -> bool:
        found = told()
        return all(
            found[kind].startswith(f"{words.partition(':')[0]}: ")
            and found[kind].endswith(words.partition(": ")[2])
            for kind, (_, words) in CONDITIONS.items()
        )

    wait_until(quoted, 180, lambda: str(told()))
    kube.wait_condition(namespace, "site", "Ready", "False")
    # What had started goes on: it answers 503 with the reason, and some of it works.
    web = kube.get(DEPLOYMENT, namespace, "site-web")
    assert web is not None and web["spec"]["replicas"] == 2

    for component, _ in CONDITIONS.values():
        set_ready(kube, namespace, the_pod_of(kube, namespace, component), True)
    kube.wait_condition(namespace, "site", "Ready", "True")
