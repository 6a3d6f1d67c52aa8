"""kstatus reads a platform rightly in every state of its life."""

from __future__ import annotations

import copy
import functools
from typing import Any

import pytest

import kstatus
from omero_operator.api.v1alpha1.status import PlatformStatus
from omero_operator.api.v1alpha1.written_status import as_written
from omero_operator.identity.kinds import DEPLOYMENT, JOB, PLATFORM, Manifest
from omero_operator.identity.labels import PAUSED
from operator_builders import NAME, NAMESPACE, Cluster, foreign, platform, secret, settle
from passes import edit, one_pass, running

PAUSE = {PAUSED: "true"}
# As the API server shows what nobody has written yet.
NEW = as_written(PlatformStatus().model_dump(by_alias=True))


def read(cluster: Cluster) -> str:
    return kstatus.status(found(cluster))


def found(cluster: Cluster) -> Manifest:
    live = cluster.find(PLATFORM, NAME)
    assert live is not None
    return live


def message(cluster: Cluster, kind: str) -> str:
    (condition,) = [c for c in found(cluster)["status"]["conditions"] if c["type"] == kind]
    return str(condition["message"])


def new(**given: Any) -> Cluster:
    return Cluster(platform(status=NEW, **given))


def test_new_and_starting() -> None:
    cluster = new()
    assert read(cluster) == "InProgress"
    seen = []
    for _ in range(8):
        one_pass(cluster)
        seen.append(read(cluster))
        settle(cluster)
    assert seen == ["InProgress"] * seen.index("Current") + ["Current"] * (
        8 - seen.index("Current")
    )
    assert seen[-1] == "Current"


def test_edited_and_not_yet_seen_then_rolled_out() -> None:
    cluster = running()
    edit(cluster, {"web": {"replicas": 5}})
    assert read(cluster) == "InProgress"
    one_pass(cluster)
    assert read(cluster) == "InProgress", "seen, and its pods are on their way"
    settle(cluster)
    one_pass(cluster)
    assert read(cluster) == "Current"


def test_paused_and_settled() -> None:
    cluster = running()
    edit(cluster, {}, annotations=PAUSE, generation=1)
    one_pass(cluster)
    assert read(cluster) == "Current"
    assert "waits" not in message(cluster, "Paused")


def test_edited_while_paused_then_unpaused() -> None:
    """Nobody has looked at the edit, however often a pass is made."""
    cluster = running()
    edit(cluster, {}, annotations=PAUSE, generation=1)
    one_pass(cluster)
    edit(cluster, {"web": {"replicas": 5}})
    for _ in range(2):
        one_pass(cluster)
        assert read(cluster) == "InProgress"
        assert found(cluster)["status"]["observedGeneration"] == 1
        ready = found(cluster)["status"]["conditions"][0]
        assert (ready["type"], ready["status"], ready["observedGeneration"]) == ("Ready", "True", 1)
        assert "generation 2 waits" in message(cluster, "Paused")
    edit(cluster, {"web": {"replicas": 5}}, annotations={}, generation=2)
    one_pass(cluster)
    assert found(cluster)["status"]["observedGeneration"] == 2
    settle(cluster)
    one_pass(cluster)
    assert read(cluster) == "Current"


def test_made_while_paused() -> None:
    cluster = new(annotations=PAUSE)
    one_pass(cluster)
    assert read(cluster) == "InProgress"
    assert "generation 1 waits" in message(cluster, "Paused")


def test_invalid_then_mended() -> None:
    cluster = running()
    edit(cluster, {"timeZone": "Nowhere"})
    assert read(cluster) == "InProgress"
    one_pass(cluster)
    assert read(cluster) == "Failed"
    assert "spec.timeZone" in message(cluster, "Stalled")
    edit(cluster, {})
    one_pass(cluster)
    assert read(cluster) == "Current"


def test_invalid_and_then_paused_is_still_failed() -> None:
    cluster = running()
    edit(cluster, {"timeZone": "Nowhere"})
    one_pass(cluster)
    edit(cluster, {"timeZone": "Nowhere"}, annotations=PAUSE, generation=2)
    one_pass(cluster)
    assert read(cluster) == "Failed"


def test_name_of_a_child_is_taken() -> None:
    cluster = new()
    stranger = foreign({**_child("demo-web"), "kind": DEPLOYMENT.name}, "another")
    cluster.add(stranger)
    one_pass(cluster)
    assert read(cluster) == "Failed"
    assert "demo-web" in message(cluster, "Stalled")


def test_bootstrap_failed() -> None:
    cluster = running()
    for (kind, _, _), item in cluster.objects.items():
        if kind == JOB.name:
            item["status"] = {"conditions": [{"type": "Failed", "status": "True"}]}
    one_pass(cluster)
    assert read(cluster) == "Failed"
    assert "kubectl delete job" in message(cluster, "Stalled")


def test_missing_secret_comes_perhaps() -> None:
    spec = {"server": {"rootPasswordSecretRef": {"name": "root", "key": "password"}}}
    cluster = new(spec=spec)
    one_pass(cluster)
    assert read(cluster) == "InProgress"
    cluster.add(secret("root", {"password": "eHg="}))
    for _ in range(6):
        one_pass(cluster)
        settle(cluster)
    assert read(cluster) == "Current"


def test_hibernated_by_wish_is_in_progress() -> None:
    """Ready is False by design, and there is nothing to mend."""
    cluster = running()
    edit(cluster, {"hibernated": True})
    one_pass(cluster)
    settle(cluster)
    one_pass(cluster)
    assert read(cluster) == "InProgress"


@pytest.mark.parametrize("spec", [{}, {"timeZone": "Nowhere"}], ids=["valid", "invalid"])
def test_being_deleted(spec: Manifest) -> None:
    cluster = running()
    edit(cluster, spec, deletionTimestamp="now")
    assert read(cluster) == "Terminating"


@functools.cache
def _children() -> dict[str, Manifest]:
    return {name: item for (_, _, name), item in running().objects.items()}


def _child(name: str) -> Manifest:
    return {**copy.deepcopy(_children()[name]), "metadata": {"name": name, "namespace": NAMESPACE}}
