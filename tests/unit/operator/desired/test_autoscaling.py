"""Autoscalers: of the published form, for the right workload, and never fought."""

from __future__ import annotations

from typing import Any

import pytest

from omero_operator.cluster.additions import scaled
from omero_operator.desired.plan import desired
from omero_operator.identity.kinds import Manifest
from omero_operator.identity.labels import SCALED_BY
from operator_builders import (
    EXTERNAL_REDIS,
    REDIS_BEHIND_SENTINELS,
    REDIS_WITH_TLS,
    by_title,
    changes,
    context,
    spec,
)
from published_kinds import complaints

WEB, WORKER = "Deployment/demo-web", "Deployment/demo-worker"


def plan(**blocks: Any) -> dict[str, Manifest]:
    return by_title(desired(context(spec(**blocks))))


def workers(**blocks: Any) -> dict[str, Manifest]:
    return plan(worker={"autoscaling": {}, **blocks.pop("worker", {})}, **blocks)


def test_web_gets_an_autoscaler_and_keeps_its_pods() -> None:
    usual, own = desired(context()), desired(context(spec(web={"autoscaling": {}})))
    assert changes(usual, own) == {"HorizontalPodAutoscaler/demo-web", WEB}
    before, after = by_title(usual)[WEB], by_title(own)[WEB]
    assert after["spec"] == before["spec"]
    assert after["metadata"]["annotations"][SCALED_BY] == "HorizontalPodAutoscaler"
    found = by_title(own)["HorizontalPodAutoscaler/demo-web"]["spec"]
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "demo-web"}
    assert found["scaleTargetRef"] == target
    assert (found["minReplicas"], found["maxReplicas"]) == (2, 6)
    (metric,) = found["metrics"]
    resource = metric["containerResource"]
    names = [each["name"] for each in after["spec"]["template"]["spec"]["containers"]]
    assert resource["container"] in names
    assert resource["target"] == {"type": "AverageValue", "averageValue": "500m"}


def test_workers_are_scaled_by_each_of_their_queues() -> None:
    made = workers(worker={"queues": ["default", "slow"], "autoscaling": {"drainSeconds": 7200}})
    scaler, login = made["ScaledObject/demo-worker"], made["TriggerAuthentication/demo-worker"]
    assert complaints(scaler) == complaints(login) == []
    assert [each["metadata"] for each in scaler["spec"]["triggers"]] == [
        {
            "address": "demo-redis.images.svc:6379",
            "listName": queue,
            "listLength": "4",
            "databaseIndex": "2",
        }
        for queue in ("default", "slow", "network")
    ]
    (secret,) = login["spec"]["secretTargetRef"]
    assert secret == {
        "parameter": "password",
        "name": "demo-redis-credentials",
        "key": "password",
    }
    pod = made[WORKER]["spec"]["template"]["spec"]
    assert pod["terminationGracePeriodSeconds"] == 7200
    assert plan()[WORKER]["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] == 120


@pytest.mark.parametrize(
    ("redis", "expected", "parameters"),
    [
        (EXTERNAL_REDIS, {"address": "redis.example.org:6380"}, ["password"]),
        (
            REDIS_WITH_TLS,
            {"address": "redis.example.org:6379", "enableTLS": "true"},
            ["password", "ca"],
        ),
        (
            REDIS_BEHIND_SENTINELS,
            {
                "addresses": "s1.example.org:26379,s2.example.org:26379",
                "sentinelMaster": "Images",
                "enableTLS": "true",
            },
            ["password", "ca", "sentinelPassword"],
        ),
    ],
    ids=["plain", "with TLS", "Sentinels"],
)
def test_external_redis(redis: Manifest, expected: dict[str, str], parameters: list[str]) -> None:
    made = workers(redis=redis)
    trigger = made["ScaledObject/demo-worker"]["spec"]["triggers"][0]
    metadata = trigger["metadata"]
    assert trigger["type"] == ("redis-sentinel" if "addresses" in expected else "redis")
    assert metadata.items() >= expected.items()
    assert ("enableTLS" in metadata) == ("enableTLS" in expected)
    login = made["TriggerAuthentication/demo-worker"]
    assert [each["parameter"] for each in login["spec"]["secretTargetRef"]] == parameters


def test_only_keda_may_reach_redis_besides() -> None:
    before = plan()["NetworkPolicy/demo-redis"]["spec"]["ingress"]
    after = workers()["NetworkPolicy/demo-redis"]["spec"]["ingress"]
    (opened,) = [rule for rule in after if rule not in before]
    keda = {"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "keda-operator"}}}
    assert opened == {"from": [keda], "ports": [{"protocol": "TCP", "port": 6379}]}


@pytest.mark.parametrize("fields", [{"spec": {"hibernated": True}}, {"stopped": {"web", "worker"}}])
def test_nothing_scales_what_is_stopped(fields: dict[str, Any]) -> None:
    """KEDA would start a worker for a job that waits."""
    both = {"web": {"autoscaling": {}}, "worker": {"autoscaling": {}}}
    given = spec(**both, **fields.get("spec", {}))
    made = by_title(desired(context(given, stopped=frozenset(fields.get("stopped", ())))))
    kinds = {name.split("/")[0] for name in made}
    assert not kinds & {"ScaledObject", "TriggerAuthentication", "HorizontalPodAutoscaler"}
    for name in (WEB, WORKER):
        assert made[name]["spec"]["replicas"] == 0
        assert SCALED_BY not in made[name]["metadata"].get("annotations", {})


def live(replicas: int, manager: str = "", subresource: str = "") -> Manifest:
    fields = [{"manager": manager, "subresource": subresource, "fieldsV1": REPLICAS}]
    metadata = {"managedFields": fields if manager else []}
    return {"kind": "Deployment", "metadata": metadata, "spec": {"replicas": replicas}}


REPLICAS = {"f:spec": {"f:replicas": {}}}


@pytest.mark.parametrize(
    ("there", "written"),
    [
        (None, 2),
        (live(5), 5),
        (live(0), 2),
        (live(5, "kube-controller-manager", "scale"), None),
        (live(0, "keda", "scale"), None),
        (live(5, "omero-operator"), 5),
    ],
    ids=["new", "there", "asleep", "scaled", "scaled to none", "written by us"],
)
def test_number_of_pods_is_the_autoscalers(there: Manifest | None, written: int | None) -> None:
    wanted = plan(web={"autoscaling": {"minReplicas": 2}})[WEB]
    assert scaled(wanted, there)["spec"].get("replicas") == written
    assert wanted["spec"]["replicas"] == 2


def test_who_sleeps_is_put_to_sleep_whoever_scaled_it() -> None:
    wanted = plan(web={"autoscaling": {}}, hibernated=True)[WEB]
    asleep = scaled(wanted, live(5, "kube-controller-manager", "scale"))
    assert asleep["spec"]["replicas"] == 0
