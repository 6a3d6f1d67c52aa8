"""Upgrades over the cluster in memory: an operator with two releases, and pods with last words."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from omero_operator.api.v1alpha1.release import Operation
from omero_operator.cluster.additions import Additions
from omero_operator.cluster.repairs import Repairs
from omero_operator.desired.context import Images
from omero_operator.identity.kinds import JOB, PLATFORM, POD, Manifest
from omero_operator.liveness import WatchAudit
from omero_operator.operations.catalogue import Catalogue, Release
from omero_operator.reconcile import Reconciler
from operator_builders import IMAGES, NAME, NAMESPACE, Cluster, container, settle
from passes import KEY, edit, running

TO = "0.2.0"
NEWER = IMAGES.with_references({name: f"example.org/{name}:1-next" for name in IMAGES.references})
OLD = Release("0.1.0", IMAGES.references)
CATALOGUE = Catalogue(Release(TO, NEWER.references), {"0.1.0": OLD})
# With a PostgreSQL that cannot read the files of before.
MAJOR = Catalogue(
    Release(TO, {**NEWER.references, "postgres": "example.org/postgres:2.0"}), {"0.1.0": OLD}
)
# Only sites with spec.monitoring.exporters run them.
EXPORTERS = ("postgres_exporter", "redis_exporter")
SKIP: Manifest = {"upgrade": {"backup": "Skip"}}
SCHEMA = {"demo-schema": "OMERO5.4__0"}


def newer_pass(cluster: Cluster, catalogue: Catalogue = CATALOGUE) -> None:
    """A pass of an operator that came with other images."""
    own = Additions(cluster, 120), Repairs(120)
    asyncio.run(Reconciler(cluster, NEWER, (), WatchAudit(), *own, catalogue).run(KEY))


def runs(images: Images) -> set[str]:
    """The images that a site's containers have."""
    return {image for name, image in images.references.items() if name not in EXPORTERS}


def status(cluster: Cluster) -> dict[str, Any]:
    found: dict[str, Any] = (cluster.find(PLATFORM, NAME) or {})["status"]
    return found


def operation(cluster: Cluster) -> dict[str, Any]:
    """As the operator reads it: what is absent is empty."""
    return {**Operation().model_dump(by_alias=True), **status(cluster).get("operation", {})}


def condition(cluster: Cluster, kind: str) -> dict[str, Any]:
    (found,) = [each for each in status(cluster)["conditions"] if each["type"] == kind]
    return dict(found)


def upgrading(*, spec: Manifest | None = None, **catalogue: Any) -> Cluster:
    """A site that runs the old release and was asked for the new one, without a backup."""
    cluster = running()
    newer_pass(cluster)
    edit(cluster, {"version": TO, **SKIP, **(spec or {})})
    return cluster


def to_major(*, spec: Manifest | None = None) -> Cluster:
    """The same, with another major version of PostgreSQL."""
    cluster = running()
    newer_pass(cluster, MAJOR)
    edit(cluster, {"version": TO, **SKIP, **(spec or {})})
    return cluster


def play(
    cluster: Cluster, words: Mapping[str, str] = SCHEMA, failing: str = "", broken: str = ""
) -> None:
    """Do what the cluster would: workloads get ready and Jobs end.

    Args:
        cluster: Where.
        words: What the pod of a Job leaves, by the beginning of its name; the longest counts.
        failing: Beginning of the name of Jobs that fail.
        broken: Image with which nothing gets ready.
    """
    settle(cluster)
    for (kind, _, name), item in list(cluster.objects.items()):
        if kind == JOB.name and not item["spec"].get("suspend"):
            if failing and name.startswith(failing):
                item["status"] = {"conditions": [{"type": "Failed", "status": "True"}]}
            _pod(cluster, item, words)
        elif broken and item.get("spec", {}).get("replicas") and broken in str(item["spec"]):
            item["status"] = {**item["status"], "readyReplicas": 0}


def _pod(cluster: Cluster, job: Manifest, words: Mapping[str, str]) -> None:
    name = job["metadata"]["name"]
    fitting = [text for start, text in sorted(words.items()) if name.startswith(start)]
    if not fitting or cluster.find(POD, f"{name}-x"):
        return
    ended = container(state={"terminated": {"exitCode": 0, "message": fitting[-1]}})
    status = {"phase": "Succeeded", "containerStatuses": [ended]}
    cluster.add(job_pod(cluster, name) | {"status": status})


def job_pod(cluster: Cluster, job: str) -> Manifest:
    """The pod of a Job, without a status."""
    found = cluster.find(JOB, job)
    assert found is not None
    labels = found["spec"]["template"]["metadata"]["labels"]
    return {
        "apiVersion": "v1",
        "kind": POD.name,
        "metadata": {
            "name": f"{job}-x",
            "namespace": NAMESPACE,
            "labels": {**labels, "batch.kubernetes.io/job-name": job},
        },
        "spec": {"containers": []},
    }


def go(
    cluster: Cluster, passes: int = 30, catalogue: Catalogue = CATALOGUE, **played: Any
) -> list[str]:
    """Pass after pass until nothing changes; the steps that the status has named, in order."""
    steps: list[str] = []
    quiet = 0
    for _ in range(passes):
        before = len(cluster.writes)
        newer_pass(cluster, catalogue)
        quiet = quiet + 1 if len(cluster.writes) == before else 0
        if quiet > 1:
            break
        step = operation(cluster)["step"]
        if step and steps[-1:] != [step]:
            steps.append(step)
        play(cluster, **played)
    return steps
