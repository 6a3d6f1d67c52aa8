"""What is an addition, what is left to others, and how often an addition is taken back.

Who owns a field is a matter of the API server and tested on a real one.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from typing import Any

import pytest

from omero_operator.api.v1alpha1.status import ForeignField
from omero_operator.cluster.additions import Additions, additions, contested, scaled
from omero_operator.cluster.managed_fields import Path, pointer, readable
from omero_operator.desired.component import Credential
from omero_operator.desired.plan import desired
from omero_operator.identity.kinds import SERVICE, Manifest
from omero_operator.identity.labels import AUTOSCALED, RETAINED, labels
from omero_operator.state.observed import Failure, Observed
from operator_builders import NAME, NAMESPACE, Cluster, by_title, context, spec

PLAN = by_title(desired(context(spec(web={"ingress": {"host": "a.org"}}))))
WEB = "Deployment/demo-web"
MAIN = 'k:{"name":"omero-web"}'
POD: Path = ("f:spec", "f:template", "f:spec")


def fields(*paths: Path) -> Manifest:
    """FieldsV1 of some paths; one that is the beginning of another becomes its `.`."""
    result: Manifest = {}
    for path in sorted(paths, key=len, reverse=True):
        inner = result
        for step in path:
            inner = inner.setdefault(step, {})
        if inner:
            inner["."] = {}
    return result


def live(title: str, *paths: Path, manager: str = "kubectl", subresource: str = "") -> Manifest:
    """A child as it was applied, with fields that a manager owns."""
    item = copy.deepcopy(PLAN[title])
    entry: Manifest = {"manager": manager, "fieldsV1": fields(*paths)}
    if subresource:
        entry["subresource"] = subresource
    item["metadata"] |= {"uid": f"uid of {title}", "resourceVersion": "1"}
    item["metadata"]["managedFields"] = [entry]
    return item


def pod(item: Manifest) -> Manifest:
    found: Manifest = item["spec"]["template"]["spec"]
    return found


def _external_ips(item: Manifest) -> list[Path]:
    item["spec"]["externalIPs"] = ["192.0.2.7"]
    return [("f:spec", "f:externalIPs")]


def _container(item: Manifest) -> list[Path]:
    pod(item)["containers"].append({"name": "evil", "image": "x", "env": [{"name": "A"}]})
    evil = (*POD, "f:containers", 'k:{"name":"evil"}')
    return [evil, (*evil, "f:image"), (*evil, "f:env", 'k:{"name":"A"}')]


def _variable(item: Manifest) -> list[Path]:
    pod(item)["containers"][0].setdefault("env", []).append({"name": "X", "value": "1"})
    variable = (*POD, "f:containers", MAIN, "f:env", 'k:{"name":"X"}')
    return [variable, (*variable, "f:value")]


def _beside_ours(item: Manifest) -> list[Path]:
    """A block of ours got one more field: the block stays."""
    pod(item)["securityContext"]["sysctls"] = []
    return [(*POD, "f:securityContext", "f:sysctls")]


def _whole_block(item: Manifest) -> list[Path]:
    """Somebody made the block: it goes with all that is in it."""
    pod(item)["dnsConfig"] = {"searches": ["x"], "options": []}
    block = (*POD, "f:dnsConfig")
    return [block, (*block, "f:searches")]


ADDED: dict[str, tuple[str, Callable[[Manifest], list[Path]], str]] = {
    "field": ("Service/demo-web", _external_ips, "spec.externalIPs"),
    "container": (WEB, _container, "spec.template.spec.containers[name=evil]"),
    "variable": (WEB, _variable, "spec.template.spec.containers[name=omero-web].env[name=X]"),
    "beside ours": (WEB, _beside_ours, "spec.template.spec.securityContext.sysctls"),
    "whole block": (WEB, _whole_block, "spec.template.spec.dnsConfig"),
}


@pytest.mark.parametrize("case", ADDED.values(), ids=ADDED.keys())
def test_an_addition_is_named_by_its_topmost_field(
    case: tuple[str, Callable[[Manifest], list[Path]], str],
) -> None:
    title, add, text = case
    item = live(title)
    paths = add(item)
    item["metadata"]["managedFields"] = [{"manager": "kubectl", "fieldsV1": fields(*paths)}]
    found = additions(PLAN[title], item)
    assert {readable(path): manager for path, manager in found.items()} == {text: "kubectl"}


@pytest.mark.parametrize(
    ("title", "path", "value"),
    [
        (WEB, ("f:metadata", "f:labels", "f:team"), "blue"),
        (WEB, ("f:spec", "f:template", "f:metadata", "f:annotations", "f:restartedAt"), "now"),
        (WEB, ("f:status", "f:x"), "y"),
        ("Service/demo-web", ("f:spec", "f:loadBalancerIP"), "192.0.2.7"),
        ("ServiceAccount/demo-web", ("f:imagePullSecrets",), [{"name": "x"}]),
        ("PersistentVolumeClaim/demo-db", ("f:spec", "f:volumeName"), "pv-1"),
    ],
)
def test_open_fields_are_no_additions(title: str, path: Path, value: Any) -> None:
    item = live(title, path)
    _put(item, path, value)
    assert pointer(item, path)
    assert additions(PLAN[title], item) == {}


def test_a_key_called_metadata_is_closed_in_a_config_map() -> None:
    item = live("ConfigMap/demo-web", ("f:data", "f:metadata"))
    item["data"]["metadata"] = "x"
    assert list(additions(PLAN["ConfigMap/demo-web"], item)) == [("f:data", "f:metadata")]


@pytest.mark.parametrize(
    ("manager", "subresource"),
    [("omero-operator", ""), ("before-first-apply", ""), ("kube-controller-manager", "status")],
)
def test_managers_whose_fields_are_no_additions(manager: str, subresource: str) -> None:
    path: Path = ("f:spec", "f:externalIPs")
    item = live("Service/demo-web", path, manager=manager, subresource=subresource)
    item["spec"]["externalIPs"] = ["192.0.2.7"]
    assert additions(PLAN["Service/demo-web"], item) == {}


def test_what_the_plan_has_is_no_addition_whoever_set_it() -> None:
    """Somebody set our own value: the API server counts it as theirs."""
    image: Path = (*POD, "f:containers", MAIN, "f:image")
    item = live(WEB, image, ("f:spec", "f:selector"))
    assert additions(PLAN[WEB], item) == {}
    assert contested(PLAN[WEB], item) == [("f:spec", "f:selector")]


def _put(item: Manifest, path: Path, value: Any) -> None:
    for step in path[:-1]:
        item = item.setdefault(step[2:], {})
    item[path[-1][2:]] = value


# --- an autoscaler --------------------------------------------------------------------------------

REPLICAS: Path = ("f:spec", "f:replicas")


def autoscaled(count: int, **kwargs: str) -> Manifest:
    item = live(
        WEB, REPLICAS, **{"manager": "kube-controller-manager", "subresource": "scale"} | kwargs
    )
    item["spec"]["replicas"] = count
    return item


def test_replicas_of_an_autoscaler_are_left_out() -> None:
    own = scaled(PLAN[WEB], autoscaled(5))
    assert "replicas" not in own["spec"]
    assert own["metadata"]["annotations"][AUTOSCALED] == "2"
    assert PLAN[WEB]["spec"]["replicas"] == 2


@pytest.mark.parametrize(
    ("manager", "subresource"),
    [("kubectl", "scale"), ("kube-controller-manager", ""), ("kubectl-edit", "")],
)
def test_replicas_of_a_person_are_not(manager: str, subresource: str) -> None:
    assert scaled(PLAN[WEB], autoscaled(5, manager=manager, subresource=subresource)) == PLAN[WEB]


def test_zero_is_never_left_to_an_autoscaler() -> None:
    asleep = {**PLAN[WEB], "spec": {**PLAN[WEB]["spec"], "replicas": 0}}
    assert scaled(asleep, autoscaled(5)) == asleep
    assert scaled(PLAN[WEB], autoscaled(0)) == PLAN[WEB]
    assert scaled(PLAN[WEB], None) == PLAN[WEB]


def test_another_number_in_the_specification_is_applied_once() -> None:
    item = autoscaled(5)
    item["metadata"].setdefault("annotations", {})[AUTOSCALED] = "2"
    assert "replicas" not in scaled(PLAN[WEB], item)["spec"]
    item["metadata"]["annotations"][AUTOSCALED] = "3"
    assert scaled(PLAN[WEB], item) == PLAN[WEB]


# --- taking back ----------------------------------------------------------------------------------


class Passes:
    """Passes over a cluster in which somebody adds an external address to a Service."""

    def __init__(self) -> None:
        self.now = 0.0
        self.cluster = Cluster(self.added())
        self.additions = Additions(self.cluster, 120, lambda: self.now)

    @staticmethod
    def added() -> Manifest:
        item = live("Service/demo-web", ("f:spec", "f:externalIPs"), manager="other")
        item["spec"]["externalIPs"] = ["192.0.2.7"]
        return item

    def add_again(self) -> None:
        self.cluster.replace(SERVICE, "demo-web", spec=self.added()["spec"])

    def one(self, *failures: Failure) -> Observed:
        children = {(k, n): item for (k, _, n), item in self.cluster.objects.items()}
        view = Observed(children=copy.deepcopy(children), failures=failures)
        plan = [PLAN["Service/demo-web"]]
        return asyncio.run(self.additions.take_back(plan, [], view))


FOREIGN = ForeignField(object="Service/demo-web", field="spec.externalIPs", manager="other")


def test_an_addition_is_removed_and_not_told() -> None:
    passes = Passes()
    after = passes.one()
    assert passes.cluster.writes == ["patch Service/demo-web"]
    assert "externalIPs" not in after.children["Service", "demo-web"]["spec"]
    assert after.foreign_fields == ()
    assert passes.one().foreign_fields == ()
    assert len(passes.cluster.writes) == 1


def test_what_comes_back_is_taken_back_once_in_a_full_pass() -> None:
    passes = Passes()
    passes.one()
    for _ in range(5):
        passes.add_again()
        assert passes.one().foreign_fields == (FOREIGN,)
    assert len(passes.cluster.writes) == 1
    passes.now = 108.0  # the earliest that a full pass comes
    assert passes.one().foreign_fields == ()
    assert len(passes.cluster.writes) == 2


@pytest.mark.parametrize("status", [403, 422])
def test_what_cannot_be_taken_back_is_told_and_rarely_tried(status: int) -> None:
    passes = Passes()
    passes.cluster.refusals["patch Service"] = status
    for passes.now in (0.0, 120.0, 240.0):
        assert passes.one().foreign_fields == (FOREIGN,)
    passes.cluster.refusals.clear()
    passes.now = 3700.0
    assert passes.one().foreign_fields == ()


def test_an_object_that_changed_meanwhile_is_left_to_the_next_pass() -> None:
    passes = Passes()
    passes.cluster.refusals["patch Service"] = 409
    passes.one()
    passes.cluster.refusals.clear()
    assert passes.one().foreign_fields == ()
    assert passes.cluster.writes == ["patch Service/demo-web"]


def test_a_component_that_is_held_stays_as_it_is() -> None:
    passes = Passes()
    passes.one(Failure("web", "SecretNotFound", "x", holds=True))
    assert passes.cluster.writes == []


def take_back(item: Manifest, plan: Manifest, *credentials: Credential) -> tuple[Cluster, Observed]:
    cluster = Cluster(item)
    (stored,) = cluster.objects.values()
    view = Observed(children={(item["kind"], item["metadata"]["name"]): copy.deepcopy(stored)})
    after = asyncio.run(Additions(cluster, 120).take_back([plan], credentials, view))
    return cluster, after


def test_several_items_of_one_list_go_together() -> None:
    item = live(WEB)
    names = ["a", "b", "c"]
    own = [container["name"] for container in pod(item)["containers"]]
    pod(item)["containers"][:0] = [{"name": "a"}]
    pod(item)["containers"] += [{"name": "b"}, {"name": "c"}]
    paths = [(*POD, "f:containers", f'k:{{"name":"{name}"}}') for name in names]
    item["metadata"]["managedFields"] = [{"manager": "kubectl", "fieldsV1": fields(*paths)}]
    _, after = take_back(item, PLAN[WEB])
    left = pod(after.children["Deployment", "demo-web"])["containers"]
    assert [container["name"] for container in left] == own


def test_keys_of_a_generated_secret_stay_whoever_set_their_values() -> None:
    """A changed value is a rotation; a further key is an addition."""
    metadata = {
        "name": "demo-x",
        "namespace": NAMESPACE,
        "labels": labels(NAME, "web"),
        "annotations": {RETAINED: NAME},
    }
    plan = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata}
    entry = {
        "manager": "kubectl",
        "fieldsV1": fields(("f:data", "f:password"), ("f:data", "f:more"), ("f:type",)),
    }
    item = {
        **plan,
        "metadata": {**metadata, "managedFields": [entry]},
        "type": "Opaque",
        "data": {"password": "eA==", "more": "eA=="},
    }
    credential = Credential("demo-x", "web", (("password", "random"),))
    _, after = take_back(item, plan, credential)
    assert after.children["Secret", "demo-x"]["data"] == {"password": "eA=="}
    assert after.foreign_fields == ()


def test_what_admission_and_an_autoscaler_made_is_told() -> None:
    item = autoscaled(5)
    pod(item)["containers"][0]["image"] = "mirror.example.org/x"
    pod(item)["containers"].append({"name": "sidecar", "env": [{"name": "A"}]})
    pod(item)["initContainers"] = [*pod(item).get("initContainers", []), {"name": "set-up"}]
    pod(item)["nodeSelector"] = {"pool": "blue"}
    pod(item)["dnsPolicy"] = "ClusterFirst"
    cluster, after = take_back(item, PLAN[WEB])
    assert cluster.writes == []
    inside = "spec.template.spec"
    assert [(f.field, f.manager) for f in after.foreign_fields if f.object == WEB] == [
        ("spec.replicas", "kube-controller-manager"),
        (f"{inside}.containers[name=omero-web].image", "admission"),
        (f"{inside}.containers[name=sidecar]", "admission"),
        (f"{inside}.initContainers[name=set-up]", "admission"),
        (f"{inside}.nodeSelector.pool", "admission"),
    ]


def test_a_component_that_could_not_be_written_says_nothing_of_admission() -> None:
    item = live(WEB)
    pod(item)["containers"][0]["image"] = "an earlier one"
    view = Observed(
        children={("Deployment", "demo-web"): item}, failures=(Failure("web", "Rejected", "x"),)
    )
    after = asyncio.run(Additions(Cluster(item), 120).take_back([PLAN[WEB]], [], view))
    assert after.foreign_fields == ()


def test_a_change_that_is_no_longer_undone_is_told_with_its_manager() -> None:
    image: Path = (*POD, "f:containers", MAIN, "f:image")
    item = live(WEB, image, manager="other-operator")
    pod(item)["containers"][0]["image"] = "another"
    _, after = take_back(item, PLAN[WEB])
    assert after.foreign_fields == (
        ForeignField(
            object=WEB,
            field="spec.template.spec.containers[name=omero-web].image",
            manager="other-operator",
        ),
    )
