"""A protected site says whether the cluster has what protects it; others do not ask."""

from __future__ import annotations

import pytest

from omero_operator.identity.kinds import ADMISSION_BINDING, ADMISSION_POLICY, PLATFORM, Manifest
from omero_operator.identity.names import DELETION_POLICY
from operator_builders import NAME, Cluster, platform
from passes import conditions, one_pass

CONDITION = "DeletionProtectionHealthy"
PROTECTED: Manifest = {"deletionProtection": True}


POLICY: Manifest = {
    "apiVersion": ADMISSION_POLICY.api_version,
    "kind": ADMISSION_POLICY.name,
    "metadata": {"name": DELETION_POLICY},
    "spec": {},
}


def binding(*actions: str, policy: str = DELETION_POLICY) -> Manifest:
    spec = {"policyName": policy, "validationActions": list(actions)}
    metadata = {"name": DELETION_POLICY}
    version, kind = ADMISSION_BINDING.api_version, ADMISSION_BINDING.name
    return {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec}


def message(cluster: Cluster) -> str:
    found = cluster.find(PLATFORM, NAME)
    assert found is not None
    return str(next(c["message"] for c in found["status"]["conditions"] if c["type"] == CONDITION))


@pytest.mark.parametrize(
    ("objects", "expected"),
    [
        ([POLICY, binding("Deny")], ("True", "Protected")),
        ([POLICY, binding("Deny", "Audit")], ("True", "Protected")),
        ([], ("False", "PolicyMissing")),
        ([POLICY], ("False", "PolicyMissing")),
        ([binding("Deny")], ("False", "PolicyMissing")),
        ([POLICY, binding("Audit")], ("False", "PolicyWithoutEffect")),
        ([POLICY, binding("Deny", policy="other")], ("False", "PolicyWithoutEffect")),
    ],
    ids=["both", "audited", "none", "policy alone", "binding alone", "only audited", "other"],
)
def test_what_protects_a_site(objects: list[Manifest], expected: tuple[str, str]) -> None:
    cluster = Cluster(platform(PROTECTED), *objects)
    one_pass(cluster)
    assert conditions(cluster)[CONDITION] == expected


@pytest.mark.parametrize("refusals", [{}, {f"get {ADMISSION_POLICY.name}": 403}])
def test_an_older_cluster_says_which_kubernetes_it_needs(refusals: dict[str, int]) -> None:
    """Also where the operator has no rights to the kind that is not there."""
    cluster = Cluster(platform(PROTECTED))
    cluster.unserved = {ADMISSION_POLICY.name, ADMISSION_BINDING.name}
    cluster.refusals.update(refusals)
    one_pass(cluster)
    assert conditions(cluster)[CONDITION] == ("False", "ApiNotInstalled")
    assert "they need Kubernetes 1.30" in message(cluster)


def test_an_operator_without_the_right_does_not_know() -> None:
    cluster = Cluster(platform(PROTECTED), POLICY, binding("Deny"))
    cluster.refusals[f"get {ADMISSION_POLICY.name}"] = 403
    one_pass(cluster)
    assert conditions(cluster)[CONDITION] == ("Unknown", "PolicyUnknown")
    assert f"`kubectl delete omero {NAME} --dry-run=server` shows" in message(cluster)


def test_a_site_that_may_be_deleted_asks_nobody() -> None:
    cluster, asked = Cluster(platform()), list[str]()
    cluster.before = asked.append
    one_pass(cluster)
    assert conditions(cluster)[CONDITION] == ("True", "SwitchedOff")
    assert not [each for each in asked if "Admission" in each]
