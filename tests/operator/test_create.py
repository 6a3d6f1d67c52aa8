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


def test_an_empty_spec_becomes_a_ready_site(
    kube: Kube, namespace: str, operator: OperatorProcess, kubelet: PlayedKubelet
) -> None:
    kube.platform(namespace, "site")
    ready = kube.wait_condition(namespace, "site", "Ready", "True")
    assert ready["reason"] == "Ready", operator.tail()
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


def test_every_child_exists_before_any_pod_is_ready(
    kube: Kube, namespace: str, operator: OperatorProcess
) -> None:
    """What waits is there at zero replicas, so a look at the namespace shows the whole site."""
    kube.platform(namespace, "site", {"web": {"ingress": {"host": f"{namespace}.example.org"}}})
    kube.wait_condition(namespace, "site", "Ready", "False")
    found = names(children(kube, namespace, "site"))
    for expected in (
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
        "Ingress site-web",
        "PodDisruptionBudget site-web",
    ):
        assert expected in found
    server = kube.get(STATEFUL_SET, namespace, "site-server")
    web = kube.get(DEPLOYMENT, namespace, "site-web")
    (job,) = kube.list(JOB, namespace, children_of("site"))
    assert server is not None and server["spec"]["replicas"] == 0
    assert web is not None and web["spec"]["replicas"] == 0
    assert job["spec"]["suspend"] is True
    assert kube.condition(namespace, "site", "ServerReady")["reason"] == "Waiting"


def test_children_belong_to_the_platform_and_data_belongs_to_nobody(
    kube: Kube, namespace: str, operator: OperatorProcess
) -> None:
    uid = kube.platform(namespace, "site")["metadata"]["uid"]
    kube.wait_condition(namespace, "site", "Ready", "False")
    for child in children(kube, namespace, "site"):
        owners = [owner["uid"] for owner in child["metadata"].get("ownerReferences", [])]
        data = child["kind"] in (CLAIM.name, SECRET.name)
        assert owners == ([] if data else [uid]), child["metadata"]["name"]


def test_the_server_starts_after_its_database_and_web_after_bootstrap(
    kube: Kube, namespace: str, operator: OperatorProcess, kubelet: PlayedKubelet
) -> None:
    kubelet.broken["database"] = ("ContainerCreating", "")
    try:
        kube.platform(namespace, "site")
        kube.wait_condition(namespace, "site", "RedisReady", "True")
        server = kube.get(STATEFUL_SET, namespace, "site-server")
        assert server is not None and server["spec"]["replicas"] == 0
    finally:
        del kubelet.broken["database"]
    kube.wait_condition(namespace, "site", "Ready", "True")


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
