"""kill -9 after the n-th write, for every n: the next start ends in the same final set.

The proxy kills the operator when the API server has carried out its n-th write, before the operator
hears of it. What was generated up to then must still be there, unchanged, when the next start is
done. Each point has a lane of its own, and four of them are worked on at a time.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from omero_operator.identity.kinds import PLATFORM
from operator_ring.children import canonical, children, secrets
from operator_ring.kube import SECONDS_TO_COLLECT, Kube, wait_until
from operator_ring.releases import Lane, lane

AT_ONCE = 4

CREATED = {"web": {"ingress": {"host": "kill.example.org"}}, "worker": {"replicas": 2}}
EDITED = {
    "web": {"replicas": 1, "config": {"omero.web.page_size": "9"}, "ingress": None},
    "worker": {"replicas": 1},
    "networkPolicy": {"enabled": False},
    "server": {"groups": [{"name": "lab"}]},
    "redis": {"maxMemory": "256Mi"},
}


@pytest.mark.timeout(900)
def test_create(kube: Kube, tmp_path: Path) -> None:
    def reference(own: Lane) -> tuple[int, Any]:
        create(own, "reference")
        writes = run_to_end(own, "reference")
        return len(writes), final_set(own, "reference")

    def point(own: Lane, number: int, wanted: Any) -> None:
        name = f"killed{number}"
        create(own, name)
        kill_at(own, number)
        generated = secrets(own.kube, own.namespace, name)
        run_to_end(own, name)
        assert final_set(own, name) == wanted, f"killed after write {number}"
        after = secrets(own.kube, own.namespace, name)
        assert generated.items() <= after.items(), f"regenerated after write {number}"

    assert at_every_point(kube, tmp_path, reference, point) > 40


@pytest.mark.timeout(900)
def test_edit(kube: Kube, tmp_path: Path) -> None:
    """An edit that adds, changes and prunes children."""

    def create_and_edit(own: Lane, name: str) -> None:
        create(own, name)
        run_to_end(own, name)
        own.kube.merge(PLATFORM, own.namespace, name, {"spec": EDITED})

    def reference(own: Lane) -> tuple[int, Any]:
        create_and_edit(own, "reference")
        writes = run_to_end(own, "reference")
        return len(writes), final_set(own, "reference")

    def point(own: Lane, number: int, wanted: Any) -> None:
        name = f"killed{number}"
        create_and_edit(own, name)
        generated = secrets(own.kube, own.namespace, name)
        kill_at(own, number)
        run_to_end(own, name)
        assert final_set(own, name) == wanted, f"killed after write {number}"
        assert secrets(own.kube, own.namespace, name) == generated

    assert at_every_point(kube, tmp_path, reference, point) > 15


@pytest.mark.timeout(300)
@pytest.mark.parametrize("policy", ["Retain", "Delete"])
@pytest.mark.parametrize("number", [1, 2], ids=["during", "after"])
def test_delete(kube: Kube, tmp_path: Path, policy: str, number: int) -> None:
    """A deletion is Kubernetes' work; the operator's one write, an Event, may be lost."""
    with lane(kube, tmp_path) as own:
        kube.platform(own.namespace, "site", {**CREATED, "deletionPolicy": policy})
        run_to_end(own, "site")
        own.proxy.reset()
        own.proxy.after_write = lambda count: own.operator.kill() if count == number else None
        own.operator.start().wait_active()
        kube.delete(PLATFORM, own.namespace, "site")
        wait_until(lambda: not _owned(own, "site"), SECONDS_TO_COLLECT)
        kept = {item["metadata"]["name"] for item in children(kube, own.namespace, "site")}
        assert bool(kept) == (policy == "Retain"), kept


def at_every_point(
    kube: Kube,
    folder: Path,
    reference: Callable[[Lane], tuple[int, Any]],
    point: Callable[[Lane, int, Any], None],
) -> int:
    """Run `point` for every write that `reference` counted; how many those were."""
    with lane(kube, folder) as own:
        total, wanted = reference(own)

    def one(number: int) -> None:
        with lane(kube, folder) as own:
            point(own, number, wanted)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(one, range(1, total + 1)))
    return total


def create(own: Lane, name: str) -> None:
    host = f"{name}.{own.namespace}.example.org"
    own.kube.platform(own.namespace, name, {**CREATED, "web": {"ingress": {"host": host}}})


def kill_at(own: Lane, number: int) -> None:
    """Start the operator and wait until it was killed at its n-th write."""
    own.proxy.reset()
    own.proxy.after_write = lambda count: own.operator.kill() if count == number else None
    own.operator.start()
    own.operator.wait_dead(60)


def run_to_end(own: Lane, name: str) -> list[str]:
    """Let the operator work undisturbed until it is done; the writes that it made."""
    own.proxy.reset()
    own.operator.start()

    def judged() -> bool:
        platform = own.kube.get(PLATFORM, own.namespace, name) or {}
        generation = platform["metadata"]["generation"]
        return bool(platform.get("status", {}).get("observedGeneration") == generation)

    wait_until(judged, 60, own.operator.tail)
    wait_until(lambda: own.operator.metric("omero_operator_queue_depth") == 0, 60)
    own.operator.kill()
    return list(own.proxy.writes)


def final_set(own: Lane, name: str) -> Any:
    """What is there, with the names of platform and namespace taken out, for comparison."""
    items = canonical(children(own.kube, own.namespace, name))
    text = json.dumps(items).replace(own.namespace, "NAMESPACE").replace(name, "NAME")
    return json.loads(text)


def _owned(own: Lane, name: str) -> list[Any]:
    return [
        item
        for item in children(own.kube, own.namespace, name)
        if item["metadata"].get("ownerReferences")
    ]
