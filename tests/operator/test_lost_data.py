"""Volumes and Secrets that held data and are lost: told, held, brought back or given up."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from omero_operator.identity.kinds import (
    CLAIM,
    DEPLOYMENT,
    PLATFORM,
    SECRET,
    STATEFUL_SET,
    Kind,
    Manifest,
)
from omero_operator.identity.labels import ACCEPT_LOSS
from operator_ring.children import children, versions
from operator_ring.kube import Kube, wait_until
from operator_ring.kubelet import PlayedKubelet
from operator_ring.process import PASSES, OperatorProcess
from operator_ring.releases import MakeOperator

VOLUME = Kind("v1", "PersistentVolume", "persistentvolumes")
# Stands for the pod that uses the claim: Kubernetes' own protection wants a node.
IN_USE = "test.example.org/in-use"


def volume(kube: Kube, namespace: str, claim: str) -> str:
    """A volume for one claim; Kubernetes' controller binds the two.

    A claim that waits already is looked at again at once when the volume names it by uid.
    """
    name = f"{namespace}-{claim}"
    waiting = kube.get(CLAIM, namespace, claim)
    uid = {"uid": waiting["metadata"]["uid"]} if waiting else {}
    kube.create(
        VOLUME,
        {
            "metadata": {"name": name},
            "spec": {
                "capacity": {"storage": "10Gi"},
                "accessModes": ["ReadWriteOnce"],
                "persistentVolumeReclaimPolicy": "Retain",
                "hostPath": {"path": "/nowhere"},
                "claimRef": {"namespace": namespace, "name": claim, **uid},
            },
        },
    )
    return name


@pytest.fixture
def operator(make_operator: MakeOperator) -> OperatorProcess:
    """One whose full passes come quickly: what must not happen would happen in one of them."""
    started = make_operator(FULL_PASS_SECONDS="1")
    started.wait_active()
    return started


@pytest.fixture
def site(kube: Kube, namespace: str, operator: OperatorProcess, kubelet: PlayedKubelet) -> str:
    volume(kube, namespace, "site-db")
    kube.platform(namespace, "site")
    kube.wait_condition(namespace, "site", "Ready", "True")
    wait_until(lambda: record(kube, namespace)["uid"])
    return "site"


def record(kube: Kube, namespace: str) -> dict[str, Any]:
    """What the status says of the database's volume."""
    status = (kube.get(PLATFORM, namespace, "site") or {}).get("status", {})
    volumes = {each["component"]: each for each in status.get("dataVolumes", [])}
    return {"uid": "", **volumes.get("database", {})}


def wait_passes(operator: OperatorProcess, count: int = 3) -> None:
    """Wait until the operator has looked again a few times."""
    before = operator.metric(PASSES)
    wait_until(lambda: operator.metric(PASSES) >= before + count, what=operator.tail)


def wait_reason(kube: Kube, namespace: str, kind: str, reason: str) -> Manifest:
    wait_until(
        lambda: kube.condition(namespace, "site", kind)["reason"] == reason,
        what=lambda: str(kube.condition(namespace, "site", kind)),
    )
    return kube.condition(namespace, "site", kind)


def lose_the_database(kube: Kube, namespace: str) -> None:
    kube.delete(CLAIM, namespace, "site-db")
    wait_until(lambda: kube.get(CLAIM, namespace, "site-db") is None)


@pytest.mark.timeout(400)
def test_a_volume_that_is_lost_and_every_way_back(
    kube: Kube, namespace: str, site: str, operator: OperatorProcess
) -> None:
    """One loss after the other of the same site; each ends with a site that is ready."""
    _a_claim_that_is_going_is_told_and_its_pod_left_alone(kube, namespace, operator)
    _it_comes_back_by_a_claim_for_its_volume(kube, namespace)
    _another_volume_wants_a_word(kube, namespace)
    _a_lost_claim_is_not_replaced_by_an_empty_one(kube, namespace, operator)


def _a_claim_that_is_going_is_told_and_its_pod_left_alone(
    kube: Kube, namespace: str, operator: OperatorProcess
) -> None:
    kube.merge(CLAIM, namespace, "site-db", {"metadata": {"finalizers": [IN_USE]}})
    database = kube.get(STATEFUL_SET, namespace, "site-db")
    kube.delete(CLAIM, namespace, "site-db")
    told = wait_reason(kube, namespace, "DatabaseReady", "VolumeTerminating")
    assert told["status"] == "False" and f"kubectl patch pv {namespace}-site-db" in told["message"]
    assert kube.condition(namespace, "site", "Ready")["status"] == "False"
    # An edit that would restart the pod, and with it end the claim.
    edit = {"spec": {"database": {"parameters": {"work_mem": "8MB"}}}}
    kube.merge(PLATFORM, namespace, "site", edit)
    wait_passes(operator)
    assert kube.get(STATEFUL_SET, namespace, "site-db") == database
    kube.merge(CLAIM, namespace, "site-db", {"metadata": {"finalizers": None}})
    wait_reason(kube, namespace, "DatabaseReady", "VolumeLost")


def claim_for(kube: Kube, namespace: str, volume_name: str) -> None:
    """A claim that a person makes by hand."""
    kube.create(
        CLAIM,
        {
            "metadata": {"name": "site-db", "namespace": namespace},
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": "10Gi"}},
                "volumeName": volume_name,
            },
        },
    )


def _it_comes_back_by_a_claim_for_its_volume(kube: Kube, namespace: str) -> None:
    # It was the claim's alone; without the uid of that one it is free for the next.
    free = {"spec": {"claimRef": {"uid": None, "resourceVersion": None}}}
    kube.merge(VOLUME, None, f"{namespace}-site-db", free)
    claim_for(kube, namespace, f"{namespace}-site-db")
    kube.wait_condition(namespace, "site", "Ready", "True")
    now = kube.get(CLAIM, namespace, "site-db") or {}
    wait_until(lambda: record(kube, namespace)["uid"] == now["metadata"]["uid"])


def _another_volume_wants_a_word(kube: Kube, namespace: str) -> None:
    """It may be the restored backup, or an empty one that some tool made."""
    lost = record(kube, namespace)["uid"]
    lose_the_database(kube, namespace)
    wait_reason(kube, namespace, "DatabaseReady", "VolumeLost")
    other = copy.deepcopy(kube.get(VOLUME, None, f"{namespace}-site-db") or {})
    other["metadata"] = {"name": f"{namespace}-restored"}
    other["spec"]["claimRef"] = {"namespace": namespace, "name": "site-db"}
    kube.create(VOLUME, {"metadata": other["metadata"], "spec": other["spec"]})
    claim_for(kube, namespace, f"{namespace}-restored")
    wait_reason(kube, namespace, "DatabaseReady", "VolumeReplaced")
    accept(kube, namespace, lost)
    kube.wait_condition(namespace, "site", "Ready", "True")
    now = kube.get(CLAIM, namespace, "site-db") or {}
    wait_until(lambda: record(kube, namespace)["uid"] == now["metadata"]["uid"])


def _a_lost_claim_is_not_replaced_by_an_empty_one(
    kube: Kube, namespace: str, operator: OperatorProcess
) -> None:
    lost = record(kube, namespace)["uid"]
    lose_the_database(kube, namespace)
    wait_reason(kube, namespace, "DatabaseReady", "VolumeLost")
    operator.kill()
    operator.start().wait_active()
    wait_passes(operator)
    assert kube.get(CLAIM, namespace, "site-db") is None
    assert kube.condition(namespace, "site", "Ready")["status"] == "False"

    # A person's word, and it is good for this loss alone.
    accept(kube, namespace, lost)
    wait_until(lambda: kube.get(CLAIM, namespace, "site-db"), what=operator.tail)
    kube.wait_condition(namespace, "site", "Ready", "True")
    kube.delete(VOLUME, None, f"{namespace}-site-db")
    wait_until(lambda: kube.get(VOLUME, None, f"{namespace}-site-db") is None)
    volume(kube, namespace, "site-db")
    wait_until(
        lambda: record(kube, namespace)["uid"] not in ("", lost),
        what=lambda: str(kube.get(CLAIM, namespace, "site-db")),
    )
    lose_the_database(kube, namespace)
    wait_reason(kube, namespace, "DatabaseReady", "VolumeLost")
    wait_passes(operator)
    assert kube.get(CLAIM, namespace, "site-db") is None


def accept(kube: Kube, namespace: str, lost: str) -> None:
    """A person's word that a loss is known."""
    kube.merge(PLATFORM, namespace, "site", {"metadata": {"annotations": {ACCEPT_LOSS: lost}}})


SECRETS = {
    "site-root-credentials": ("ServerReady", "Bootstrapped"),
    "site-plugin-keys": ("WebReady", "WorkerReady", "UploadsReady", "ExportsReady"),
    "site-omp-hash-secret": ("WebReady", "WorkerReady"),
    "site-checksum-key": ("DatabaseReady", "RedisReady", "ServerReady", "WebReady"),
}


# One that all others depend on; what the operator says of each is in the unit ring. Then another
# one is given up.
@pytest.mark.parametrize(
    "names",
    [
        pytest.param(("site-checksum-key",), id="one"),
        pytest.param(tuple(SECRETS), id="each", marks=pytest.mark.nightly),
    ],
)
@pytest.mark.timeout(400)
def test_a_secret_whose_values_live_on_is_not_made_anew_unless_it_is_given_up(
    kube: Kube, namespace: str, site: str, operator: OperatorProcess, names: tuple[str, ...]
) -> None:
    for name in names:
        _is_not_made_anew(kube, namespace, operator, name)

    old = kube.get(SECRET, namespace, "site-plugin-keys") or {}
    kube.delete(SECRET, namespace, "site-plugin-keys")
    wait_reason(kube, namespace, "WebReady", "SecretLost")
    accept(kube, namespace, old["metadata"]["uid"])
    wait_until(lambda: kube.get(SECRET, namespace, "site-plugin-keys"), what=operator.tail)
    kube.wait_condition(namespace, "site", "Ready", "True")
    assert (kube.get(SECRET, namespace, "site-plugin-keys") or {})["data"] != old["data"]


def _is_not_made_anew(kube: Kube, namespace: str, operator: OperatorProcess, name: str) -> None:
    before = versions([c for c in children(kube, namespace, "site") if _runs_pods(c)])
    old = kube.get(SECRET, namespace, name) or {}
    kube.delete(SECRET, namespace, name)
    for kind in SECRETS[name]:
        told = wait_reason(kube, namespace, kind, "SecretLost")
        assert name in told["message"] and old["metadata"]["uid"] in told["message"]
    wait_passes(operator)
    assert kube.get(SECRET, namespace, name) is None
    after = versions([c for c in children(kube, namespace, "site") if _runs_pods(c)])
    assert after == before, "pods are left alone"

    # Brought back as a person does it: the content, and nothing of ours.
    kube.create(SECRET, {"metadata": {"name": name, "namespace": namespace}, "data": old["data"]})
    kube.wait_condition(namespace, "site", "Ready", "True")
    wait_passes(operator)
    assert versions([c for c in children(kube, namespace, "site") if _runs_pods(c)]) == before
    assert (kube.get(SECRET, namespace, name) or {})["data"] == old["data"]


def _runs_pods(child: Manifest) -> bool:
    return child["kind"] in (STATEFUL_SET.name, DEPLOYMENT.name, "Job", "CronJob")
