"""Reading a platform: its children, its pods, and the runs of its CronJobs."""

from __future__ import annotations

import asyncio

import pytest

from omero_operator.cluster.errors import TemporaryError
from omero_operator.cluster.observe import observe
from omero_operator.identity.kinds import CHILD_KINDS, JOB, SECRET, Kind, Manifest
from omero_operator.identity.labels import labels, pod_labels
from operator_builders import NAME, NAMESPACE, Cluster


def item(kind: str, name: str, own: dict[str, str]) -> Manifest:
    return {"kind": kind, "metadata": {"name": name, "namespace": NAMESPACE, "labels": own}}


def test_runs_of_cron_jobs_are_no_children() -> None:
    """Kubernetes made them and removes them; the operator would prune them."""
    cluster = Cluster(
        item("Job", "demo-bootstrap-1", labels(NAME, "bootstrap")),
        item("Job", "demo-vacuum-291", pod_labels(NAME, "maintenance")),
        item("Pod", "demo-web-x", pod_labels(NAME, "web")),
        item("Pod", "other-web-x", pod_labels("other", "web")),
    )
    seen, _ = asyncio.run(observe(cluster, NAMESPACE, NAME))
    assert [name for _, name in seen.children] == ["demo-bootstrap-1"]
    assert [run["metadata"]["name"] for run in seen.runs] == ["demo-vacuum-291"]
    assert [pod["metadata"]["name"] for pod in seen.pods] == ["demo-web-x"]
    assert seen.child(JOB, "demo-bootstrap-1") is not None


def test_objects_say_what_they_are() -> None:
    """Lists leave it out; pruning needs it."""
    cluster = Cluster(item("Secret", "s", labels(NAME, "web")))
    seen, _ = asyncio.run(observe(cluster, NAMESPACE, NAME))
    (child,) = seen.children.values()
    assert (child["apiVersion"], child["kind"]) == ("v1", "Secret")


@pytest.mark.parametrize("kind", [kind.name for kind in CHILD_KINDS] + ["Pod"])
def test_kind_without_rights_is_noted_and_the_rest_is_read(kind: str) -> None:
    cluster = Cluster(
        item("Secret", "s", labels(NAME, "web")), item("Service", "s", labels(NAME, "web"))
    )
    cluster.refusals[f"list {kind}"] = 403
    seen, unreadable = asyncio.run(observe(cluster, NAMESPACE, NAME))
    assert list(unreadable) == [kind]
    assert {k for k, _ in seen.children} == {"Secret", "Service"} - {kind}


SNAPSHOT = Kind(
    "snapshot.example.org/v1", "Snapshot", "snapshots", "a snapshot controller", "backup"
)


@pytest.mark.parametrize("status", [404, 403], ids=["no such kind", "no such kind in the role"])
def test_optional_kind_that_the_cluster_lacks_is_absent(
    monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setattr("omero_operator.cluster.observe.CHILD_KINDS", (SECRET, SNAPSHOT))
    cluster = Cluster(item("Secret", "s", labels(NAME, "web")))
    cluster.unserved = {"Snapshot"}
    cluster.refusals["list Snapshot"] = status
    seen, unreadable = asyncio.run(observe(cluster, NAMESPACE, NAME))
    assert (seen.absent, dict(unreadable)) == ({"Snapshot"}, {})
    assert list(seen.children) == [("Secret", "s")]


def test_optional_kind_that_the_cluster_has_is_read_as_any_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("omero_operator.cluster.observe.CHILD_KINDS", (SNAPSHOT,))
    cluster = Cluster(item("Snapshot", "s", labels(NAME, "web")))
    seen, _ = asyncio.run(observe(cluster, NAMESPACE, NAME))
    assert (list(seen.children), seen.absent) == ([("Snapshot", "s")], frozenset())
    cluster.refusals["list Snapshot"] = 403
    seen, unreadable = asyncio.run(observe(cluster, NAMESPACE, NAME))
    assert (list(unreadable), seen.absent) == (["Snapshot"], frozenset())


def test_kind_that_every_cluster_has_is_never_absent() -> None:
    cluster = Cluster()
    cluster.unserved = {"Deployment"}
    seen, unreadable = asyncio.run(observe(cluster, NAMESPACE, NAME))
    assert (list(unreadable), seen.absent) == (["Deployment"], frozenset())


def test_overload_is_not_taken_for_an_empty_namespace() -> None:
    cluster = Cluster()
    cluster.refusals["list Secret"] = 503
    with pytest.raises(TemporaryError):
        asyncio.run(observe(cluster, NAMESPACE, NAME))
