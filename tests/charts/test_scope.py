"""One value decides where the operator may look."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from omero_ci.charts import OPERATOR_CHART, render
from tools.common.errors import CommandError

Rendered = Callable[..., list[dict[str, Any]]]


def _env(manifests: list[dict[str, Any]]) -> dict[str, str]:
    (deployment,) = [one for one in manifests if one["kind"] == "Deployment"]
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    return {entry["name"]: entry.get("value", "") for entry in container["env"]}


def _of(manifests: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """Without what Helm makes for a moment: hooks have accounts and rights of their own."""
    return [
        one
        for one in manifests
        if one["kind"] == kind and "helm.sh/hook" not in one["metadata"].get("annotations", {})
    ]


def test_cluster_scope_watches_everything_with_one_cluster_role(rendered: Rendered) -> None:
    manifests = rendered()
    assert len(_of(manifests, "ClusterRole")) == len(_of(manifests, "ClusterRoleBinding")) == 1
    assert [role["metadata"]["name"] for role in _of(manifests, "Role")] == [
        "omero-platform-operator-lease"
    ]
    assert _env(manifests)["WATCH_NAMESPACES"] == ""


def test_namespaced_scope_grants_nothing_cluster_wide(rendered: Rendered) -> None:
    manifests = rendered("--set", "scope=namespaced,watchNamespaces={microscopy,teaching}")
    assert _of(manifests, "ClusterRole") == _of(manifests, "ClusterRoleBinding") == []
    places = {
        role["metadata"]["namespace"]
        for role in _of(manifests, "Role")
        if not role["metadata"]["name"].endswith("-lease")
    }
    assert places == {"microscopy", "teaching"}
    assert _env(manifests)["WATCH_NAMESPACES"] == "microscopy,teaching"


def test_namespaced_scope_without_a_list_means_the_releases_own(rendered: Rendered) -> None:
    manifests = rendered("--set", "scope=namespaced")
    assert {role["metadata"]["namespace"] for role in _of(manifests, "Role")} == {"omero-system"}
    assert _env(manifests)["WATCH_NAMESPACES"] == "omero-system"


def test_bindings_name_the_operators_account_in_its_own_namespace(rendered: Rendered) -> None:
    manifests = rendered("--set", "scope=namespaced,watchNamespaces={microscopy}")
    (deployment,) = _of(manifests, "Deployment")
    account = deployment["spec"]["template"]["spec"]["serviceAccountName"]
    for binding in _of(manifests, "RoleBinding"):
        assert binding["subjects"] == [
            {
                "kind": "ServiceAccount",
                "name": account,
                "namespace": "omero-system",
            }
        ]


def test_both_roles_hold_the_same_rules_in_a_namespace(rendered: Rendered) -> None:
    (cluster,) = _of(rendered(), "ClusterRole")
    namespaced = [
        role
        for role in _of(rendered("--set", "scope=namespaced"), "Role")
        if not role["metadata"]["name"].endswith("-lease")
    ]
    assert namespaced[0]["rules"] == cluster["rules"][: len(namespaced[0]["rules"])]


def test_lease_rights_stay_in_the_operators_namespace_and_on_its_lease(rendered: Rendered) -> None:
    manifests = rendered()
    (role,) = _of(manifests, "Role")
    assert role["metadata"]["namespace"] == "omero-system"
    by_name = {tuple(rule.get("resourceNames", ())): rule["verbs"] for rule in role["rules"]}
    assert by_name == {(): ["create"], (_env(manifests)["LEASE_NAME"],): ["get", "patch"]}


def test_a_list_of_namespaces_in_cluster_scope_is_refused() -> None:
    with pytest.raises(CommandError, match="watchNamespaces: only used with scope: namespaced"):
        render(OPERATOR_CHART, "--set", "watchNamespaces={microscopy}")
