"""The end of a platform: the policy in it decides, and nothing else."""

from __future__ import annotations

import asyncio
import copy
from typing import Any

import pytest

from omero_operator.cluster import deletion, finalizer
from omero_operator.cluster.errors import ForbiddenError
from omero_operator.desired.plan import desired
from omero_operator.identity.kinds import CLAIM, PLATFORM, SECRET, Manifest
from omero_operator.identity.labels import FINALIZER, owner_reference
from operator_builders import NAME, NAMESPACE, UID, Cluster, context, platform

DATA = [m for m in desired(context()) if m["kind"] in (CLAIM.name, SECRET.name)]
WORKLOADS = [m for m in desired(context()) if m["kind"] == "StatefulSet"]


def site(policy: str = "Retain", **metadata: Any) -> tuple[Cluster, Manifest]:
    """A cluster with the platform and all that it has."""
    item = platform({"deletionPolicy": policy})
    item["metadata"] |= metadata
    cluster = Cluster(item, *copy.deepcopy(DATA), *copy.deepcopy(WORKLOADS))
    found = cluster.find(PLATFORM, NAME)
    assert found is not None
    return cluster, found


def finalizers(cluster: Cluster) -> list[str]:
    found = cluster.find(PLATFORM, NAME)
    assert found is not None
    return list(found["metadata"].get("finalizers", []))


def kept(cluster: Cluster) -> int:
    return sum(kind in (CLAIM.name, SECRET.name) for kind, _, _ in cluster.objects)


@pytest.mark.parametrize(
    ("policy", "before", "after"),
    [
        ("Retain", [], []),
        ("Retain", [FINALIZER], []),
        ("Retain", ["a/b", FINALIZER], ["a/b"]),
        ("Delete", [], [FINALIZER]),
        ("Delete", ["a/b"], ["a/b", FINALIZER]),
        ("Delete", [FINALIZER], [FINALIZER]),
    ],
)
def test_finalizer_is_there_exactly_under_delete(
    policy: str, before: list[str], after: list[str]
) -> None:
    cluster, item = site(policy, finalizers=before)
    asyncio.run(deletion.follow_policy(cluster, item))
    assert finalizers(cluster) == after
    assert cluster.writes == ([] if before == after else ["patch OmeroPlatform/demo"])


def test_settled_platform_is_not_written() -> None:
    cluster, item = site()
    asyncio.run(deletion.follow_policy(cluster, item))
    assert cluster.writes == []


def test_owner_that_an_older_operator_set_is_taken_away() -> None:
    """It would outlive every later change of the policy: its manager is not that of applying."""
    cluster, item = site()
    other = {"apiVersion": "v1", "kind": "ConfigMap", "name": "x", "uid": "other"}
    for manifest in DATA:
        own = copy.deepcopy(manifest)
        own["metadata"]["ownerReferences"] = [owner_reference(NAME, UID), other]
        cluster.add(own)
    asyncio.run(deletion.follow_policy(cluster, item))
    for manifest in DATA:
        key = (manifest["kind"], NAMESPACE, manifest["metadata"]["name"])
        assert cluster.objects[key]["metadata"]["ownerReferences"] == [other]


def test_platform_that_is_deleted_meanwhile_gets_no_finalizer() -> None:
    cluster, item = site("Delete")

    def delete(call: str) -> None:
        if call.startswith("patch OmeroPlatform"):
            cluster.before = lambda _: None
            del cluster.objects[(PLATFORM.name, NAMESPACE, NAME)]

    cluster.before = delete
    live, refusal = asyncio.run(deletion.follow_policy(cluster, item))
    assert live is None and refusal is None


def test_somebody_elses_change_at_the_same_moment_is_not_lost() -> None:
    cluster, item = site("Delete")

    def change(call: str) -> None:
        if call.startswith("patch OmeroPlatform"):
            cluster.before = lambda _: None
            cluster.replace(PLATFORM, NAME, metadata={**item["metadata"], "finalizers": ["a/b"]})

    cluster.before = change
    asyncio.run(deletion.follow_policy(cluster, item))
    assert finalizers(cluster) == ["a/b", FINALIZER]


def test_refusal_is_told_and_does_not_end_the_pass() -> None:
    cluster, item = site("Delete")
    cluster.refusals["patch OmeroPlatform"] = 403
    live, refusal = asyncio.run(deletion.follow_policy(cluster, item))
    assert live is not None and isinstance(refusal, ForbiddenError)


def ended(policy: str, **metadata: Any) -> Cluster:
    """A platform with the finalizer whose deletion was asked for, after a pass."""
    own = {"finalizers": [FINALIZER], "deletionTimestamp": "2026-01-01T00:00:00Z"} | metadata
    cluster, item = site(policy, **own)
    asyncio.run(deletion.carry_out(cluster, item))
    return cluster


def test_delete_removes_all_data_and_lets_go() -> None:
    cluster = ended("Delete")
    assert kept(cluster) == 0
    assert finalizers(cluster) == []


def test_retain_keeps_all_data_and_lets_go() -> None:
    """The policy was changed back while no operator looked."""
    cluster = ended("Retain")
    assert kept(cluster) == len(DATA)
    assert finalizers(cluster) == []


def test_platform_without_the_finalizer_is_left_alone() -> None:
    """Its policy became Delete after its deletion had been asked for."""
    cluster = ended("Delete", finalizers=["a/b"])
    assert kept(cluster) == len(DATA)
    assert cluster.writes == []


def test_data_of_another_platform_stays() -> None:
    cluster, item = site("Delete", finalizers=[FINALIZER], deletionTimestamp="2026-01-01T00:00:00Z")
    others = [m for m in desired(context(name="other")) if m["kind"] == CLAIM.name]
    for other in others:
        cluster.add(other)
    asyncio.run(deletion.carry_out(cluster, item))
    assert kept(cluster) == len(others)


@pytest.mark.parametrize("seen", ["while it runs", "afterwards"])
def test_cascade_orphan_keeps_workloads_and_so_their_data(seen: str) -> None:
    """Kubernetes takes the owners away and leaves the pods running on these volumes."""
    own = [FINALIZER, "orphan"] if seen == "while it runs" else [FINALIZER]
    cluster, item = site("Delete", finalizers=own, deletionTimestamp="2026-01-01T00:00:00Z")
    if seen == "afterwards":
        for manifest in WORKLOADS:
            orphan = copy.deepcopy(manifest)
            del orphan["metadata"]["ownerReferences"]
            cluster.add(orphan)
    asyncio.run(deletion.carry_out(cluster, item))
    assert kept(cluster) == len(DATA)
    assert not finalizer.present({"metadata": {"finalizers": finalizers(cluster)}})


def test_refused_deletion_keeps_the_finalizer() -> None:
    cluster, item = site("Delete", finalizers=[FINALIZER], deletionTimestamp="2026-01-01T00:00:00Z")
    cluster.refusals["delete Secret"] = 403
    with pytest.raises(ForbiddenError):
        asyncio.run(deletion.carry_out(cluster, item))
    assert finalizers(cluster) == [FINALIZER]
