"""A double of the controller and driver that make snapshots of volumes: it only says that they do.

The API server is real and so are the definitions; no storage of this ring has snapshots.
"""

from __future__ import annotations

import datetime
from typing import Final

from omero_operator.identity.kinds import CLAIM, VOLUME_GROUP_SNAPSHOT, VOLUME_SNAPSHOT, Kind
from operator_ring.background import Background
from operator_ring.kube import Kube, Manifest, wait_until
from published_kinds import definition

KINDS: Final = (VOLUME_SNAPSHOT, VOLUME_GROUP_SNAPSHOT)
DEFINITION: Final = Kind(
    "apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions"
)


def define(kube: Kube, *names: str) -> None:
    """Give the API server the published definitions of some kinds, and wait until it has them."""
    for name in names:
        kube.apply(definition(name), DEFINITION.plural)
    wanted = [definition(name)["metadata"]["name"] for name in names]

    def established() -> bool:
        found = [kube.get(DEFINITION, None, name) or {} for name in wanted]
        return all(
            any(
                (each["type"], each["status"]) == ("Established", "True")
                for each in one.get("status", {}).get("conditions", [])
            )
            for one in found
        )

    wait_until(established)


class SnapshotController(Background):
    """For one namespace."""

    def __init__(self, kube: Kube, namespace: str) -> None:
        super().__init__()
        self._kube, self._namespace = kube, namespace

    def _run(self) -> None:
        while not self._stop.wait(0.2):
            for kind in KINDS:
                for item in self._kube.list(kind, self._namespace):
                    if not item.get("status"):
                        self._make(kind, item)

    def _make(self, kind: Kind, item: Manifest) -> None:
        now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        content = f"content-{item['metadata']['uid']}"
        bound = {"boundVolumeSnapshotContentName": content, "restoreSize": "10Gi"}
        if kind is VOLUME_GROUP_SNAPSHOT:
            self._members(item)
            bound = {"boundVolumeGroupSnapshotContentName": content}
        status = {**bound, "creationTime": now, "readyToUse": True}
        name = item["metadata"]["name"]
        self._kube.merge(kind, self._namespace, name, {"status": status}, "status")

    def _members(self, group: Manifest) -> None:
        # As the real one: it reads matchLabels and nothing else of the selector.
        labels = group["spec"]["source"]["selector"]["matchLabels"]
        selector = ",".join(f"{key}={value}" for key, value in labels.items())
        owner = {
            "apiVersion": group["apiVersion"],
            "kind": group["kind"],
            "name": group["metadata"]["name"],
            "uid": group["metadata"]["uid"],
        }
        for number, claim in enumerate(self._kube.list(CLAIM, self._namespace, selector)):
            metadata = {
                "name": f"snapshot-{group['metadata']['uid']}-{number}",
                "namespace": self._namespace,
                "ownerReferences": [owner],
            }
            source = {"persistentVolumeClaimName": claim["metadata"]["name"]}
            self._kube.create(VOLUME_SNAPSHOT, {"metadata": metadata, "spec": {"source": source}})
