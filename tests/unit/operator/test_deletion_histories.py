"""The policy at the time of the deletion decides, after every history and in every state of a site.

Over the cluster in memory; a real API server sees some of it in `tests/operator/test_deletion.py`.
"""

from __future__ import annotations

import copy
from typing import Any

import pytest

from omero_operator.identity.kinds import CLAIM, PLATFORM, SECRET, Manifest
from omero_operator.identity.labels import FINALIZER, PAUSED
from omero_operator.reconcile import PlatformGoneError
from operator_builders import NAME, Cluster
from passes import edit, one_pass, running

HISTORIES: dict[str, list[str]] = {
    "retain": ["Retain"],
    "delete": ["Delete"],
    "back": ["Delete", "Retain"],
    "late": ["Retain", "Delete"],
    "to-and-fro": ["Delete", "Retain", "Delete"],
}
MISSING = {"property": "omero.a", "secretKeyRef": {"name": "missing", "key": "k"}}
STATES: dict[str, tuple[Manifest, dict[str, Any]]] = {
    "up": ({}, {}),
    "paused": ({}, {"annotations": {PAUSED: "true"}}),
    # The schema admits it, a rule does not.
    "invalid": ({"timeZone": "Europe/Nowhere"}, {}),
    "held": ({"server": {"configSecretRefs": [MISSING]}}, {}),
    "hibernated": ({"hibernated": True}, {}),
}


def data(cluster: Cluster) -> set[tuple[str, str | None, str]]:
    return {key for key in cluster.objects if key[0] in (CLAIM.name, SECRET.name)}


def waits(cluster: Cluster) -> bool:
    """Whether a deletion waits for the operator."""
    found = cluster.find(PLATFORM, NAME) or {"metadata": {}}
    return FINALIZER in found["metadata"].get("finalizers", [])


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("history", HISTORIES)
def test_policy_at_the_time_of_the_deletion_decides(state: str, history: str) -> None:
    cluster = running()
    before = data(cluster)
    spec, metadata = STATES[state]
    for policy in HISTORIES[history]:
        edit(cluster, copy.deepcopy(spec) | {"deletionPolicy": policy}, **metadata)
        one_pass(cluster)
        assert waits(cluster) == (policy == "Delete")
    if waits(cluster):
        # Without it Kubernetes takes the platform down at once, and no pass sees it.
        leaving = cluster.find(PLATFORM, NAME) or {}
        leaving["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
        with pytest.raises(PlatformGoneError):
            one_pass(cluster)
    assert not waits(cluster)
    assert data(cluster) == (set() if HISTORIES[history][-1] == "Delete" else before)
