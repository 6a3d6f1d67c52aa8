"""`omero-operator plan --against`: what would change, told by the API server, and no write."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

import forked
from omero_operator.identity.kinds import PLATFORM
from operator_ring.children import children, versions
from operator_ring.kube import Kube
from operator_ring.shared_site import SharedSite

# The file that gets what the command writes as errors.
ERRORS = "PLAN_ERRORS"


def _errors_apart() -> None:
    os.dup2(os.open(os.environ[ERRORS], os.O_WRONLY | os.O_APPEND), 2)


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
        out, err = (self._file.with_suffix(f".{each}") for each in ("out", "err"))
        for each in (out, err):
            each.write_text("")
        command = ("plan", str(self._file), "--namespace", self._namespace)
        ended = forked.Forked(
            "omero_operator",
            *command,
            "--against",
            str(self._kube.kubeconfig),
            environment={"PATH": "/usr/bin:/bin", "PYTHONWARNINGS": "ignore", ERRORS: str(err)},
            log=out,
            first=_errors_apart,
        ).wait(60)
        self.out, self.err = out.read_text(), err.read_text()
        return ended

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
def test_what_would_change_of_a_site(shared: SharedSite, tmp_path: Path) -> None:
    plan = Plan(shared.kube, shared.namespace, tmp_path)
    shared.operator.wait_still()
    spec = shared.platform()["spec"]

    def seen() -> dict[str, str]:
        return versions([*children(shared.kube, shared.namespace, "site"), shared.platform()])

    before = seen()
    assert (plan(spec), plan.out, plan.err) == (0, "", ""), plan.err

    assert spec["web"]["replicas"] == 2
    assert plan({**spec, "web": {**spec["web"], "replicas": 3}}) == 1, plan.err
    assert "--- live/Deployment/site-web\n+++ plan/Deployment/site-web\n" in plan.out
    assert plan.changed() == ["-  replicas: 2", "+  replicas: 3"]

    assert plan({**spec, "web": {**spec["web"], "ingress": None}}) == 1, plan.err
    gone = [line for line in plan.changed() if line.startswith("-kind: ")]
    assert gone == ["-kind: Ingress"]

    assert plan({**spec, "database": {"storage": {"size": "1Gi"}}}) == 2
    assert "size cannot be reduced" in plan.err
    assert plan.out == ""

    service = {"annotations": {"no key of an annotation": "x"}}
    assert plan({**spec, "server": {**spec["server"], "service": service}}) == 2
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
