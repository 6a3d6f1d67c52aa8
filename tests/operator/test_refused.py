"""What the API server refuses of a changed specification is known before anything is written."""

from __future__ import annotations

from typing import Any

import pytest

from omero_operator.identity.kinds import CRON_JOB, PLATFORM, Kind
from operator_ring.children import children, versions
from operator_ring.kube import NAMESPACE, Kube, Manifest, Refused, wait_until
from operator_ring.kubelet import PlayedKubelet
from operator_ring.process import OperatorProcess

POLICY = Kind(
    "admissionregistration.k8s.io/v1",
    "ValidatingAdmissionPolicy",
    "validatingadmissionpolicies",
)
BINDING = Kind(
    "admissionregistration.k8s.io/v1",
    "ValidatingAdmissionPolicyBinding",
    "validatingadmissionpolicybindings",
)

REFUSED: list[tuple[str, Manifest, str, tuple[str, ...]]] = [
    (
        "annotation-key",
        {"web": {"ingress": {"host": "r.example.org", "annotations": {"a b": "x"}}}},
        "spec.web",
        ("Ingress", "site-web", "metadata.annotations", "a b"),
    ),
    (
        "node-selector",
        {"scheduling": {"nodeSelector": {"zone": "not a label value"}}},
        "spec.database",
        ("StatefulSet", "site-db", "spec.template.spec.nodeSelector", "not a label value"),
    ),
    (
        "resource-name",
        {"redis": {"resources": {"requests": {"gold": "1"}}}},
        "spec.redis",
        ("StatefulSet", "site-redis", "resources.requests", "gold"),
    ),
]


def test_nothing_is_made_of_a_specification_that_is_refused(
    kube: Kube, namespace: str, operator: OperatorProcess, subtests: pytest.Subtests
) -> None:
    for name, spec, _, _ in REFUSED:
        kube.platform(namespace, name, spec)
    for name, _, path, words in REFUSED:
        with subtests.test(name):
            found = kube.wait_condition(namespace, name, "SpecValid", "False")
            assert found["reason"] == "Refused"
            assert found["message"].startswith(f"{path}: ")
            said = found["message"]
            assert all(word.replace("site", name) in said for word in words), said
            assert kube.condition(namespace, name, "Ready")["reason"] == "Refused"
            assert children(kube, namespace, name) == []


def test_a_running_site_stays_as_it_is_until_the_specification_is_mended(
    kube: Kube, namespace: str, operator: OperatorProcess, kubelet: PlayedKubelet
) -> None:
    kube.platform(namespace, "site", {"web": {"ingress": {"host": "stay.example.org"}}})
    kube.wait_condition(namespace, "site", "Ready", "True")
    operator.wait_still()
    before = versions(children(kube, namespace, "site"))
    edit: dict[str, Any] = {"ingress": {"annotations": {"a b": "x"}}, "replicas": 1}
    kube.merge(PLATFORM, namespace, "site", {"spec": {"web": edit}})
    kube.wait_condition(namespace, "site", "SpecValid", "False")
    operator.wait_still()
    assert versions(children(kube, namespace, "site")) == before
    assert kube.condition(namespace, "site", "WebReady")["status"] == "True"

    mended = {"ingress": {"annotations": {"a b": None, "a/b": "x"}}}
    kube.merge(PLATFORM, namespace, "site", {"spec": {"web": mended}})
    kube.wait_condition(namespace, "site", "Ready", "True")
    assert versions(children(kube, namespace, "site")) != before


def test_a_refusal_by_a_policy_ends_with_the_policy(
    kube: Kube, namespace: str, operator: OperatorProcess
) -> None:
    """Nobody changes the specification: the same one is tried again."""
    _forbid_cron_jobs(kube, namespace)
    kube.platform(namespace, "site")
    found = kube.wait_condition(namespace, "site", "SpecValid", "False")
    assert "spec.maintenance: " in found["message"]
    assert "no cron jobs here" in found["message"]
    assert children(kube, namespace, "site") == []
    kube.delete(BINDING, None, namespace)
    wait_until(lambda: kube.condition(namespace, "site", "SpecValid")["status"] == "True")
    wait_until(lambda: len(children(kube, namespace, "site")) > 30)


def _forbid_cron_jobs(kube: Kube, namespace: str) -> None:
    rule = {
        "apiGroups": ["batch"],
        "apiVersions": ["v1"],
        "operations": ["CREATE", "UPDATE"],
        "resources": ["cronjobs"],
    }
    policy = {
        "failurePolicy": "Fail",
        "matchConstraints": {"resourceRules": [rule]},
        "validations": [{"expression": "false", "message": "no cron jobs here"}],
    }
    kube.create(POLICY, {"metadata": {"name": namespace}, "spec": policy})
    kube.merge(NAMESPACE, None, namespace, {"metadata": {"labels": {"cron": namespace}}})
    selector = {"namespaceSelector": {"matchLabels": {"cron": namespace}}}
    binding = {"policyName": namespace, "validationActions": ["Deny"], "matchResources": selector}
    kube.create(BINDING, {"metadata": {"name": namespace}, "spec": binding})
    pod = {"containers": [{"name": "x", "image": "x"}], "restartPolicy": "Never"}
    job = {
        "metadata": {"name": "x", "namespace": namespace},
        "spec": {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": {"spec": pod}}}},
    }
    path = CRON_JOB.path(namespace) + "?dryRun=All"

    def active() -> bool:
        try:
            kube.request("POST", path, job)
        except Refused as refusal:
            return "no cron jobs here" in refusal.message
        return False

    wait_until(active)
