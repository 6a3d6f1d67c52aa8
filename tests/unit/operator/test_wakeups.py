"""Which events wake which platform, and what is said after a deletion."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import kopf
import pytest

from omero_operator.cluster.errors import LeadershipLostError
from omero_operator.handlers import process, wakeups
from omero_operator.handlers.process import Parts
from omero_operator.identity.kinds import CHILD_KINDS, PLATFORM, POD, Manifest
from omero_operator.liveness import PASS_LIMIT, PATIENCE, WatchAudit
from omero_operator.reconcile import Key
from operator_builders import NAME, NAMESPACE, Cluster, platform, pod

VOLUMES = {"dataVolumes": [{"component": "server", "claim": "c1"}, {"claim": "c2"}]}


class Queue:
    """Keeps what it was asked."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Key]] = []
        self.longest = 0.0

    def add(self, key: Key) -> None:
        self.calls.append(("add", key))

    def wake(self, key: Key) -> None:
        self.calls.append(("wake", key))

    def forget(self, key: Key) -> None:
        self.calls.append(("forget", key))

    def longest_pass(self) -> float:
        return self.longest


class World:
    """A process's parts, with a queue that only notes."""

    def __init__(self, active: bool = True) -> None:
        self.cluster = Cluster()
        self.queue = Queue()
        self.now = 0.0
        self.audit = WatchAudit(lambda: self.now)
        lease = SimpleNamespace(held=lambda: active)
        self.parts = cast(
            Parts,
            SimpleNamespace(
                api=self.cluster, queue=self.queue, audit=self.audit, lease=lease, specs={}
            ),
        )
        self.memo = SimpleNamespace(parts=self.parts)

    def send(self, handler: Any, body: Manifest, kind: str = "MODIFIED") -> None:
        metadata = body["metadata"]
        asyncio.run(
            handler(
                memo=self.memo,
                namespace=metadata.get("namespace", NAMESPACE),
                name=metadata["name"],
                body=body,
                type=kind,
            )
        )

    def events(self) -> list[Manifest]:
        return [i for (k, _, _), i in self.cluster.objects.items() if k == "Event"]


@pytest.mark.parametrize("kind", [None, "ADDED", "MODIFIED"])
def test_platform_is_looked_after(kind: str) -> None:
    world = World()
    world.send(wakeups._platform_changed, platform(), kind)
    assert world.queue.calls == [("add", Key(NAMESPACE, NAME))]


def test_deleted_platform_is_forgotten_and_its_data_named() -> None:
    world = World()
    world.send(wakeups._platform_changed, platform(status=VOLUMES), "DELETED")
    assert world.queue.calls == [("forget", Key(NAMESPACE, NAME))]
    (event,) = world.events()
    assert event["reason"] == "DataRetained"
    assert "the claims c1, c2" in event["message"]


@pytest.mark.parametrize(
    ("spec", "status", "active"),
    [
        ({"deletionPolicy": "Delete"}, VOLUMES, True),
        ({}, {}, True),
        ({}, VOLUMES, False),
    ],
    ids=["deleted with its data", "no data yet", "another replica speaks"],
)
def test_nothing_is_said_where_nothing_stays(
    spec: Manifest, status: Manifest, active: bool
) -> None:
    world = World(active)
    world.send(wakeups._platform_changed, platform(spec, status=status), "DELETED")
    assert world.events() == []


def test_lease_that_is_lost_meanwhile_is_no_error() -> None:
    world = World()

    def lost(call: str) -> None:
        raise LeadershipLostError(call)

    world.cluster.before = lost
    world.send(wakeups._platform_changed, platform(status=VOLUMES), "DELETED")
    assert world.events() == []


def child(version: str = "1", **metadata: Any) -> Manifest:
    item = pod("web")
    return {**item, "metadata": {**item["metadata"], "uid": "u", "resourceVersion": version}}


def test_change_of_a_child_wakes_its_platform() -> None:
    world = World()
    world.send(wakeups._child_changed, child())
    assert world.queue.calls == [("wake", Key(NAMESPACE, NAME))]


def test_figures_of_an_autoscaler_wake_nobody() -> None:
    """Its controller writes them every fifteen seconds."""
    world = World()
    item = {**child(), "kind": "HorizontalPodAutoscaler", "spec": {"maxReplicas": 3}}
    for version, fields in [
        ("1", {}),
        ("2", {"status": {"currentReplicas": 2}}),
        ("3", {"spec": {"maxReplicas": 9}}),
        ("4", {"status": {"currentReplicas": 5}, "spec": {"maxReplicas": 9}}),
    ]:
        metadata = {**item["metadata"], "resourceVersion": version}
        world.send(wakeups._child_changed, {**item, **fields, "metadata": metadata})
    assert [call for call, _ in world.queue.calls] == ["wake", "wake"]
    world.send(wakeups._child_changed, item, "DELETED")
    assert len(world.queue.calls) == 3
    assert world.parts.specs == {}


def test_child_without_a_platform_wakes_nobody() -> None:
    world = World()
    item = child()
    del item["metadata"]["labels"]
    world.send(wakeups._child_changed, item)
    assert world.queue.calls == []


def test_events_of_platforms_keep_their_watch_alive() -> None:
    world = World()
    item = platform()
    world.audit.listed([item])
    world.now += PATIENCE
    world.send(wakeups._platform_changed, item)
    world.audit.listed([item])
    world.now += 2 * PATIENCE
    assert world.audit.dead() == []
    world.send(wakeups._platform_changed, item, "DELETED")
    assert world.audit._reported == {}


def test_events_of_children_keep_the_watch_alive() -> None:
    world = World()
    world.send(wakeups._child_changed, child("7"))
    world.audit.listed([child("7")])
    world.now += 2 * PATIENCE
    assert world.audit.dead() == []


def test_every_kind_is_watched() -> None:
    """A kind that is not would be repaired only by the next full pass."""
    shared = kopf.get_default_registry()
    kopf.set_default_registry(kopf.OperatorRegistry())
    try:
        handlers = wakeups.registry()._watching.get_all_handlers()
    finally:
        kopf.set_default_registry(shared)
    watched = {
        (h.selector.group, h.selector.version, h.selector.any_name) for h in handlers if h.selector
    }
    assert watched == {
        (kind.group, kind.version, kind.plural) for kind in (*CHILD_KINDS, POD, PLATFORM)
    }


def probe(world: World) -> str:
    return asyncio.run(process.watches(world.memo.parts))


def test_probe_says_alive() -> None:
    assert probe(World()) == "alive"


def test_probe_names_a_dead_watch() -> None:
    world = World()
    world.audit.listed([child()])
    world.now += PATIENCE + 1
    with pytest.raises(kopf.PermanentError, match="the watch of Pod no longer reports events"):
        probe(world)


def test_probe_tells_of_a_hanging_pass() -> None:
    world = World()
    world.queue.longest = PASS_LIMIT + 1
    with pytest.raises(kopf.PermanentError, match="a pass has been running"):
        probe(world)
