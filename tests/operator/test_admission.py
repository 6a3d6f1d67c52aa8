"""A webhook and an autoscaler change children: the operator compares what it owns, and settles."""

from __future__ import annotations

from typing import Any

import pytest

from omero_operator.identity.kinds import CLAIM, DEPLOYMENT, JOB, PLATFORM, Kind
from operator_ring.kube import Kube, Manifest, wait_until
from operator_ring.kubelet import PlayedKubelet
from operator_ring.process import OperatorProcess
from operator_ring.quiet import FULL_PASS, assert_no_write, wait_quiet
from operator_ring.releases import MakeOperator
from operator_ring.webhook import Webhook
from restricted_pod import RESTRICTED

AUTOSCALER = Kind("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers")


def mirrored(item: Manifest) -> None:
    """What such webhooks do: another registry, a sidecar, more memory."""
    spec = item["spec"]
    spec = spec["jobTemplate"]["spec"] if item["kind"] == "CronJob" else spec
    pod = spec["template"]["spec"]
    if not any(container["name"] == "sidecar" for container in pod["containers"]):
        pod["containers"].append(
            {"name": "sidecar", "image": "sidecar:1", "securityContext": RESTRICTED}
        )
    for container in pod["containers"]:
        container["image"] = "mirror.example.org/" + container["image"].rpartition("/")[2]
        container.setdefault("resources", {}).setdefault("requests", {})["memory"] = "77Mi"


def images(item: Manifest) -> list[str]:
    return [container["image"] for container in item["spec"]["template"]["spec"]["containers"]]


def told(kube: Kube, namespace: str) -> set[tuple[str, str, str]]:
    """What the status lists as left to others."""
    site = kube.get(PLATFORM, namespace, "site") or {}
    fields = site.get("status", {}).get("foreignFields", [])
    return {(field["object"], field["field"], field["manager"]) for field in fields}


@pytest.fixture
def operator(make_operator: MakeOperator) -> OperatorProcess:
    started = make_operator(FULL_PASS_SECONDS=FULL_PASS)
    started.wait_active()
    return started


@pytest.mark.timeout(300)
def test_no_write_under_a_webhook_that_changes_every_workload(
    kube: Kube, namespace: str, operator: OperatorProcess, kubelet: PlayedKubelet
) -> None:
    with Webhook(kube, namespace, mirrored):
        kube.platform(namespace, "site", {"web": {"ingress": {"host": "hook.example.org"}}})
        kube.wait_condition(namespace, "site", "Ready", "True")
        wait_quiet(operator)
        assert_no_write(kube, namespace, "site", operator)

        (job,) = kube.list(JOB, namespace, "app.kubernetes.io/managed-by=omero-operator")
        for item in (job, kube.get(DEPLOYMENT, namespace, "site-web") or {}):
            assert all(image.startswith("mirror.example.org/") for image in images(item))
        fields = told(kube, namespace)
        web = "Deployment/site-web"
        pod = "spec.template.spec.containers"
        assert (web, f"{pod}[name=sidecar]", "admission") in fields
        assert (web, f"{pod}[name=omero-web].image", "admission") in fields

        # A change by anybody else is still taken back, to what admission makes of ours.
        container = {"name": "omero-web", "image": "evil:1"}
        patch = {"spec": {"template": {"spec": {"containers": [container]}}}}
        before = images(kube.get(DEPLOYMENT, namespace, "site-web") or {})
        _change_without_webhook(kube, namespace, patch)
        wait_until(
            lambda: images(kube.get(DEPLOYMENT, namespace, "site-web") or {}) == before,
            what=operator.tail,
        )


def _change_without_webhook(kube: Kube, namespace: str, patch: Manifest) -> None:
    path = DEPLOYMENT.path(namespace, "site-web") + "?fieldManager=kubectl-edit"
    kube.request("PATCH", path, patch, "application/strategic-merge-patch+json")


@pytest.mark.timeout(300)
def test_replicas_of_an_autoscaler_are_left_and_told(
    kube: Kube, namespace: str, operator: OperatorProcess, kubelet: PlayedKubelet
) -> None:
    """On a site whose volume is larger than asked; those of a person are taken back before."""
    _claim_that_has_grown(kube, namespace)
    kube.platform(
        namespace, "site", {"web": {"replicas": 2}, "database": {"storage": {"size": "1Gi"}}}
    )
    kube.wait_condition(namespace, "site", "Ready", "True")
    _is_adopted(kube, namespace)
    scaled = kube.merge(DEPLOYMENT, namespace, "site-web", {"spec": {"replicas": 5}}, "scale")
    assert scaled["spec"]["replicas"] == 5
    wait_until(lambda: replicas(kube, namespace) == 2)

    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "site-web"}
    spec = {"scaleTargetRef": target, "minReplicas": 3, "maxReplicas": 5, "metrics": []}
    kube.create(AUTOSCALER, {"metadata": {"name": "web", "namespace": namespace}, "spec": spec})
    wait_until(lambda: replicas(kube, namespace) == 3)
    kube.wait_condition(namespace, "site", "Ready", "True")
    wait_quiet(operator)
    assert_no_write(kube, namespace, "site", operator)
    assert replicas(kube, namespace) == 3
    assert ("Deployment/site-web", "spec.replicas", "kube-controller-manager") in told(
        kube, namespace
    )
    _is_adopted(kube, namespace)

    # Sleep is the operator's matter, and what the specification asks for anew is written.
    kube.merge(PLATFORM, namespace, "site", {"spec": {"hibernated": True}})
    wait_until(lambda: replicas(kube, namespace) == 0)
    edit = {"spec": {"hibernated": False, "web": {"replicas": 4}}}
    kube.merge(PLATFORM, namespace, "site", edit)
    wait_until(lambda: replicas(kube, namespace) == 4)


def replicas(kube: Kube, namespace: str) -> Any:
    return (kube.get(DEPLOYMENT, namespace, "site-web") or {})["spec"]["replicas"]


def _claim_that_has_grown(kube: Kube, namespace: str) -> None:
    """It has the mark of a site of this name, and another size than is asked for now."""
    grown = {
        "metadata": {
            "name": "site-db",
            "namespace": namespace,
            "annotations": {"platform.omero.dev/retained": "site"},
        },
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "99Gi"}},
        },
    }
    kube.create(CLAIM, grown)


def _is_adopted(kube: Kube, namespace: str) -> None:
    claim = kube.get(CLAIM, namespace, "site-db") or {}
    assert claim["spec"]["resources"]["requests"]["storage"] == "99Gi"
    assert claim["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "omero-operator"
