"""The operator's rights cover what its plan can emit and what it reads, and no other kinds."""

from __future__ import annotations

import functools
from typing import Any

import pytest
import yaml

from omero_ci.charts import OPERATOR_CHART, render
from omero_operator.desired.plan import desired
from omero_operator.identity import kinds
from omero_operator.identity.kinds import CHILD_KINDS, Kind
from operator_builders import context, spec

OWNED = {"get", "list", "watch", "create", "patch", "delete"}
SCOPES = {"cluster": "ClusterRole", "namespaced": "Role"}
CLASSES = (
    kinds.STORAGE_CLASS,
    kinds.INGRESS_CLASS,
    kinds.VOLUME_SNAPSHOT_CLASS,
    kinds.VOLUME_GROUP_SNAPSHOT_CLASS,
)


@functools.cache
def _rules(scope: str) -> list[dict[str, Any]]:
    """Rules of the role that holds in each watched namespace."""
    rendered = render(OPERATOR_CHART, "--set", f"scope={scope}")
    roles = [
        manifest
        for manifest in yaml.safe_load_all(rendered)
        if manifest
        and manifest["kind"] == SCOPES[scope]
        and not manifest["metadata"]["name"].endswith("-lease")
        and "helm.sh/hook" not in manifest["metadata"].get("annotations", {})
    ]
    assert len(roles) == 1
    rules: list[dict[str, Any]] = roles[0]["rules"]
    return rules


def _verbs(scope: str, group: str, resource: str) -> set[str]:
    return {
        verb
        for rule in _rules(scope)
        if group in rule["apiGroups"] and resource in rule["resources"]
        for verb in rule["verbs"]
    }


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("kind", CHILD_KINDS, ids=lambda kind: kind.name)
def test_operator_may_do_what_it_does_with_its_children(kind: Kind, scope: str) -> None:
    assert _verbs(scope, kind.group, kind.plural) == OWNED


@pytest.mark.parametrize("scope", SCOPES)
def test_operator_reads_platforms_and_writes_their_status_and_finalizer(scope: str) -> None:
    group = kinds.PLATFORM.group
    assert _verbs(scope, group, "omeroplatforms") == {"get", "list", "watch", "patch"}
    assert _verbs(scope, group, "omeroplatforms/status") == {"patch"}


@pytest.mark.parametrize("scope", SCOPES)
def test_operator_reads_pods_and_reads_and_reports_events(scope: str) -> None:
    assert _verbs(scope, "", "pods") == {"get", "list", "watch"}
    assert _verbs(scope, "", "events") == {"get", "list", "create", "patch"}


@pytest.mark.parametrize("scope", SCOPES)
def test_operator_has_every_right_that_it_gives(scope: str) -> None:
    """The API server rejects a Role with more than its writer may do."""
    wanted = {
        "web": {"plugins": {"adminTools": {"enabled": True}}},
        "backup": {"enabled": True, "claim": "backups", "files": {"method": "groupSnapshot"}},
    }
    given = [each for each in desired(context(spec(**wanted))) if each["kind"] == kinds.ROLE.name]
    assert len(given) == 2
    for rule in [rule for role in given for rule in role["rules"]]:
        for group in rule["apiGroups"]:
            for resource in rule["resources"]:
                assert set(rule["verbs"]) <= _verbs(scope, group, resource), (group, resource)
                assert resource != "secrets"


@pytest.mark.parametrize("scope", SCOPES)
def test_no_rule_is_wider_than_the_kinds_that_are_used(scope: str) -> None:
    used = {(kind.group, kind.plural) for kind in CHILD_KINDS}
    used |= {("", "pods"), ("", "events"), ("metrics.k8s.io", "pods")}
    read = (kinds.PG_BACKUP, kinds.VOLUME_SNAPSHOT, kinds.VOLUME_GROUP_SNAPSHOT)
    used |= {(kind.group, kind.plural) for kind in read}
    used |= {
        (kinds.PLATFORM.group, "omeroplatforms"),
        (kinds.PLATFORM.group, "omeroplatforms/status"),
    }
    if scope == "cluster":
        used |= {(kind.group, kind.plural) for kind in CLASSES}
        used |= {("", "namespaces"), ("apiextensions.k8s.io", "customresourcedefinitions")}
        used |= {
            (kind.group, kind.plural) for kind in (kinds.ADMISSION_POLICY, kinds.ADMISSION_BINDING)
        }
    granted = {
        (group, resource)
        for rule in _rules(scope)
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }
    assert granted == used
    assert "*" not in str(_rules(scope))


def test_what_belongs_to_the_cluster_is_only_read() -> None:
    for group, resource in [
        *((kind.group, kind.plural) for kind in CLASSES),
        ("", "namespaces"),
        ("apiextensions.k8s.io", "customresourcedefinitions"),
        (kinds.ADMISSION_POLICY.group, kinds.ADMISSION_POLICY.plural),
        (kinds.ADMISSION_BINDING.group, kinds.ADMISSION_BINDING.plural),
    ]:
        assert _verbs("cluster", group, resource) <= {"get", "list", "watch"}
