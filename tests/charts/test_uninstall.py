"""What happens after `helm uninstall`: platforms are let go of, with rights to that and no more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Manifest = dict[str, Any]
Rendered = Callable[..., list[Manifest]]
SCOPES = {
    "cluster": (),
    "namespaced": ("--set", "scope=namespaced,watchNamespaces={microscopy,teaching}"),
}


def _hooks(manifests: list[Manifest], kind: str = "") -> list[Manifest]:
    return [
        one
        for one in manifests
        if one["metadata"].get("annotations", {}).get("helm.sh/hook") == "post-delete"
        and kind in ("", one["kind"])
    ]


@pytest.mark.parametrize("scope", SCOPES)
def test_rights_are_there_before_the_job_and_nothing_stays(rendered: Rendered, scope: str) -> None:
    hooks = _hooks(rendered(*SCOPES[scope]))
    annotations = [one["metadata"]["annotations"] for one in hooks]
    weights = {
        one["kind"]: int(note["helm.sh/hook-weight"])
        for one, note in zip(hooks, annotations, strict=True)
    }
    job = weights.pop("Job")
    assert all(weight < job for weight in weights.values())
    policies = {note["helm.sh/hook-delete-policy"] for note in annotations}
    assert policies == {"before-hook-creation,hook-succeeded"}


@pytest.mark.parametrize("scope", SCOPES)
def test_its_account_may_take_finalizers_and_nothing_else(rendered: Rendered, scope: str) -> None:
    manifests = rendered(*SCOPES[scope])
    roles = _hooks(manifests, "ClusterRole") + _hooks(manifests, "Role")
    assert [role["rules"] for role in roles] == len(roles) * [
        [
            {
                "apiGroups": ["platform.omero.dev"],
                "resources": ["omeroplatforms"],
                "verbs": ["get", "list", "patch"],
            }
        ]
    ]
    places = {role["metadata"].get("namespace") for role in roles}
    assert places == ({None} if scope == "cluster" else {"microscopy", "teaching"})
    (account,) = _hooks(manifests, "ServiceAccount")
    name = account["metadata"]["name"]
    (job,) = _hooks(manifests, "Job")
    assert job["spec"]["template"]["spec"]["serviceAccountName"] == name
    bindings = _hooks(manifests, "ClusterRoleBinding") + _hooks(manifests, "RoleBinding")
    assert {binding["metadata"].get("namespace") for binding in bindings} == places
    bound = {
        binding["metadata"]["name"]
        for kind in ("RoleBinding", "ClusterRoleBinding")
        for binding in manifests
        if binding["kind"] == kind and name in {one["name"] for one in binding["subjects"]}
    }
    assert bound == {binding["metadata"]["name"] for binding in bindings}


@pytest.mark.parametrize(
    ("scope", "watched"), [("cluster", ""), ("namespaced", "microscopy,teaching")]
)
def test_it_looks_where_the_operator_looked(rendered: Rendered, scope: str, watched: str) -> None:
    (job,) = _hooks(rendered(*SCOPES[scope]), "Job")
    (container,) = job["spec"]["template"]["spec"]["containers"]
    assert container["args"] == ["release-finalizers"]
    assert container["env"] == [{"name": "WATCH_NAMESPACES", "value": watched}]


def test_it_ends_before_helm_gives_up(rendered: Rendered) -> None:
    """Helm waits five minutes for a hook."""
    (job,) = _hooks(rendered(), "Job")
    assert job["spec"]["activeDeadlineSeconds"] < 300


def test_it_can_be_left_out(rendered: Rendered) -> None:
    assert _hooks(rendered("--set", "uninstall.releaseFinalizers=false")) == []
