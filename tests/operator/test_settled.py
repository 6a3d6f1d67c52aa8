"""A settled platform is left alone: no write in seven passes, none over a restart."""

from __future__ import annotations

import pytest

from operator_ring.kube import Kube
from operator_ring.kubelet import PlayedKubelet
from operator_ring.quiet import FULL_PASS, assert_no_write, wait_quiet
from operator_ring.releases import MakeOperator


@pytest.mark.timeout(300)
def test_no_write_in_seven_passes_and_over_a_restart(
    kube: Kube, namespace: str, make_operator: MakeOperator, kubelet: PlayedKubelet
) -> None:
    operator = make_operator(FULL_PASS_SECONDS=FULL_PASS)
    operator.wait_active()
    spec = {"web": {"ingress": {"host": "settled.example.org"}}, "worker": {"replicas": 2}}
    kube.platform(namespace, "site", spec)
    kube.wait_condition(namespace, "site", "Ready", "True")
    wait_quiet(operator)
    assert operator.writes() > 40
    assert_no_write(kube, namespace, "site", operator)

    operator.stop()
    operator.start().wait_active()
    assert_no_write(kube, namespace, "site", operator)
    assert operator.writes() == 0, operator.tail()
