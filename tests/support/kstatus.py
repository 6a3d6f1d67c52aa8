"""How kstatus reads a resource, which Flux, Config Sync, Helm and `kubectl` plugins go by.

The rules for kinds that it does not know, told from those of sigs.k8s.io/cli-utils
(pkg/kstatus/status: checkGenericProperties, then checkReadyCondition), in the same order.
"""

from __future__ import annotations

from typing import Any


def status(resource: dict[str, Any]) -> str:
    """`Terminating`, `InProgress`, `Failed` or `Current`."""
    metadata, reported = resource["metadata"], resource.get("status", {})
    if metadata.get("deletionTimestamp"):
        return "Terminating"
    if reported.get("observedGeneration", metadata["generation"]) != metadata["generation"]:
        return "InProgress"
    conditions = reported.get("conditions", [])
    for condition in conditions:
        if condition["status"] == "True" and condition["type"] in ("Reconciling", "Stalled"):
            return "Failed" if condition["type"] == "Stalled" else "InProgress"
    for condition in conditions:
        if condition["type"] == "Ready":
            return "Current" if condition["status"] == "True" else "InProgress"
    # Without any of these it takes a resource for what it should be.
    return "Current"
