"""A whole site on the running cluster: from `kubectl apply` to Ready, with real pods."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from benchmarks.samples import Figure
from omero_ci.console import step
from omero_ci.paths import ROOT
from operator_ring.kube import NAMESPACE, Kube, wait_until
from tools.common.errors import CommandError


def measure(samples: int) -> list[Figure]:
    """Time the start of a site, images present.

    Args:
        samples: How often; each takes a minute or so.

    Raises:
        CommandError: No cluster with the operator is running.
    """
    shown = subprocess.run(
        [str(ROOT / "ci" / "cluster"), "kubeconfig"], capture_output=True, text=True
    )
    if shown.returncode:
        raise CommandError("no cluster is running: `make demo` starts one with the operator")
    kube = Kube(Path(shown.stdout.strip()))
    seconds = []
    for number in range(samples):
        with step(f"a site from nothing, {number + 1} of {samples}"):
            seconds.append(_start(kube, f"benchmark-{number}"))
    kube.close()
    return [Figure("site_ready", "CR applied: Ready (real pods)", 90.0, seconds)]


def _start(kube: Kube, namespace: str) -> float:
    kube.namespace(namespace)
    started = time.monotonic()
    host = f"{namespace}.localhost"
    spec = {"deletionPolicy": "Delete", "web": {"ingress": {"host": host, "port": 8080}}}
    kube.platform(namespace, "site", spec)
    kube.wait_condition(namespace, "site", "Ready", "True", seconds=300)
    taken = time.monotonic() - started
    kube.delete(NAMESPACE, None, namespace)
    wait_until(lambda: kube.get(NAMESPACE, None, namespace) is None, 400)
    return taken
