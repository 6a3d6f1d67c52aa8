"""A settled platform is left alone: no write in five minutes, none over a restart."""

from __future__ import annotations

import time

import pytest

from omero_operator.identity.kinds import PLATFORM
from operator_ring.children import children, versions
from operator_ring.kube import Kube
from operator_ring.kubelet import PlayedKubelet
from operator_ring.process import PASSES, OperatorProcess

QUIET_SECONDS = 300
RESTART_SECONDS = 20


@pytest.mark.timeout(QUIET_SECONDS + 180)
def test_no_write_in_five_minutes_and_over_a_restart(
    kube: Kube, namespace: str, operator: OperatorProcess, kubelet: PlayedKubelet
) -> None:
    spec = {"web": {"ingress": {"host": "settled.example.org"}}, "worker": {"replicas": 2}}
    kube.platform(namespace, "site", spec)
    kube.wait_condition(namespace, "site", "Ready", "True")
    operator.wait_still()

    before = versions(children(kube, namespace, "site"))
    platform = kube.get(PLATFORM, namespace, "site") or {}
    writes = operator.writes()
    assert writes > 40
    time.sleep(QUIET_SECONDS)
    assert operator.writes() == writes, operator.tail()
    assert versions(children(kube, namespace, "site")) == before

    operator.stop()
    operator.start().wait_active()
    time.sleep(RESTART_SECONDS)
    assert operator.metric(PASSES) >= 1
    assert operator.writes() == 0, operator.tail()
    assert versions(children(kube, namespace, "site")) == before
    after = kube.get(PLATFORM, namespace, "site") or {}
    assert after["metadata"]["resourceVersion"] == platform["metadata"]["resourceVersion"]
