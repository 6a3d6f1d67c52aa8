"""kill -9 after the n-th write, for every n: the next start ends in the same final set.

The proxy kills the operator when the API server has carried out its n-th write, before the operator
hears of it. What was generated up to then must still be there, unchanged, when the next start is
done.
"""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from omero_operator.identity.kinds import PLATFORM
from operator_ring.children import canonical, children, secrets
from operator_ring.kube import Kube, wait_until
from operator_ring.process import OperatorProcess
from operator_ring.proxy import Proxy
from operator_ring.releases import MakeOperator

CREATED = {"web": {"ingress": {"host": "kill.example.org"}}, "worker": {"replicas": 2}}
EDITED = {
    "web": {"replicas": 1, "config": {"omero.web.page_size": "9"}, "ingress": None},
    "worker": {"replicas": 1},
    "networkPolicy": {"enabled": False},
    "server": {"groups": [{"name": "lab"}]},
    "redis": {"maxMemory": "256Mi"},
}

_numbers = itertools.count(1)


@pytest.fixture
def killer(proxy: Proxy, make_operator: MakeOperator) -> OperatorProcess:
    """An operator behind the proxy; not running yet."""
    operator: OperatorProcess = make_operator(proxy)
    operator.kill()
    return operator


def settle(kube: Kube, namespace: str, name: str, operator: OperatorProcess) -> None:
    """Wait until the status speaks of the present specification and nothing changes any more."""

    def judged() -> bool:
        platform = kube.get(PLATFORM, namespace, name) or {}
        generation = platform["metadata"]["generation"]
        return bool(platform.get("status", {}).get("observedGeneration") == generation)

    wait_until(judged, 30, operator.tail)


def kill_at(proxy: Proxy, operator: OperatorProcess, number: int) -> None:
    """Start the operator and kill it at its n-th write; return when it is dead or settled."""
    proxy.reset()
    proxy.after_write = lambda count: operator.kill() if count == number else None
    operator.start()


def run_to_end(
    kube: Kube, namespace: str, name: str, proxy: Proxy, operator: OperatorProcess
) -> list[str]:
    """Let the operator work undisturbed; the writes that it made."""
    proxy.reset()
    if not operator.running():
        operator.start()
    settle(kube, namespace, name, operator)
    wait_until(lambda: operator.metric("omero_operator_queue_depth") == 0)
    writes = list(proxy.writes)
    operator.kill()
    return writes


@pytest.mark.timeout(900)
def test_create(kube: Kube, namespace: str, proxy: Proxy, killer: OperatorProcess) -> None:
    kube.platform(namespace, "reference", CREATED)
    total = len(run_to_end(kube, namespace, "reference", proxy, killer))
    assert total > 40
    wanted = _neutral(canonical(children(kube, namespace, "reference")), "reference")
    _remove(kube, namespace, "reference")

    for number in range(1, total + 1):
        name = f"n{number}"
        kube.platform(namespace, name, CREATED)
        kill_at(proxy, killer, number)
        killer.wait_dead(30)
        generated = secrets(kube, namespace, name)
        run_to_end(kube, namespace, name, proxy, killer)
        found = _neutral(canonical(children(kube, namespace, name)), name)
        assert found == wanted, f"killed after write {number}"
        after = secrets(kube, namespace, name)
        assert generated.items() <= after.items(), f"regenerated after write {number}"
        _remove(kube, namespace, name)


@pytest.mark.timeout(900)
def test_edit(kube: Kube, namespace: str, proxy: Proxy, killer: OperatorProcess) -> None:
    """An edit that adds, changes and prunes children."""

    def create_and_edit(name: str) -> None:
        kube.platform(namespace, name, CREATED)
        run_to_end(kube, namespace, name, proxy, killer)
        kube.merge(PLATFORM, namespace, name, {"spec": EDITED})

    create_and_edit("reference")
    total = len(run_to_end(kube, namespace, "reference", proxy, killer))
    assert total > 15
    wanted = _neutral(canonical(children(kube, namespace, "reference")), "reference")
    _remove(kube, namespace, "reference")

    for number in range(1, total + 1):
        name = f"n{number}"
        create_and_edit(name)
        generated = secrets(kube, namespace, name)
        kill_at(proxy, killer, number)
        killer.wait_dead(30)
        run_to_end(kube, namespace, name, proxy, killer)
        found = _neutral(canonical(children(kube, namespace, name)), name)
        assert found == wanted, f"killed after write {number}"
        assert secrets(kube, namespace, name) == generated
        _remove(kube, namespace, name)


@pytest.mark.timeout(300)
def test_delete(kube: Kube, namespace: str, proxy: Proxy, killer: OperatorProcess) -> None:
    """A deletion is Kubernetes' work; the operator's one write, an Event, may be lost."""
    for number, policy in ((1, "Retain"), (2, "Retain"), (1, "Delete")):
        name = f"d{next(_numbers)}"
        kube.platform(namespace, name, {**CREATED, "deletionPolicy": policy})
        run_to_end(kube, namespace, name, proxy, killer)
        kill_at(proxy, killer, number)
        killer.wait_active()
        kube.delete(PLATFORM, namespace, name)
        wait_until(lambda name=name: not _owned(kube, namespace, name), 60)
        if killer.running():
            killer.kill()
        kept = {item["metadata"]["name"] for item in children(kube, namespace, name)}
        assert bool(kept) == (policy == "Retain"), kept


def _owned(kube: Kube, namespace: str, name: str) -> list[Any]:
    return [
        item for item in children(kube, namespace, name) if item["metadata"].get("ownerReferences")
    ]


def _neutral(items: dict[str, Any], name: str) -> Any:
    """The set with the platform's name taken out, so that sets of two platforms compare."""
    return json.loads(json.dumps(items).replace(name, "NAME"))


def _remove(kube: Kube, namespace: str, name: str) -> None:
    kube.delete(PLATFORM, namespace, name)
    wait_until(lambda: not _owned(kube, namespace, name), 60)
