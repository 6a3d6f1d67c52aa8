"""The operator against a real API server: create, edit, repair. No node; the kubelet is played."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from benchmarks.samples import Figure
from omero_ci.console import step
from omero_operator.identity.kinds import CONFIG_MAP, CRON_JOB, DEPLOYMENT, PLATFORM, SERVICE
from operator_ring.api_server import api_server
from operator_ring.children import children, names
from operator_ring.kube import NAMESPACE, Kube
from operator_ring.kubelet import PlayedKubelet
from operator_ring.process import OperatorProcess, kubeconfig
from operator_ring.releases import install

CLUSTER = "benchmark"
NAME = "bench"
SPEC = {"web": {"ingress": {"host": "bench.example.org"}}, "worker": {"replicas": 2}}


def measure(samples: int) -> list[Figure]:
    """Take all figures.

    Args:
        samples: How many of each.
    """
    with api_server(CLUSTER) as kube, _operator(kube), PlayedKubelet(kube):
        with step(f"create and ready, {samples} times"):
            created, ready = _creations(kube, samples)
        with step(f"edit and repair, {samples} times each"):
            edited, deleted, changed = _repairs(kube, samples)
    return [
        Figure("create_children", "CR applied: all children on the API server", 2.0, created),
        Figure("create_ready_played", "CR applied: Ready (kubelet played)", 90.0, ready),
        Figure("edit_child", "spec edited: the child is written", 1.0, edited),
        Figure("repair_deleted", "child deleted: it is back", 2.0, deleted),
        Figure("repair_edited", "child edited: it is put back", 2.0, changed),
    ]


@contextmanager
def _operator(kube: Kube) -> Iterator[OperatorProcess]:
    """A cluster-wide operator with the chart's rights."""
    release = install(kube, "benchmark")
    with tempfile.TemporaryDirectory() as folder:
        config = kubeconfig(Path(folder) / "kubeconfig", kube.server, release.token, kube.ca)
        operator = OperatorProcess(config, Path(folder), LEASE_NAME=release.lease)
        operator.start().wait_active()
        yield operator
        operator.stop()


def _creations(kube: Kube, samples: int) -> tuple[list[float], list[float]]:
    created, ready = [], []
    expected: list[str] = []
    for number in range(samples):
        namespace = kube.namespace(f"create-{number}")
        started = time.monotonic()
        spec = {"web": {"ingress": {"host": f"n{number}.example.org"}}, "worker": {"replicas": 2}}
        kube.platform(namespace, NAME, spec)
        # The last row of the plan; the whole set is compared afterwards.
        last = partial(kube.get, CRON_JOB, namespace, f"{NAME}-reindex")
        created.append(_until(last, started))
        found = names(children(kube, namespace, NAME))
        expected = expected or found
        if found != expected:
            raise AssertionError(f"incomplete: {set(expected) ^ set(found)}")
        ready.append(_until(partial(_ready, kube, namespace), started))
        kube.delete(PLATFORM, namespace, NAME)
        kube.delete(NAMESPACE, None, namespace)
    return created, ready


def _ready(kube: Kube, namespace: str) -> bool:
    return bool(kube.condition(namespace, NAME, "Ready")["status"] == "True")


def _repairs(kube: Kube, samples: int) -> tuple[list[float], list[float], list[float]]:
    namespace = kube.namespace("repair")
    kube.platform(namespace, NAME, SPEC)
    kube.wait_condition(namespace, NAME, "Ready", "True", seconds=60)
    edited, deleted, changed = [], [], []

    def has_value(number: int) -> bool:
        deployment = kube.get(DEPLOYMENT, namespace, f"{NAME}-worker") or {}
        env = deployment["spec"]["template"]["spec"]["containers"][0]["env"]
        return {"name": "WORKER_CONCURRENCY", "value": str(number)} in env

    def uid() -> str:
        found = kube.get(CONFIG_MAP, namespace, f"{NAME}-web") or {"metadata": {"uid": ""}}
        return str(found["metadata"]["uid"])

    def is_new(old: str) -> bool:
        return uid() not in ("", old)

    def selector(service: str) -> object:
        return (kube.get(SERVICE, namespace, service) or {})["spec"]["selector"]

    # One after the other: a child that is changed again and again is put back less often.
    services = [
        f"{NAME}-{component}" for component in ("db", "plugin-db", "redis", "server", "web")
    ]
    whole = {service: selector(service) for service in services}

    def is_whole(service: str) -> bool:
        return selector(service) == whole[service]

    for number in range(samples):
        target = 3 + number % 50
        started = time.monotonic()
        kube.merge(PLATFORM, namespace, NAME, {"spec": {"worker": {"concurrency": target}}})
        edited.append(_until(partial(has_value, target), started))
        kube.wait_condition(namespace, NAME, "Ready", "True", seconds=60)

        before = uid()
        started = time.monotonic()
        kube.delete(CONFIG_MAP, namespace, f"{NAME}-web")
        deleted.append(_until(partial(is_new, before), started))

        started = time.monotonic()
        service = services[number % len(services)]
        broken = {"spec": {"selector": {"app.kubernetes.io/component": "broken"}}}
        kube.merge(SERVICE, namespace, service, broken)
        changed.append(_until(partial(is_whole, service), started))
        # Two repairs back to back would measure the second from inside the first one's pass.
        time.sleep(0.3)
    return edited, deleted, changed


def _until(holds: Callable[[], object], started: float) -> float:
    """Seconds from `started` until something holds, looked at every 5 ms."""
    while not holds():
        if time.monotonic() - started > 120:
            raise AssertionError("not within 120 s")
        time.sleep(0.005)
    return time.monotonic() - started
