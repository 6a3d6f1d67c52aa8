"""What Flux and other users of kstatus see of a platform that a real operator looks after."""

from __future__ import annotations

import kstatus
from omero_operator.identity.kinds import PLATFORM
from omero_operator.identity.labels import PAUSED
from operator_ring.kube import SMALL, Kube, Manifest, wait_until
from operator_ring.kubelet import PlayedKubelet
from operator_ring.process import PASSES, OperatorProcess


def platform(kube: Kube, namespace: str) -> Manifest:
    found = kube.get(PLATFORM, namespace, "site")
    assert found is not None
    return found


def read(kube: Kube, namespace: str) -> str:
    return kstatus.status(platform(kube, namespace))


def pause(kube: Kube, namespace: str, value: str | None) -> None:
    kube.merge(PLATFORM, namespace, "site", {"metadata": {"annotations": {PAUSED: value}}})


def test_a_new_platform_is_not_taken_for_one_in_order(kube: Kube, namespace: str) -> None:
    """No operator has looked at it: kstatus takes a resource without a status for current."""
    made = kube.platform(namespace, "site")
    assert kstatus.status(made) == read(kube, namespace) == "InProgress"


def test_an_edit_waits_while_paused_and_an_invalid_specification_has_failed_until_mended(
    kube: Kube, namespace: str, operator: OperatorProcess, kubelet: PlayedKubelet
) -> None:
    kube.platform(namespace, "site", SMALL)
    kube.wait_condition(namespace, "site", "Ready", "True")
    wait_until(lambda: read(kube, namespace) == "Current")
    _edited_while_paused(kube, namespace, operator)

    kube.merge(PLATFORM, namespace, "site", {"spec": {"timeZone": "Nowhere/Land"}})
    wait_until(lambda: read(kube, namespace) == "Failed")
    assert "spec.timeZone" in kube.condition(namespace, "site", "Stalled")["message"]
    kube.merge(PLATFORM, namespace, "site", {"spec": {"timeZone": "UTC"}})
    wait_until(lambda: read(kube, namespace) == "Current")

    kube.delete(PLATFORM, namespace, "site")
    gone = kube.get(PLATFORM, namespace, "site")
    assert gone is None or kstatus.status(gone) == "Terminating"


def _edited_while_paused(kube: Kube, namespace: str, operator: OperatorProcess) -> None:
    pause(kube, namespace, "true")
    kube.wait_condition(namespace, "site", "Paused", "True")
    assert read(kube, namespace) == "Current"

    seen = operator.metric(PASSES)
    kube.merge(PLATFORM, namespace, "site", {"spec": {"web": {"replicas": 3}}})
    generation = platform(kube, namespace)["metadata"]["generation"]
    words = f"generation {generation} waits"
    wait_until(lambda: words in kube.condition(namespace, "site", "Paused")["message"])
    assert operator.metric(PASSES) > seen
    now = platform(kube, namespace)
    assert kstatus.status(now) == "InProgress"
    assert now["status"]["observedGeneration"] == generation - 1
    ready = kube.condition(namespace, "site", "Ready")
    assert (ready["status"], ready["observedGeneration"]) == ("True", generation - 1)

    pause(kube, namespace, None)
    wait_until(lambda: platform(kube, namespace)["status"]["observedGeneration"] == generation)
    wait_until(lambda: read(kube, namespace) == "Current")
    assert kube.condition(namespace, "site", "Paused")["status"] == "False"
