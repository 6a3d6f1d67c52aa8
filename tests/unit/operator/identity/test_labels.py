"""Labels: selectors never change, pods are found, an upgrade of the operator restarts nothing."""

from __future__ import annotations

import pytest

from omero_operator import __version__
from omero_operator.desired.plan import COMPONENTS, desired
from omero_operator.identity import labels
from operator_builders import NAME, UID, by_title, context, spec, templates

PLAN = desired(context(spec(web={"ingress": {"host": "a.org"}}, worker={"replicas": 2})))


def matches(selector: str, given: dict[str, str]) -> bool:
    return dict(part.split("=") for part in selector.split(",")).items() <= given.items()


def test_every_child_is_found_by_the_selector_of_its_platform() -> None:
    """What the list does not show would be applied anew for ever and never pruned."""
    for manifest in PLAN:
        own = manifest["metadata"]["labels"]
        assert matches(labels.children_of(NAME), own)
        assert matches(labels.ALL_CHILDREN, own)
        assert not matches(labels.children_of("other"), own)


def test_every_pod_is_found_by_the_selector_of_pods() -> None:
    for name, template in templates(PLAN):
        own = template["metadata"]["labels"]
        assert matches(labels.pods_of(NAME), own), name
        assert matches(labels.PODS, own), name


def test_pods_are_no_children() -> None:
    """Their Jobs and ReplicaSets belong to Kubernetes' controllers; pruning is not for them."""
    for name, template in templates(PLAN):
        assert labels.MANAGED_BY not in template["metadata"]["labels"], name


def test_version_of_the_operator_stands_in_no_pod() -> None:
    for _, template in templates(PLAN):
        assert __version__ not in template["metadata"]["labels"].values()
        assert "app.kubernetes.io/version" not in template["metadata"]["labels"]


def test_jobs_of_cron_jobs_are_seen_as_runs() -> None:
    for name in ("demo-vacuum", "demo-reindex"):
        job = by_title(PLAN)[f"CronJob/{name}"]["spec"]["jobTemplate"]
        assert matches(labels.pods_of(NAME), job["metadata"]["labels"])
        assert labels.MANAGED_BY not in job["metadata"]["labels"]


def test_workload_selects_exactly_its_own_pods() -> None:
    found = [
        (m["spec"]["selector"]["matchLabels"], m["spec"]["template"]["metadata"]["labels"])
        for m in PLAN
        if m["kind"] in ("StatefulSet", "Deployment")
    ]
    for index, (selector, _) in enumerate(found):
        hits = [selector.items() <= own.items() for _, own in found]
        assert hits == [i == index for i in range(len(found))]


def test_services_and_budgets_select_one_workload_each() -> None:
    pods = [template["metadata"]["labels"] for _, template in templates(PLAN)]
    for manifest in PLAN:
        match manifest["kind"]:
            case "Service":
                selector = manifest["spec"]["selector"]
            case "PodDisruptionBudget":
                selector = manifest["spec"]["selector"]["matchLabels"]
            case _:
                continue
        assert sum(selector.items() <= own.items() for own in pods) == 1


@pytest.mark.parametrize("component", [each.name for each in COMPONENTS])
def test_selector_is_part_of_both_label_sets(component: str) -> None:
    selector = labels.selector(NAME, component).items()
    assert selector <= labels.pod_labels(NAME, component).items()
    assert selector <= labels.labels(NAME, component).items()


def test_owner_reference_lets_kubernetes_collect_children() -> None:
    """Without blocking: the operator has no right to set finalizers on platforms."""
    assert labels.owner_reference(NAME, UID) == {
        "apiVersion": "platform.omero.dev/v1alpha1",
        "kind": "OmeroPlatform",
        "name": NAME,
        "uid": UID,
        "controller": True,
        "blockOwnerDeletion": False,
    }
