"""What is left in the process of platforms that are gone: nothing."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from omero_operator import metrics, work_queue
from omero_operator.cluster.additions import Additions
from omero_operator.cluster.repairs import Repairs
from omero_operator.handlers import wakeups
from omero_operator.identity.labels import INSTANCE, PAUSED
from omero_operator.liveness import WatchAudit
from omero_operator.reconcile import Reconciler
from omero_operator.state.observed import Manifest
from omero_operator.work_queue import WorkQueue
from operator_builders import IMAGES, NAMESPACE, Cluster, platform, pod

PLATFORMS = 50
OF_PLATFORMS = (metrics.CONDITIONS, metrics.NEXT_ATTEMPT, metrics.LAST_SUCCESS, metrics.REPAIRS)
FULL_PASS = 0.3


async def always() -> None:
    """This replica is the active one."""


class Process:
    """Handlers, queue and reconciler as the process has them, over a cluster in memory."""

    def __init__(self) -> None:
        self.cluster = Cluster()
        self.audit = WatchAudit()
        reconciler = Reconciler(
            self.cluster, IMAGES, (), self.audit, Additions(self.cluster, 120), Repairs(120)
        )
        self.queue = WorkQueue(reconciler.run, always, FULL_PASS)
        lease = SimpleNamespace(held=lambda: False)
        self._memo = SimpleNamespace(
            parts=SimpleNamespace(queue=self.queue, audit=self.audit, lease=lease, api=self.cluster)
        )

    async def tell(self, handler: Any, body: Manifest, kind: str) -> None:
        """An event, as Kopf hands it over."""
        name = body["metadata"]["name"]
        await handler(memo=self._memo, namespace=NAMESPACE, name=name, body=body, type=kind)


def samples() -> list[tuple[str, str]]:
    """Platforms that a metric speaks of."""
    families = [family for metric in OF_PLATFORMS for family in metric.collect()]
    found = [sample.labels for family in families for sample in family.samples]
    return [(labels["namespace"], labels["platform"]) for labels in found]


async def until(condition: Any) -> None:
    while not condition():  # noqa: ASYNC110 - asked from outside; it has no event
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("event", ["reported", "lost"])
def test_nothing_is_left_of_fifty(event: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their children go seconds later or stay for ever, and tell of it all the time."""
    monkeypatch.setattr(work_queue, "GATHER", 0.01)
    # Other tests leave theirs.
    for place in samples():
        metrics.forget(*place)
    # A paused one has a status, metrics and full passes like any other, and costs little.
    platforms = [platform(name=f"p{i}", annotations={PAUSED: "true"}) for i in range(PLATFORMS)]

    async def scenario() -> None:
        before = len(asyncio.all_tasks())
        process = Process()
        for item in platforms:
            process.cluster.add(item)
            await process.tell(wakeups._platform_changed, item, "ADDED")
        await until(lambda: len(set(samples())) == PLATFORMS)
        assert len(process.queue) == PLATFORMS
        for item in platforms:
            del process.cluster.objects["OmeroPlatform", NAMESPACE, item["metadata"]["name"]]
            if event == "reported":
                await process.tell(wakeups._platform_changed, item, "DELETED")
        for kind in ("MODIFIED", "DELETED"):
            for item in platforms:
                child = pod("web")
                child["metadata"] |= {"uid": "u", "resourceVersion": "1"}
                child["metadata"]["labels"][INSTANCE] = item["metadata"]["name"]
                await process.tell(wakeups._child_changed, child, kind)
            await asyncio.sleep(2 * FULL_PASS)
        await until(lambda: len(process.queue) == 0)
        await until(lambda: len(asyncio.all_tasks()) == before)
        assert samples() == []
        assert process.audit._missed == {}
        assert metrics.QUEUE_DEPTH._value.get() == 0

    asyncio.run(asyncio.wait_for(scenario(), 20))
