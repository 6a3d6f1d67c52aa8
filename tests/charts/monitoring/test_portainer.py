"""Portainer reads what is in its namespaces and nothing else; nobody but its owner logs in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest

from omero_ci.charts import MONITORING_CHART
from tools.common.commands import CommandError

Rendered = Callable[..., list[dict[str, Any]]]
WITH_PORTAINER: Final = "portainer.enabled=true,portainer.adminSecret=first,namespaces={lab,school}"
NAME: Final = "omero-platform-portainer"


@pytest.fixture
def portainer(rendered: Rendered) -> list[dict[str, Any]]:
    """The chart's manifests with Portainer."""
    return rendered("--set", WITH_PORTAINER, chart=MONITORING_CHART)


def test_the_password_is_a_file_of_the_secret(portainer: list[dict[str, Any]]) -> None:
    (workload,) = [
        each
        for each in portainer
        if each["kind"] == "StatefulSet" and each["metadata"]["name"] == NAME
    ]
    pod = workload["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    (argument,) = container["args"]
    option, _, file = argument.partition("=")
    assert option == "--admin-password-file"
    (mount,) = [each for each in container["volumeMounts"] if each["name"] == "admin"]
    assert file == f"{mount['mountPath']}/password"
    assert mount["readOnly"] is True
    (secret,) = [each["secret"] for each in pod["volumes"] if each["name"] == "admin"]
    assert secret["secretName"] == "first"
    assert secret["items"] == [{"key": "password", "path": "password"}]


@pytest.mark.parametrize("missing", ["portainer.adminSecret", "namespaces"])
def test_without_a_password_or_namespaces_there_is_none(rendered: Rendered, missing: str) -> None:
    with pytest.raises(CommandError, match=missing):
        rendered("--set", f"{WITH_PORTAINER},{missing}=null", chart=MONITORING_CHART)


def test_its_rights_are_in_its_namespaces_and_only_to_read(
    portainer: list[dict[str, Any]],
) -> None:
    """As the API server decides: by the bindings that name its account."""
    bound: dict[str, str] = {}
    for each in portainer:
        if each["kind"] not in ("RoleBinding", "ClusterRoleBinding"):
            continue
        if {"kind": "ServiceAccount", "name": NAME, "namespace": "omero-system"} in each[
            "subjects"
        ]:
            assert each["kind"] == "RoleBinding", "a right in the whole cluster"
            assert each["roleRef"]["kind"] == "Role"
            bound[each["metadata"]["namespace"]] = each["roleRef"]["name"]
    assert bound == {"lab": NAME, "school": NAME}
    roles = [
        each for each in portainer if each["kind"] == "Role" and each["metadata"]["name"] == NAME
    ]
    assert {each["metadata"]["namespace"] for each in roles} == {"lab", "school"}
    for rule in (rule for role in roles for rule in role["rules"]):
        assert set(rule["verbs"]) <= {"get", "list", "watch"}, rule
        assert "*" not in rule["resources"] + rule["apiGroups"], rule
        assert not {"secrets", "pods/exec", "pods/attach", "nodes"} & set(rule["resources"]), rule
