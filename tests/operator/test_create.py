"""A new platform: all children at once, started in order, ready."""

from __future__ import annotations

from omero_operator.api.v1alpha1.written_status import as_written
from omero_operator.identity.kinds import (
    CLAIM,
    DEPLOYMENT,
    JOB,
    PLATFORM,
    SECRET,
    STATEFUL_SET,
    Kind,
)
from omero_operator.identity.labels import children_of
from operator_ring.children import children, names
from operator_ring.kube import Kube, wait_until
from operator_ring.kubelet import PlayedKubelet
from operator_ring.process import OperatorProcess

STORAGE_CLASS = Kind("storage.k8s.io/v1", "StorageClass", "storageclasses")


EXPECTED = (
    "StatefulSet site-server",
    "StatefulSet site-db",
    "StatefulSet site-plugin-db",
    "StatefulSet site-redis",
    "Deployment site-web",
    "Deployment site-worker",
    "Deployment site-uploads",
    "Deployment site-exports",
    "Job site-bootstrap-*",
    "CronJob site-vacuum",
    "CronJob site-reindex",
    "PodDisruptionBudget site-web",
)


def test_an_empty_spec_becomes_a_ready_site_in_order(
    kube: Kube, namespace: str, operator: OperatorProcess
) -> None:
    """All children before any pod; the server after its database, and web after bootstrap."""
    uid = kube.platform(namespace, "site")["metadata"]["uid"]
    kube.wait_condition(namespace, "site", "Ready", "False")
    _whole_site_is_there_at_zero(kube, namespace)
    _children_belong_to_the_platform_and_data_to_nobody(kube, namespace, uid)

    kubelet = PlayedKubelet(kube, namespace)
    kubelet.broken["database"] = ("ContainerCreating", "")
    with kubelet:
        kube.wait_condition(namespace, "site", "RedisReady", "True")
        server = kube.get(STATEFUL_SET, namespace, "site-server")
        assert server is not None and server["spec"]["replicas"] == 0
        del kubelet.broken["database"]
        ready = kube.wait_condition(namespace, "site", "Ready", "True")
    assert ready["reason"] == "Ready", operator.tail()
    _status_of_a_ready_site(kube, namespace)


def _whole_site_is_there_at_zero(kube: Kube, namespace: str) -> None:
    """What waits is there at zero replicas, so a look at the namespace shows the whole site."""
    found = names(children(kube, namespace, "site"))
    assert [each for each in EXPECTED if each not in found] == []
    server = kube.get(STATEFUL_SET, namespace, "site-server")
    web = kube.get(DEPLOYMENT, namespace, "site-web")
    (job,) = kube.list(JOB, namespace, children_of("site"))
    assert server is not None and server["spec"]["replicas"] == 0
    assert web is not None and web["spec"]["replicas"] == 0
    assert job["spec"]["suspend"] is True
    assert kube.condition(namespace, "site", "ServerReady")["reason"] == "Waiting"


def _children_belong_to_the_platform_and_data_to_nobody(
    kube: Kube, namespace: str, uid: str
) -> None:
    for child in children(kube, namespace, "site"):
        owners = [owner["uid"] for owner in child["metadata"].get("ownerReferences", [])]
        data = child["kind"] in (CLAIM.name, SECRET.name)
        assert owners == ([] if data else [uid]), child["metadata"]["name"]


def _status_of_a_ready_site(kube: Kube, namespace: str) -> None:
    status = (kube.get(PLATFORM, namespace, "site") or {})["status"]
    statuses = {c["type"]: c["status"] for c in status["conditions"]}
    assert {statuses.pop(kind) for kind in ("Paused", "Stalled", "Upgrading")} == {"False"}
    assert set(statuses.values()) == {"True"}
    assert status == as_written(status), "a value that says nothing"
    assert not {"operation", "backup", "quotas", "foreignFields"} & status.keys()
    assert status["rootCredentialsSecret"] == "site-root-credentials"
    assert [(each["component"], each["claim"]) for each in status["dataVolumes"]] == [
        ("database", "site-db"),
        ("plugin-database", "site-plugin-db"),
        ("server", "site-server"),
        ("uploads", "site-uploads"),
        ("exports", "site-exports"),
    ]


def test_a_platform_that_starts_causes_few_events(
    kube: Kube, namespace: str, operator: OperatorProcess, kubelet: PlayedKubelet
) -> None:
    """An ordinary start is one piece of news: the site is ready."""
    # A cluster that makes volumes when pods need them. Without one, a claim waits for ever, and
    # that is news.
    makes_volumes = {
        "metadata": {"name": namespace},
        "provisioner": "test.example.org/volumes",
        "volumeBindingMode": "WaitForFirstConsumer",
    }
    kube.create(STORAGE_CLASS, makes_volumes)
    on_it = {"storage": {"storageClassName": namespace}}
    blocks = {
        "server": on_it,
        "database": on_it,
        "pluginDatabase": on_it,
        "web": {"uploads": on_it},
        "imaris": on_it,
    }
    kube.platform(namespace, "site", blocks)
    kube.wait_condition(namespace, "site", "Ready", "True")

    def ours() -> list[str]:
        answer = kube.request("GET", f"/api/v1/namespaces/{namespace}/events")
        return [
            event["reason"]
            for event in answer["items"]
            if event["involvedObject"]["kind"] == "OmeroPlatform"
        ]

    wait_until(ours)
    assert ours() == ["Ready"]
