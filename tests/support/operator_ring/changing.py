"""A running site that is changed again and again while its operator is killed.

A site goes to and fro between two states. It is left alone first, which says how many writes a
change takes and what either state looks like; then the operator is killed at a write, or at a
random moment, of one change after the other. Each time the end is the same, no volume is replaced,
no Secret made anew, and no pod restarts that is not concerned.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from omero_operator.identity.kinds import CLAIM, PLATFORM, POD
from omero_operator.identity.labels import COMPONENT, children_of, pods_of
from omero_operator.state import rollout
from operator_ring.children import children, final_set, secrets
from operator_ring.kube import Kube, wait_until
from operator_ring.kubelet import PlayedKubelet
from operator_ring.process import PASSES
from operator_ring.releases import Lane, lane
from operator_ring.rotation import rotatable, rotated
from operator_ring.site_changes import EVERY, SiteChange, certificate, spec

SITE: Final = "site"
SEEDS: Final = range(20)
_SECONDS = 300


@dataclass
class Changing:
    """A site that is changed to and fro by one change."""

    lane: Lane
    change: SiteChange
    number: int = 0
    ends: dict[int, Any] = field(default_factory=dict)

    def alone(self) -> tuple[int, float]:
        """One change without a kill: how many writes and seconds it took."""
        began = time.monotonic()
        before = self._seen()
        self._make()
        writes = self._run()
        took = time.monotonic() - began
        self._check(before, "left alone")
        return writes, took

    def killed(self, *, write: int = 0, after: float = 0.0) -> bool:
        """One change with a kill at a write or after some seconds; whether it came in time."""
        own, before = self.lane, self._seen()
        self._make()
        own.proxy.reset()
        own.proxy.after_write = lambda count: own.operator.kill() if count == write else None
        timer = threading.Timer(after, own.operator.kill)
        own.operator.start()
        if after:
            timer.start()
        wait_until(lambda: not own.operator.running() or self._done(), _SECONDS, own.operator.tail)
        hit = not own.operator.running()
        timer.cancel()
        own.operator.kill()
        then = self._seen()
        self._run()
        what = f"killed after write {write}" if write else f"killed after {after:.2f} s"
        self._check(before, what)
        if self.change.rotates:
            values, now = then["secrets"], secrets(own.kube, own.namespace, SITE)
            first = rotated(before["secrets"], values)
            assert not first & rotated(values, now), f"{what}: rotated twice"
        return hit

    def at_random(self, seconds: float, seeds: Iterable[int] = SEEDS) -> int:
        """For each seed a change with a kill at a random moment of this time; how many came."""
        moments = [random.Random(seed).uniform(0.05, seconds) for seed in seeds]
        return sum(self.killed(after=moment) for moment in moments)

    def _make(self) -> None:
        self.change.prepare(self.lane.operator, self.number + 1)
        self.change.make(self.lane.kube, self.lane.namespace, SITE, self.number)

    def _run(self) -> int:
        """Let the operator work undisturbed until the site is what it should be; its writes."""
        own = self.lane
        own.proxy.reset()
        own.operator.start()
        wait_until(self._done, _SECONDS, own.operator.tail)
        own.operator.kill()
        return len(own.proxy.writes)

    def _done(self) -> bool:
        own = self.lane
        platform = own.kube.get(PLATFORM, own.namespace, SITE) or {}
        told = {c["type"]: c for c in platform.get("status", {}).get("conditions", [])}
        ready, generation = told.get("Ready", {}), platform["metadata"]["generation"]
        good = ready.get("status") == "True" or ready.get("reason") == "Hibernated"
        return bool(
            good
            and ready["observedGeneration"] == generation
            and own.operator.metric(PASSES) > 0
            and own.operator.metric("omero_operator_queue_depth") == 0
            and self.change.arrived(own.kube, own.namespace, SITE, self.number)
            and self._pods_arrived()
        )

    def _pods_arrived(self) -> bool:
        """Whether Kubernetes, too, is done with what it was told."""
        workloads = [
            each
            for each in children(self.lane.kube, self.lane.namespace, SITE)
            if each["kind"] in ("StatefulSet", "Deployment")
        ]
        pods = sum(map(len, self._pods().values()))
        return all(map(rollout.complete, workloads)) and pods == sum(map(rollout.wanted, workloads))

    def _pods(self) -> dict[str, set[str]]:
        """Uids of the pods of workloads, by component."""
        found: dict[str, set[str]] = {name: set() for name in EVERY}
        for pod in self.lane.kube.list(POD, self.lane.namespace, pods_of(SITE)):
            name = pod["metadata"]["labels"][COMPONENT]
            if name in found:
                found[name].add(pod["metadata"]["uid"])
        return found

    def _seen(self) -> dict[str, Any]:
        own = self.lane
        claims = own.kube.list(CLAIM, own.namespace, children_of(SITE))
        return {
            "pods": self._pods(),
            "claims": {each["metadata"]["uid"] for each in claims},
            "secrets": secrets(own.kube, own.namespace, SITE),
        }

    def _check(self, before: dict[str, Any], what: str) -> None:
        """Everything that must be so at the end of a change."""
        own, after = self.lane, self._seen()
        end = final_set(own.kube, own.namespace, SITE)
        assert end == self.ends.setdefault(self.number % 2, end), f"{what}: another end"
        assert after["claims"] == before["claims"], f"{what}: a volume was replaced"
        new = rotated(before["secrets"], after["secrets"])
        wanted = rotatable(own.kube, own.namespace, SITE) if self.change.rotates else set()
        assert new == wanted, f"{what}: other Secrets have new values"
        assert after["secrets"].keys() == before["secrets"].keys()
        others = EVERY - self.change.concerned
        restarted = {name for name in others if after["pods"][name] != before["pods"][name]}
        assert not restarted, f"{what}: pods restarted that are not concerned"
        self.number += 1


@contextmanager
def changing(kube: Kube, folder: Path, change: SiteChange) -> Iterator[Changing]:
    """A ready site with this change; the operator is not running."""
    with lane(kube, folder) as own, PlayedKubelet(kube, own.namespace):
        certificate(kube, own.namespace)
        kube.platform(own.namespace, SITE, spec())
        site = Changing(own, change)
        change.prepare(own.operator, 0)
        own.operator.start()
        kube.wait_condition(own.namespace, SITE, "Ready", "True", seconds=_SECONDS)
        own.operator.kill()
        # The first time is the way into one of the two states.
        site.alone()
        yield site
