"""What a cluster lacks is not asked for in each pass."""

from __future__ import annotations

import asyncio

from omero_operator.cluster.discovery import Discovery
from omero_operator.cluster.observe import observe
from omero_operator.identity.kinds import CHILD_KINDS, HTTP_ROUTE
from operator_builders import NAME, NAMESPACE, Cluster

OPTIONAL = {kind.name for kind in CHILD_KINDS if kind.optional}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def asked(cluster: Cluster, discovery: Discovery, *wanted: str) -> set[str]:
    """Optional kinds that a pass asks for."""
    calls: list[str] = []
    cluster.before = calls.append
    seen, unreadable = asyncio.run(observe(cluster, NAMESPACE, NAME, wanted, discovery))
    assert not unreadable
    assert seen.absent == cluster.unserved
    return {call.split()[1].rstrip("/") for call in calls} & OPTIONAL


def test_missing_kinds_are_asked_for_again_after_a_while_or_when_needed() -> None:
    cluster, clock = Cluster(), Clock()
    cluster.unserved = set(OPTIONAL)
    discovery = Discovery(clock)
    assert asked(cluster, discovery) == OPTIONAL
    assert asked(cluster, discovery) == set()
    assert asked(cluster, discovery, HTTP_ROUTE.name, "Service") == {HTTP_ROUTE.name}
    clock.now = 301.0
    assert asked(cluster, discovery) == OPTIONAL


def test_a_kind_that_comes_is_noticed_once() -> None:
    cluster, clock = Cluster(), Clock()
    cluster.unserved = set(OPTIONAL)
    discovery, told = Discovery(clock), []
    discovery.appeared = lambda: told.append("appeared")
    asked(cluster, discovery)
    cluster.unserved = OPTIONAL - {HTTP_ROUTE.name}
    for _ in range(2):
        asked(cluster, discovery, HTTP_ROUTE.name)
    assert told == ["appeared"]
    assert HTTP_ROUTE.name in asked(cluster, discovery)


def test_kinds_that_were_always_there_are_no_news() -> None:
    cluster, discovery, told = Cluster(), Discovery(), []
    discovery.appeared = lambda: told.append("appeared")
    assert asked(cluster, discovery) == OPTIONAL
    assert told == []
