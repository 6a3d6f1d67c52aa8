"""Pods that the API server refuses: its words are in the condition, for every kind of workload."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from omero_operator.identity.kinds import PLATFORM, POD, STATEFUL_SET, Kind
from operator_ring.kube import SMALL, Kube, Manifest, Refused, wait_until
from operator_ring.kubelet import PlayedKubelet
from operator_ring.process import OperatorProcess
from operator_ring.webhook import Webhook
from restricted_pod import restricted_pod

QUOTA = Kind("v1", "ResourceQuota", "resourcequotas")
WEBHOOK = Kind(
    "admissionregistration.k8s.io/v1",
    "ValidatingWebhookConfiguration",
    "validatingwebhookconfigurations",
)
POLICY = Kind(
    "admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", "validatingadmissionpolicies"
)
BINDING = Kind(
    "admissionregistration.k8s.io/v1",
    "ValidatingAdmissionPolicyBinding",
    "validatingadmissionpolicybindings",
)

GROUPS = {"groups": [{"name": "lab"}]}
PODS = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}


def quota(kube: Kube, namespace: str) -> None:
    kube.create(
        QUOTA,
        {
            "metadata": {"name": "cpu", "namespace": namespace},
            "spec": {"hard": {"limits.cpu": "64"}},
        },
    )


def policy(kube: Kube, namespace: str) -> None:
    name = f"refuse-{namespace}"
    spec: dict[str, Any] = {
        "matchConstraints": {"resourceRules": [PODS], "namespaceSelector": _only(namespace)},
        "validations": [{"expression": "false", "message": "no pods at all today"}],
    }
    kube.create(POLICY, {"metadata": {"name": name}, "spec": spec})
    binding = {"policyName": name, "validationActions": ["Deny"]}
    kube.create(BINDING, {"metadata": {"name": name}, "spec": binding})


def webhook_that_is_down(kube: Kube, namespace: str) -> None:
    hook = {
        "name": "gate.example.org",
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
        "clientConfig": {"url": "https://127.0.0.1:9/"},
        "namespaceSelector": _only(namespace),
        "rules": [PODS],
    }
    kube.create(WEBHOOK, {"metadata": {"name": f"refuse-{namespace}"}, "webhooks": [hook]})


def _refuses(kube: Kube, namespace: str, words: str) -> bool:
    """Whether the API server already acts by what was created; it takes a while to notice."""
    pod = restricted_pod("probe", "example.org/probe:1")
    try:
        kube.request("POST", POD.path(namespace) + "?dryRun=All", pod)
    except Refused as refusal:
        return words in refusal.message
    return False


def wait_for_words(kube: Kube, namespace: str, words: str, *kinds: str) -> list[str]:
    """Wait until conditions quote a refusal of pods; reason and message of each."""

    def told() -> list[str]:
        found = [kube.condition(namespace, "site", kind) for kind in kinds]
        return [f"{each['reason']}: {each['message']}" for each in found]

    def quoted() -> bool:
        return all(line.startswith("FailedCreate: ") and words in line for line in told())

    wait_until(quoted, 90, lambda: str(told()))
    return told()


def _only(namespace: str) -> dict[str, Any]:
    return {"matchLabels": {"kubernetes.io/metadata.name": namespace}}


@pytest.fixture(autouse=True)
def _nothing_stays_behind(kube: Kube, namespace: str) -> Iterator[None]:
    yield
    for kind in (BINDING, POLICY, WEBHOOK):
        kube.delete(kind, None, f"refuse-{namespace}")


# Whoever refuses, the words come the same way; one of them is enough in each run.
@pytest.mark.parametrize(
    ("refuse", "words", "advice"),
    [
        pytest.param(
            quota, "must specify limits.cpu", "give the namespace a LimitRange", id="quota"
        ),
        pytest.param(policy, "no pods at all today", "", id="policy", marks=pytest.mark.nightly),
        pytest.param(
            webhook_that_is_down,
            'failed calling webhook "gate.example.org"',
            "",
            id="webhook that is down",
            marks=pytest.mark.nightly,
        ),
    ],
)
def test_what_keeps_pods_from_being_made_is_quoted(
    kube: Kube,
    namespace: str,
    operator: OperatorProcess,
    kubelet: PlayedKubelet,
    refuse: Callable[[Kube, str], None],
    words: str,
    advice: str,
) -> None:
    kube.platform(namespace, "site", SMALL)
    kube.wait_condition(namespace, "site", "Ready", "True")
    refuse(kube, namespace)
    wait_until(lambda: _refuses(kube, namespace, words))

    # Another bootstrap is another Job; it starts while the server is ready.
    kube.merge(PLATFORM, namespace, "site", {"spec": {"server": GROUPS}})
    (bootstrap,) = wait_for_words(kube, namespace, words, "Bootstrapped")
    for pod in kube.list(POD, namespace):
        kube.delete(POD, namespace, pod["metadata"]["name"])
    server, web, ready = wait_for_words(kube, namespace, words, "ServerReady", "WebReady", "Ready")
    assert "StatefulSet site-server cannot create its pod: " in server
    assert "Deployment site-web cannot create its pod: " in web
    assert "Job site-bootstrap-" in bootstrap
    assert all(advice in line for line in (server, web, ready, bootstrap))


def add_sidecar(workload: Manifest) -> None:
    """What a webhook adds that was made for namespaces without Pod Security."""
    spec = workload["spec"]["template"]["spec"]
    if not any(container["name"] == "spy" for container in spec["containers"]):
        spec["containers"].append({"name": "spy", "image": "example.org/spy:1"})


def test_a_change_whose_pods_are_refused_stops_at_the_first_and_pod_security_is_quoted(
    kube: Kube, namespace: str, operator: OperatorProcess, kubelet: PlayedKubelet
) -> None:
    kube.platform(namespace, "site", SMALL)
    kube.wait_condition(namespace, "site", "Ready", "True")
    _stops_at_the_first(kube, namespace)
    kube.wait_condition(namespace, "site", "Ready", "True")
    _pod_security_is_quoted(kube, namespace)


def _stops_at_the_first(kube: Kube, namespace: str) -> None:
    """It concerns every pod of the site; those after the databases go on as they were."""
    edit = {"scheduling": {"priorityClassName": "nowhere"}}
    kube.merge(PLATFORM, namespace, "site", {"spec": edit})
    words = "no PriorityClass with name nowhere"
    for line in wait_for_words(kube, namespace, words, "DatabaseReady", "Ready"):
        assert "spec.scheduling.priorityClassName" in line
    for kind in ("RedisReady", "ServerReady", "WebReady"):
        told = kube.condition(namespace, "site", kind)
        assert "has changed and restarts when OMERO's database is ready" in told["message"]
    for name in ("server", "redis"):
        workload = kube.get(STATEFUL_SET, namespace, f"site-{name}") or {}
        assert workload["status"]["readyReplicas"] == 1
    kube.merge(PLATFORM, namespace, "site", {"spec": {"scheduling": {"priorityClassName": None}}})


def _pod_security_is_quoted(kube: Kube, namespace: str) -> None:
    """The operator's own pods meet the restricted level; what others add to them may not."""

    def mutate(workload: Manifest) -> None:
        if workload["kind"] in ("StatefulSet", "Deployment", "Job"):
            add_sidecar(workload)

    with Webhook(kube, namespace, mutate):
        edit = {"server": GROUPS, "scheduling": {"nodeSelector": {"disk": "ssd"}}}
        kube.merge(PLATFORM, namespace, "site", {"spec": edit})
        words = 'violates PodSecurity "restricted:latest"'
        kinds = ("DatabaseReady", "PluginDatabaseReady", "Ready")
        for line in wait_for_words(kube, namespace, words, *kinds):
            assert 'container "spy"' in line
            assert "pod-security.kubernetes.io/enforce" in line
