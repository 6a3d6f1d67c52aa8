"""Comparing sets of children without what differs from run to run."""

from __future__ import annotations

import json
import re
from typing import Any

from omero_operator.identity.kinds import CHILD_KINDS, SECRET, Kind
from omero_operator.identity.labels import children_of
from operator_ring.kube import Kube, Manifest, Refused

_BOOTSTRAP = re.compile(r"-bootstrap-[0-9a-f]{8}$")


def children(kube: Kube, namespace: str, platform: str) -> list[Manifest]:
    """All children of a platform."""
    return [item for kind in CHILD_KINDS for item in _listed(kube, kind, namespace, platform)]


def _listed(kube: Kube, kind: Kind, namespace: str, platform: str) -> list[Manifest]:
    """The children of a kind; none where the cluster lacks one that it may lack."""
    try:
        return kube.list(kind, namespace, children_of(platform))
    except Refused as refused:
        if kind.optional and refused.status == 404:
            return []
        raise


def names(items: list[Manifest]) -> list[str]:
    """Kind and name of each child, sorted; a bootstrap Job without the digest in its name."""
    return sorted(
        f"{item['kind']} {_BOOTSTRAP.sub('-bootstrap-*', item['metadata']['name'])}"
        for item in items
    )


def versions(items: list[Manifest]) -> dict[str, str]:
    """resourceVersion of each child."""
    return {
        f"{item['kind']} {item['metadata']['name']}": item["metadata"]["resourceVersion"]
        for item in items
    }


def secrets(kube: Kube, namespace: str, platform: str) -> dict[str, Any]:
    """Data of each generated Secret."""
    return {
        item["metadata"]["name"]: item.get("data")
        for item in kube.list(SECRET, namespace, children_of(platform))
    }


def kind_named(name: str) -> Kind:
    (kind,) = [kind for kind in CHILD_KINDS if kind.name == name]
    return kind


def canonical(items: list[Manifest]) -> dict[str, Any]:
    """What each child says, without uids, times, addresses, random passwords and their digests."""
    return {
        # The operator makes a random value once, and no two platforms have the same.
        title: _plain(
            item if item["kind"] != SECRET.name else item | {"data": sorted(item["data"])}
        )
        for title, item in zip(_titles(items), items, strict=True)
    }


def final_set(kube: Kube, namespace: str, platform: str) -> Any:
    """What is there, with the names of platform and namespace taken out, for comparison."""
    items = canonical(children(kube, namespace, platform))
    text = json.dumps(items).replace(namespace, "NAMESPACE").replace(platform, "NAME")
    return json.loads(text)


def _titles(items: list[Manifest]) -> list[str]:
    return [
        f"{item['kind']} {_BOOTSTRAP.sub('-bootstrap-*', item['metadata']['name'])}"
        for item in items
    ]


_DROPPED = {
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "managedFields",
    "status",
    "clusterIP",
    "clusterIPs",
    "nodePort",
    "volumeName",
    "namespace",
    # Set by the Job controller on the pods of a Job.
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-name",
    "controller-uid",
    "job-name",
    "platform.omero.dev/applied",
    "kubectl.kubernetes.io/last-applied-configuration",
    "deployment.kubernetes.io/revision",
    "pv.kubernetes.io/bind-completed",
    "pv.kubernetes.io/bound-by-controller",
}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _plain(inner)
            for key, inner in value.items()
            if key not in _DROPPED and not key.startswith("platform.omero.dev/config-checksum")
        }
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return _BOOTSTRAP.sub("-bootstrap-*", value) if isinstance(value, str) else value
