"""A running site that many tests of one process change, each a little."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from omero_operator.identity.kinds import PLATFORM
from operator_ring.kube import Kube, Manifest, wait_until
from operator_ring.kubelet import PlayedKubelet
from operator_ring.process import PASSES, OperatorProcess
from operator_ring.releases import install_for, operator_of, own_namespace

NAME: Final = "site"
# Each process has its own: a host belongs to one site of a cluster.
HOST: Final = f"shared-{os.environ.get('PYTEST_XDIST_WORKER', 'gw')}.example.org"
SPEC: Final = {"web": {"ingress": {"host": HOST}}, "worker": {"replicas": 2}}


@dataclass(frozen=True)
class SharedSite:
    """A platform `site` with an operator and a played kubelet of its own.

    Attributes:
        kube: The administrator's client.
        namespace: Where the platform is.
        operator: The process that looks after it.
    """

    kube: Kube
    namespace: str
    operator: OperatorProcess
    _looks: Iterator[int] = field(default_factory=itertools.count)

    def platform(self) -> Manifest:
        """The platform as it is."""
        return self.kube.get(PLATFORM, self.namespace, NAME) or {}

    def edit(self, spec: dict[str, Any]) -> None:
        """Change its specification."""
        self.kube.merge(PLATFORM, self.namespace, NAME, {"spec": spec})

    def wait_ready(self) -> None:
        """Wait until Ready speaks of the present specification."""
        self.kube.wait_condition(self.namespace, NAME, "Ready", "True")

    def wait_for_a_whole_pass(self) -> None:
        """Wait until the operator has looked at everything once, from now on.

        The first pass that ends may have begun before, so it is the second.
        """
        for _ in range(2):
            self._wait_for_the_end_of_a_pass()

    def _wait_for_the_end_of_a_pass(self) -> None:
        before = self.operator.metric(PASSES)
        seen = {"metadata": {"annotations": {"test.example.org/look": str(next(self._looks))}}}
        self.kube.merge(PLATFORM, self.namespace, NAME, seen)
        wait_until(lambda: self.operator.metric(PASSES) > before, what=self.operator.tail)


@contextmanager
def shared_site(kube: Kube, folder: Path) -> Iterator[SharedSite]:
    """The site to the end of the block, ready and still at its begin.

    Args:
        kube: The administrator's client.
        folder: For files of the operator; new.
    """
    namespace = own_namespace(kube)
    release = install_for(kube, namespace)
    operator = operator_of(kube, release, folder, WATCH_NAMESPACES=namespace)
    with PlayedKubelet(kube, namespace):
        operator.start()
        try:
            operator.wait_active()
            kube.platform(namespace, NAME, SPEC)
            site = SharedSite(kube, namespace, operator)
            site.wait_ready()
            operator.wait_still()
            yield site
        finally:
            if operator.running():
                operator.kill()
