"""The running operator answers the kubelet and Prometheus on both families of addresses."""

from __future__ import annotations

import httpx
import pytest

from operator_ring.kube import wait_until
from operator_ring.releases import MakeOperator


@pytest.mark.parametrize("address", ["127.0.0.1", "[::1]"])
def test_both_ports_answer(make_operator: MakeOperator, address: str) -> None:
    operator = make_operator(HEALTH_HOST="")
    wait_until(lambda: _answers(f"http://{address}:{operator.health_port}/healthz"))
    assert _answers(f"http://{address}:{operator.metrics_port}/metrics")


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).status_code == 200
    except httpx.ConnectError:
        return False
