"""The CRD that the chart installs: complete, kept on uninstall, and left out when asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import yaml

from omero_ci.charts import OPERATOR_CHART
from omero_operator.identity.kinds import ADMISSION_BINDING, ADMISSION_POLICY
from omero_operator.identity.labels import NEVER_PRUNE
from omero_operator.identity.names import DELETION_POLICY

Rendered = Callable[..., list[dict[str, Any]]]


def _crds(manifests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in manifests if one["kind"] == "CustomResourceDefinition"]


def test_crd_is_the_generated_one(rendered: Rendered) -> None:
    """Helm reads numbers as floats: what it writes must still be the same schema."""
    (crd,) = _crds(rendered())
    file = yaml.safe_load((OPERATOR_CHART / "files" / "crds" / "omeroplatforms.yaml").read_text())
    assert crd["spec"] == file["spec"]
    assert crd["metadata"]["name"] == "omeroplatforms.platform.omero.dev"


def test_crd_survives_an_uninstall_and_a_mistake_in_git(rendered: Rendered) -> None:
    """With it every platform would go: it is kept as what holds data is."""
    (crd,) = _crds(rendered())
    annotations = crd["metadata"]["annotations"].items()
    assert NEVER_PRUNE.items() <= annotations
    assert ("helm.sh/resource-policy", "keep") in annotations


def test_crd_can_be_left_to_an_administrator(rendered: Rendered) -> None:
    assert _crds(rendered("--set", "crds.create=false")) == []


def _policies(manifests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in manifests if one["kind"].startswith("ValidatingAdmissionPolicy")]


def test_policies_of_protection_come_and_stay_with_it(rendered: Rendered) -> None:
    policies = _policies(rendered())
    assert len(policies) == 4
    for policy in policies:
        annotations = policy["metadata"]["annotations"].items()
        assert NEVER_PRUNE.items() <= annotations
        assert ("helm.sh/resource-policy", "keep") in annotations
    assert _policies(rendered("--set", "crds.create=false")) == []


def test_older_kubernetes_has_no_policies(rendered: Rendered) -> None:
    """There the kind is not served, and the installation would fail."""
    old = rendered("--kube-version", "1.29.9")
    assert (len(_crds(old)), _policies(old)) == (1, [])


def test_the_operator_looks_for_the_policy_that_is_installed(rendered: Rendered) -> None:
    """By the same name in the operator, in its rights and in the policy."""
    manifests = rendered()
    names = {
        kind.name: {each["metadata"]["name"] for each in manifests if each["kind"] == kind.name}
        for kind in (ADMISSION_POLICY, ADMISSION_BINDING)
    }
    assert all(DELETION_POLICY in found for found in names.values())
    (rule,) = (
        rule
        for each in manifests
        if each["kind"] == "ClusterRole"
        for rule in each.get("rules", [])
        if ADMISSION_POLICY.group in rule["apiGroups"]
    )
    assert rule["resourceNames"] == [DELETION_POLICY]
    assert rule["resources"] == [ADMISSION_POLICY.plural, ADMISSION_BINDING.plural]
