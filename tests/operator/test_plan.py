"""`omero-operator plan --against`: what would change, told by the API server, and no write."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from omero_operator.identity.kinds import PLATFORM
from operator_ring.children import children, versions
from operator_ring.kube import Kube
from operator_ring.kubelet import PlayedKubelet
from operator_ring.process import OperatorProcess

SPEC: dict[str, Any] = {
    "web": {"ingress": {"host": "plan.example.org"}, "config": {"omero.web.page_size": "100"}}
}


class Plan:
    """Calls the command with the administrator's kubeconfig."""

    def __init__(self, kube: Kube, namespace: str, folder: Path) -> None:
        self._kube = kube
        self._namespace = namespace
        self._file = folder / "platform.yaml"
        self.out = self.err = ""

    def __call__(self, spec: dict[str, Any], name: str = "site") -> int:
        resource = {
            "apiVersion": PLATFORM.api_version,
            "kind": PLATFORM.name,
            "metadata": {"name": name},
            "spec": spec,
        }
        self._file.write_text(json.dumps(resource))
        command = ("plan", self._file, "--namespace", self._namespace)
        ended = subprocess.run(
            [sys.executable, "-m", "omero_operator", *command, "--against", self._kube.kubeconfig],
            env={"PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
        )
        self.out, self.err = ended.stdout, ended.stderr
        return ended.returncode

    def changed(self) -> list[str]:
        """The lines that differ, without those that name the objects."""
        return [
            line
            for line in self.out.splitlines()
            if line[:1] in ("+", "-") and line[:4] not in ("+++ ", "--- ")
        ]


@pytest.fixture
def plan(kube: Kube, namespace: str, tmp_path: Path) -> Plan:
    return Plan(kube, namespace, tmp_path)


@pytest.mark.timeout(300)
def test_what_would_change_of_a_site(
    kube: Kube, namespace: str, operator: OperatorProcess, kubelet: PlayedKubelet, plan: Plan
) -> None:
    kube.platform(namespace, "site", SPEC)
    kube.wait_condition(namespace, "site", "Ready", "True")
    operator.wait_still()

    def seen() -> dict[str, str]:
        platform = kube.get(PLATFORM, namespace, "site") or {}
        return versions([*children(kube, namespace, "site"), platform])

    before = seen()
    assert (plan(SPEC), plan.out, plan.err) == (0, "", "")

    assert plan({"web": {**SPEC["web"], "replicas": 3}}) == 1, plan.err
    assert "--- live/Deployment/site-web\n+++ plan/Deployment/site-web\n" in plan.out
    assert plan.changed() == ["-  replicas: 2", "+  replicas: 3"]

    assert plan({"web": {"config": SPEC["web"]["config"]}}) == 1, plan.err
    gone = [line for line in plan.changed() if line.startswith("-kind: ")]
    assert gone == ["-kind: Ingress"]

    assert plan({**SPEC, "database": {"storage": {"size": "1Gi"}}}) == 2
    assert "size cannot be reduced" in plan.err
    assert plan.out == ""

    service = {"annotations": {"no key of an annotation": "x"}}
    assert plan({**SPEC, "server": {"service": service}}) == 2
    assert "metadata.annotations: Invalid value" in plan.err
    assert "site-server" in plan.err

    assert seen() == before


def test_what_a_new_site_would_be(kube: Kube, namespace: str, plan: Plan) -> None:
    assert plan({}, "new") == 1, plan.err
    assert plan.err == ""
    assert not [line for line in plan.changed() if line.startswith("-")]
    assert "+++ plan/StatefulSet/new-db\n" in plan.out
    assert "+kind: Secret" in plan.changed()
    shown = [line for line in plan.changed() if "password: " in line]
    assert not [line for line in shown if "'***'" not in line]
    assert kube.get(PLATFORM, namespace, "new") is None
    assert children(kube, namespace, "new") == []


def test_what_the_api_server_refuses_of_a_new_site(kube: Kube, namespace: str, plan: Plan) -> None:
    reference = {"name": "nowhere", "key": "password"}
    assert plan({"server": {"rootPasswordSecretRef": reference}}) == 2
    assert "Secret 'nowhere' of spec.server.rootPasswordSecretRef does not exist" in plan.err
    assert plan.out == ""
    assert children(kube, namespace, "site") == []
