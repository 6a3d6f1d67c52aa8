"""kill -9 after the n-th write: the next start ends in the same final set.

In every run n is the first write and some after it, at night every write; how the operator goes on
behind each third is in `tests/unit/operator/test_killed.py`.

The proxy kills the operator when the API server has carried out its n-th write, before the operator
hears of it. What was generated up to then must still be there, unchanged, when the next start is
done. Each point has a lane of its own, and four of them are worked on at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from omero_operator.identity.kinds import PLATFORM
from operator_ring.children import children, final_set, secrets
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


def distances(usual: int) -> pytest.MarkDecorator:
    """How many writes apart the kills are; at night there is one at each write."""
    at_night = pytest.param(1, id="each", marks=pytest.mark.nightly)
    return pytest.mark.parametrize("apart", [pytest.param(usual, id="some"), at_night])


@distances(20)
@pytest.mark.timeout(900)
def test_create(kube: Kube, tmp_path: Path, apart: int) -> None:
    def reference(own: Lane) -> tuple[int, Any]:
        create(own, "reference")
        writes = run_to_end(own, "reference")
        return len(writes), final_set(own.kube, own.namespace, "reference")

    def point(own: Lane, number: int, wanted: Any) -> bool:
        name = f"killed{number}"
        create(own, name)
        killed = kill_at(own, number, lambda: _is_done(own, name))
        generated = secrets(own.kube, own.namespace, name)
        run_to_end(own, name)
        assert final_set(own.kube, own.namespace, name) == wanted, f"killed after write {number}"
        after = secrets(own.kube, own.namespace, name)
        assert generated.items() <= after.items(), f"regenerated after write {number}"
        return killed

    assert kills(kube, tmp_path, apart, reference, point) >= 40 // apart


@distances(10)
@pytest.mark.timeout(900)
def test_edit(kube: Kube, tmp_path: Path, apart: int) -> None:
    """An edit that adds, changes and prunes children."""

    def create_and_edit(own: Lane, name: str) -> None:
        create(own, name)
        run_to_end(own, name)
        own.kube.merge(PLATFORM, own.namespace, name, {"spec": EDITED})

    def reference(own: Lane) -> tuple[int, Any]:
        create_and_edit(own, "reference")
        writes = run_to_end(own, "reference")
        return len(writes), final_set(own.kube, own.namespace, "reference")

    def point(own: Lane, number: int, wanted: Any) -> bool:
        name = f"killed{number}"
        create_and_edit(own, name)
        generated = secrets(own.kube, own.namespace, name)
        killed = kill_at(own, number, lambda: _is_done(own, name))
        run_to_end(own, name)
        assert final_set(own.kube, own.namespace, name) == wanted, f"killed after write {number}"
        assert secrets(own.kube, own.namespace, name) == generated
        return killed

    assert kills(kube, tmp_path, apart, reference, point) >= 15 // apart


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "number",
    [
        pytest.param(1, id="during"),
        pytest.param(2, id="after", marks=pytest.mark.nightly),
    ],
)
def test_delete(kube: Kube, tmp_path: Path, number: int) -> None:
    """Under Retain it is Kubernetes' work; the operator's one write, an Event, may be lost."""
    with lane(kube, tmp_path) as own:
        kube.platform(own.namespace, "site", CREATED)
        run_to_end(own, "site")
        own.proxy.reset()
        own.proxy.after_write = lambda count: own.operator.kill() if count == number else None
        own.operator.start().wait_active()
        kube.delete(PLATFORM, own.namespace, "site")
        wait_until(lambda: not _owned(own, "site"), SECONDS_TO_COLLECT)
        assert children(kube, own.namespace, "site")


@distances(9)
@pytest.mark.timeout(600)
def test_delete_with_its_data(kube: Kube, tmp_path: Path, apart: int) -> None:
    """Under Delete the operator deletes each volume and Secret, and then lets the platform go."""

    def create_and_delete(own: Lane, name: str) -> None:
        host = f"{name}.{own.namespace}.example.org"
        spec = {**CREATED, "web": {"ingress": {"host": host}}, "deletionPolicy": "Delete"}
        own.kube.platform(own.namespace, name, spec)
        run_to_end(own, name)
        own.kube.delete(PLATFORM, own.namespace, name)

    def run_until_gone(own: Lane, name: str) -> int:
        own.proxy.reset()
        own.operator.start()
        wait_until(lambda: own.kube.get(PLATFORM, own.namespace, name) is None, 180)
        own.operator.kill()
        # Kubernetes takes a deleted claim away a moment later; one that is not deleted stays.
        wait_until(lambda: not _data(own, name), SECONDS_TO_COLLECT)
        return len(own.proxy.writes)

    def reference(own: Lane) -> tuple[int, Any]:
        create_and_delete(own, "reference")
        return run_until_gone(own, "reference"), None

    def point(own: Lane, number: int, wanted: Any) -> bool:
        name = f"killed{number}"
        create_and_delete(own, name)
        killed = kill_at(own, number, lambda: own.kube.get(PLATFORM, own.namespace, name) is None)
        run_until_gone(own, name)
        return killed

    assert kills(kube, tmp_path, apart, reference, point) >= 10 // apart


def kills(
    kube: Kube,
    folder: Path,
    apart: int,
    reference: Callable[[Lane], tuple[int, Any]],
    point: Callable[[Lane, int, Any], bool],
) -> int:
    """Run `point` for the writes that `reference` counted; at how many it killed the operator."""
    with lane(kube, folder) as own:
        total, wanted = reference(own)

    def one(number: int) -> bool:
        with lane(kube, folder) as own:
            return point(own, number, wanted)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sum(pool.map(one, range(1, total + 1, apart)))


def create(own: Lane, name: str) -> None:
    host = f"{name}.{own.namespace}.example.org"
    own.kube.platform(own.namespace, name, {**CREATED, "web": {"ingress": {"host": host}}})


def kill_at(own: Lane, number: int, done: Callable[[], bool]) -> bool:
    """Start the operator and wait until it was killed at its n-th write.

    Returns:
        Whether it was. Some writes tell of what Kubernetes' controllers did meanwhile, so it may
        be done with fewer; it is killed then, too.
    """
    own.proxy.reset()
    own.proxy.after_write = lambda count: own.operator.kill() if count == number else None
    own.operator.start()
    wait_until(lambda: not own.operator.running() or done(), 180, own.operator.tail)
    killed = not own.operator.running()
    own.operator.kill()
    return killed


def run_to_end(own: Lane, name: str) -> list[str]:
    """Let the operator work undisturbed until it is done; the writes that it made."""
    own.proxy.reset()
    own.operator.start()
    wait_until(lambda: _is_done(own, name), 180, own.operator.tail)
    own.operator.kill()
    return list(own.proxy.writes)


def _is_done(own: Lane, name: str) -> bool:
    """Whether the operator has looked at the present specification and waits for nothing."""
    platform = own.kube.get(PLATFORM, own.namespace, name) or {}
    generation = platform["metadata"]["generation"]
    judged = platform.get("status", {}).get("observedGeneration") == generation
    return judged and own.operator.metric("omero_operator_queue_depth") == 0


def _data(own: Lane, name: str) -> list[str]:
    kinds = ("PersistentVolumeClaim", "Secret")
    found = children(own.kube, own.namespace, name)
    return [item["metadata"]["name"] for item in found if item["kind"] in kinds]


def _owned(own: Lane, name: str) -> list[Any]:
    return [
        item
        for item in children(own.kube, own.namespace, name)
        if item["metadata"].get("ownerReferences")
    ]
