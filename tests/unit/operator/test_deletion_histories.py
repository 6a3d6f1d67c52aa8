"""The policy at the time of the deletion decides, after every history and in every state of a site.

Over the cluster in memory; a real API server sees some of it in `tests/operator/test_deletion.py`.
"""

from __future__ import annotations

import copy

import pytest

from deletion_histories import HISTORIES, STATES
from omero_operator.identity.kinds import CLAIM, PLATFORM, SECRET
from omero_operator.identity.labels import FINALIZER
from omero_operator.reconcile import PlatformGoneError
from operator_builders import NAME, Cluster
from passes import edit, one_pass, running


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
    spec, metadata = STATES[state].get("spec", {}), STATES[state].get("metadata", {})
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
