"""Names of Services as nginx can look them up: it knows no search domains."""

from __future__ import annotations

import pytest
from omero_web_container.front_grafana import _looked_up

CLUSTER = """search omero.svc.cluster.local svc.cluster.local cluster.local
nameserver 10.96.0.10
options ndots:5
"""
ASKS = "resolver 10.96.0.10 valid=10s;"


@pytest.mark.parametrize(
    ("host", "conf", "expected"),
    [
        ("grafana", CLUSTER, ("grafana.omero.svc.cluster.local", ASKS)),
        ("grafana.monitoring", CLUSTER, ("grafana.monitoring.svc.cluster.local", ASKS)),
        ("grafana.monitoring.svc", CLUSTER, ("grafana.monitoring.svc.cluster.local", ASKS)),
        ("g.m.svc.cluster.local", CLUSTER, ("g.m.svc.cluster.local", ASKS)),
        ("grafana.example.org", CLUSTER, ("grafana.example.org", ASKS)),
        ("grafana", "nameserver fd00::a\nnameserver 10.0.0.1\n",
         ("grafana", "resolver [fd00::a] 10.0.0.1 valid=10s;")),
        ("grafana", "search\nnameserver\n", ("grafana", "")),
        ("127.0.0.1", CLUSTER, ("127.0.0.1", "")),
        ("fd00::1", CLUSTER, ("[fd00::1]", "")),
    ],
)  # fmt: skip
def test_a_name_is_made_whole(host: str, conf: str, expected: tuple[str, str]) -> None:
    assert _looked_up(host, conf) == expected
