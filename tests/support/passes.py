"""Whole passes over the cluster in memory, and sites that are made by them."""

from __future__ import annotations

import asyncio
import copy
import functools
from typing import Any

from omero_operator.cluster.additions import Additions
from omero_operator.cluster.repairs import Repairs
from omero_operator.identity.kinds import PLATFORM, Manifest
from omero_operator.liveness import WatchAudit
from omero_operator.reconcile import Key, Reconciler
from operator_builders import IMAGES, NAME, NAMESPACE, Cluster, platform, settle

KEY = Key(NAMESPACE, NAME)


def one_pass(cluster: Cluster, key: Key = KEY) -> float | None:
    reconciler = Reconciler(
        cluster, IMAGES, (), WatchAudit(), Additions(cluster, 120), Repairs(120)
    )
    return asyncio.run(reconciler.run(key))


def conditions(cluster: Cluster) -> dict[str, tuple[str, str]]:
    found = cluster.find(PLATFORM, NAME)
    assert found is not None
    return {c["type"]: (c["status"], c["reason"]) for c in found["status"]["conditions"]}


def running(*objects: Manifest, spec: Manifest | None = None) -> Cluster:
    """A site that came up and settled."""
    if objects or spec:
        return _come_up(*objects, spec=spec)
    return copy.deepcopy(_default_site())


@functools.cache
def _default_site() -> Cluster:
    return _come_up(spec=None)


def _come_up(*objects: Manifest, spec: Manifest | None) -> Cluster:
    cluster = Cluster(platform(spec), *objects)
    for _ in range(6):
        one_pass(cluster)
        settle(cluster)
    assert conditions(cluster)["Ready"] == ("True", "Ready")
    cluster.writes.clear()
    return cluster


def edit(cluster: Cluster, spec: Manifest, **metadata: Any) -> None:
    """Change the specification as a person would."""
    found = cluster.find(PLATFORM, NAME)
    assert found is not None
    generation = found["metadata"]["generation"] + 1
    cluster.replace(
        PLATFORM,
        NAME,
        spec=spec,
        metadata={**found["metadata"], "generation": generation, **metadata},
    )
