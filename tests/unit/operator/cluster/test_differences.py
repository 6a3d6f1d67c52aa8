"""A settled platform causes no write; a changed, added or removed field of ours causes one."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from omero_operator.cluster.differences import changeable, differs, fitted, stamped
from omero_operator.desired.plan import desired
from omero_operator.identity.kinds import Manifest
from omero_operator.identity.labels import APPLIED
from operator_builders import by_title, context, leaves, spec

PLAIN = by_title(
    desired(
        context(
            spec(
                web={"ingress": {"host": "a.org", "annotations": {"empty": ""}}},
                worker={"replicas": 2},
                database={"storage": {"size": "1536Mi"}},
            ),
            secret_properties={"omero.a": "b"},
        )
    )
)
PLAN = {title: stamped(manifest) for title, manifest in PLAIN.items()}
DEPLOYMENT = "Deployment/demo-web"


def live(title: str) -> Manifest:
    """An object as the API server shows it after it was applied."""
    item = copy.deepcopy(PLAN[title])
    item["metadata"] |= {"uid": "u", "resourceVersion": "7", "generation": 1}
    item["status"] = {"observedGeneration": 1}
    return item


def container(item: Manifest) -> dict[str, Any]:
    found: dict[str, Any] = item["spec"]["template"]["spec"]["containers"][0]
    return found


@pytest.mark.parametrize("title", PLAN)
def test_what_was_applied_is_not_applied_again(title: str) -> None:
    assert not differs(PLAN[title], live(title))


@pytest.mark.parametrize("title", PLAN)
def test_missing_object_is_written(title: str) -> None:
    assert differs(PLAN[title], None)


def _defaults(item: Manifest) -> None:
    pod = item["spec"]["template"]["spec"]
    pod |= {"dnsPolicy": "ClusterFirst", "schedulerName": "default-scheduler"}
    item["spec"] |= {"revisionHistoryLimit": 10, "progressDeadlineSeconds": 600}
    container(item)["terminationMessagePath"] = "/dev/termination-log"
    container(item)["readinessProbe"]["successThreshold"] = 1
    container(item)["readinessProbe"]["httpGet"]["scheme"] = "HTTP"
    pod["volumes"][0]["secret"]["items"][0]["mode"] = 288


def _other_managers(item: Manifest) -> None:
    item["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = "3"
    item["metadata"]["labels"]["team"] = "imaging"
    item["metadata"]["managedFields"] = [{"manager": "kubectl"}]
    item["spec"]["template"]["metadata"]["annotations"]["kubectl/restartedAt"] = "now"


def _injected(item: Manifest) -> None:
    pod = item["spec"]["template"]["spec"]
    pod["containers"].append({"name": "istio-proxy", "image": "x"})
    pod["volumes"].insert(0, {"name": "token", "projected": {}})
    container(item)["env"].append({"name": "HTTP_PROXY", "value": "x"})


def _reordered(item: Manifest) -> None:
    container(item)["env"].reverse()
    container(item)["volumeMounts"].reverse()
    item["spec"]["template"]["spec"]["volumes"].reverse()


def _canonical_quantities(item: Manifest) -> None:
    container(item)["resources"] = {
        "requests": {"cpu": "0.05", "memory": "268435456"},
        "limits": {"memory": "1024Mi"},
    }


def _empty_maps_omitted(item: Manifest) -> None:
    for volume in item["spec"]["template"]["spec"]["volumes"]:
        if volume.get("emptyDir") == {}:
            del volume["emptyDir"]


HARMLESS: dict[str, Callable[[Manifest], None]] = {
    "defaults of the API server": _defaults,
    "metadata of other managers": _other_managers,
    "injected sidecar, volume and variable": _injected,
    "another order of named things": _reordered,
    "another spelling of quantities": _canonical_quantities,
    "empty maps left out": _empty_maps_omitted,
}


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS.keys())
def test_foreign_change_is_left_alone(change: Callable[[Manifest], None]) -> None:
    item = live(DEPLOYMENT)
    change(item)
    assert item != live(DEPLOYMENT)
    assert not differs(PLAN[DEPLOYMENT], item)


def _set(*path: str | int, value: Any) -> Callable[[Manifest], None]:
    def change(item: Manifest) -> None:
        inner: Any = item
        for step in path[:-1]:
            inner = inner[step]
        inner[path[-1]] = value

    return change


POD = ("spec", "template", "spec")
DRIFT: dict[str, Callable[[Manifest], None]] = {
    "replicas": _set("spec", "replicas", value=0),
    "image": lambda item: container(item).update(image="evil"),
    "limit": lambda item: container(item)["resources"]["limits"].update(memory="2Gi"),
    "label removed": lambda item: item["metadata"]["labels"].popitem(),
    "owner removed": lambda item: item["metadata"].pop("ownerReferences"),
    "second owner": lambda item: item["metadata"]["ownerReferences"].append({"uid": "x"}),
    "variable removed": lambda item: container(item)["env"].pop(),
    "variable changed": lambda item: container(item)["env"][0].update(value="x"),
    "container removed": _set(*POD, "containers", value=[]),
    "arguments": lambda item: container(item)["args"].append("--debug"),
    "security relaxed": _set(*POD, "securityContext", "runAsNonRoot", value=False),
    "block emptied": _set(*POD, "securityContext", value={}),
    "list became a map": _set(*POD, "volumes", value={}),
}


@pytest.mark.parametrize("change", DRIFT.values(), ids=DRIFT.keys())
def test_changed_field_of_ours_is_written_back(change: Callable[[Manifest], None]) -> None:
    item = live(DEPLOYMENT)
    change(item)
    assert differs(PLAN[DEPLOYMENT], item)


@pytest.mark.parametrize("title", PLAN)
def test_every_value_of_ours_is_watched(title: str) -> None:
    """Whichever single value of a map somebody changes, the operator sees it."""
    for path, value in leaves(changeable(PLAN[title])):
        if path.rpartition(".")[2] == value or path.endswith("]"):
            continue  # a key, or an item of a plain list
        item = live(title)
        _replace(item, path)
        assert differs(PLAN[title], item), path


def _replace(item: Manifest, path: str) -> None:
    """Put something else at a path such as `.spec.ports[0].port`; keys may contain dots."""
    inner: Any = item
    rest = path
    while rest:
        if rest.startswith("["):
            index, _, rest = rest[1:].partition("]")
            step: Any = int(index)
        else:
            keys = [k for k in inner if rest[1:] == k or rest[1:].startswith((f"{k}.", f"{k}["))]
            step = max(keys, key=len)
            rest = rest[1 + len(step) :]
        if not rest:
            inner[step] = "changed"
            return
        inner = inner[step]


def test_job_that_admission_changed_is_left_alone() -> None:
    """Its pods cannot be changed any more: writing would be refused for ever."""
    (title,) = [title for title in PLAN if title.startswith("Job/")]
    item = live(title)
    container(item)["image"] = "mirror.example.org/x"
    item["spec"]["template"]["spec"]["containers"].append({"name": "sidecar"})
    item["spec"] |= {"backoffLimit": 1, "parallelism": 1}
    assert not differs(PLAN[title], item)
    item["spec"]["suspend"] = not item["spec"]["suspend"]
    assert differs(PLAN[title], item)


@pytest.mark.parametrize(
    ("asked", "there", "result"),
    [("1Gi", "2Gi", "2Gi"), ("2Gi", "1Gi", "2Gi"), ("1Gi", "1024Mi", "1Gi"), ("1Gi", None, "1Gi")],
)
def test_volume_is_never_asked_to_shrink(asked: str, there: str | None, result: str) -> None:
    wanted, item = stamped(claim_of(asked)), claim_of(there or "")
    if there is None:
        del item["spec"]["resources"]
    own = fitted(wanted, item)
    assert own["spec"]["resources"]["requests"]["storage"] == result
    assert own["metadata"] == wanted["metadata"]


@pytest.mark.parametrize("there", [None, {"kind": "VolumeSnapshot", "name": "of-then"}])
@pytest.mark.parametrize("asked", [None, {"kind": "VolumeSnapshot", "name": "other"}])
def test_what_a_volume_was_made_from_stays(asked: Manifest | None, there: Manifest | None) -> None:
    """The API server lets nobody change it."""
    wanted, item = claim_of("1Gi"), claim_of("1Gi")
    for claim, source in ((wanted, asked), (item, there)):
        if source:
            claim["spec"]["dataSource"] = source
    assert fitted(wanted, None) == wanted
    assert fitted(wanted, item)["spec"] == item["spec"]


def test_field_that_left_the_plan_is_removed() -> None:
    """The object covers all that is wanted; only the recorded digest tells that it has more."""
    before = by_title(map(stamped, desired(context(spec(scheduling={"priorityClassName": "x"})))))
    after = by_title(map(stamped, desired(context())))
    assert differs(after[DEPLOYMENT], before[DEPLOYMENT])


@pytest.mark.parametrize(
    ("wanted", "shown", "differ"),
    [
        ("1024Mi", "1Gi", False),
        ("0.5", "500m", False),
        ("1000m", "1", False),
        ("1.5Gi", "1536Mi", False),
        ("1G", "1Gi", True),
        ("1Gi", "one", True),
        ("1Gi", None, True),
    ],
)
def test_quantities_compare_by_amount(wanted: str, shown: str | None, differ: bool) -> None:
    claim = stamped(claim_of(wanted))
    item = copy.deepcopy(claim)
    item["spec"]["resources"]["requests"]["storage"] = shown
    assert differs(claim, item) is differ


@pytest.mark.parametrize(("wanted", "shown"), [("0.0005", "500u"), ("1024Pi", "1Ei")])
def test_every_spelling_of_the_api_server_is_understood(wanted: str, shown: str) -> None:
    """The schema admits the first of each; the server shows the second, in every pass anew."""
    claim = stamped(claim_of(wanted))
    item = copy.deepcopy(claim)
    item["spec"]["resources"]["requests"]["storage"] = shown
    assert not differs(claim, item)


def claim_of(size: str) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "c"},
        "spec": {"resources": {"requests": {"storage": size}}},
    }


def test_amounts_elsewhere_are_plain_text() -> None:
    """A ConfigMap's 1024Mi is not 1Gi: programs read it."""
    wanted = {"kind": "ConfigMap", "metadata": {}, "data": {"memory": "1024Mi"}}
    assert differs(wanted, {**wanted, "data": {"memory": "1Gi"}})


def test_medium_of_a_scratch_volume_is_compared() -> None:
    wanted: Manifest = {"kind": "X", "metadata": {}, "v": {"emptyDir": {"medium": "Memory"}}}
    assert differs(wanted, {**wanted, "v": {"emptyDir": {}}})
    assert not differs(wanted, {**wanted, "v": {"emptyDir": {"medium": "Memory"}}})


def test_list_without_names_is_compared_in_order() -> None:
    wanted: Manifest = {"kind": "X", "metadata": {}, "spec": {"args": ["a", "b"]}}
    assert differs(wanted, {**wanted, "spec": {"args": ["b", "a"]}})
    assert differs(wanted, {**wanted, "spec": {"args": ["a", "b", "c"]}})
    assert differs(wanted, {**wanted, "spec": {"args": "a"}})


def test_mounts_of_one_volume_are_told_apart_by_their_paths() -> None:
    mounts = [{"name": "v", "mountPath": "/a"}, {"name": "v", "mountPath": "/b", "subPath": "b"}]
    wanted = {"volumeMounts": mounts}
    assert not differs(wanted, {"volumeMounts": mounts[::-1]})
    assert differs(wanted, {"volumeMounts": [mounts[0], {"name": "v", "mountPath": "/b"}]})


def test_stamp_tells_contents_apart() -> None:
    def stamp(manifest: Manifest) -> str:
        return str(stamped(manifest)["metadata"]["annotations"][APPLIED])

    config = PLAIN["ConfigMap/demo-redis"]
    assert stamp(config) == stamp(copy.deepcopy(config))
    assert stamp(config) != stamp({**config, "data": {"redis.conf": "port 1"}})


def test_values_of_secrets_are_compared_and_not_digested() -> None:
    title = "Secret/demo-server-config"
    other = stamped({**PLAIN[title], "data": {"secret.omero": "b3RoZXI="}})
    assert other["metadata"] == PLAN[title]["metadata"]
    assert differs(PLAN[title], other)


def test_stamping_leaves_the_plan_as_it_is() -> None:
    manifest: Manifest = {"kind": "X", "metadata": {"annotations": {"a": "b"}}}
    stamped(manifest)
    assert manifest == {"kind": "X", "metadata": {"annotations": {"a": "b"}}}
