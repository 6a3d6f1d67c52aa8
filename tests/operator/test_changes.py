"""What an edit does: it rolls what uses the changed thing, prunes what is gone, and no more."""

from __future__ import annotations

import base64
import time
from typing import Any

import pytest

from omero_operator.identity.kinds import (
    CRON_JOB,
    DEPLOYMENT,
    INGRESS,
    JOB,
    NETWORK_POLICY,
    PLATFORM,
    SECRET,
    STATEFUL_SET,
)
from omero_operator.identity.labels import children_of
from operator_ring.children import children, versions
from operator_ring.kube import Kube, wait_until
from operator_ring.kubelet import PlayedKubelet
from operator_ring.process import OperatorProcess
from operator_ring.shared_site import SPEC, SharedSite


def templates(kube: Kube, namespace: str) -> dict[str, Any]:
    """Pod templates of all workloads; a change of one restarts its pods."""
    return {
        child["metadata"]["name"]: child["spec"]["template"]
        for child in children(kube, namespace, "site")
        if child["kind"] in (STATEFUL_SET.name, DEPLOYMENT.name)
    }


def rolled(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    return {name for name in before if before[name] != after[name]}


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (
            {"web": {"config": {"omero.web.page_size": "5"}}},
            {"site-web", "site-uploads", "site-exports"},
        ),
        ({"server": {"config": {"omero.sessions.timeout": "1"}}}, {"site-server"}),
        ({"redis": {"maxMemory": "300Mi"}}, {"site-redis"}),
        ({"worker": {"concurrency": 3}}, {"site-worker"}),
        ({"web": {"uploads": {"streams": 8}}}, {"site-uploads"}),
        ({"imaris": {"keepSeconds": 60}}, {"site-exports"}),
        ({"database": {"parameters": {"max_connections": "90"}}}, {"site-db"}),
        ({"database": {"parameters": {"work_mem": "8MB"}}}, set()),
        ({"maintenance": {"suspend": True}}, set()),
        ({"server": {"groups": [{"name": "lab"}]}}, set()),
    ],
    ids=[
        "web",
        "server",
        "redis",
        "worker",
        "uploads",
        "exports",
        "database",
        "database reloads",
        "maintenance",
        "groups",
    ],
)
def test_an_edit_rolls_only_what_uses_it(
    shared: SharedSite, edit: dict[str, Any], expected: set[str]
) -> None:
    kube, namespace = shared.kube, shared.namespace
    before = templates(kube, namespace)
    shared.edit(edit)
    kube.wait_condition(namespace, "site", "SpecValid", "True")
    wait_until(lambda: rolled(before, templates(kube, namespace)) == expected)
    shared.wait_ready()
    assert rolled(before, templates(kube, namespace)) == expected


def test_a_rotated_password_rolls_the_database_and_its_clients(shared: SharedSite) -> None:
    kube, namespace = shared.kube, shared.namespace
    before = templates(kube, namespace)
    new = base64.b64encode(b"rotated").decode()
    kube.merge(SECRET, namespace, "site-plugin-db-credentials", {"data": {"password": new}})
    users = {"site-plugin-db", "site-web", "site-worker", "site-uploads", "site-exports"}
    wait_until(lambda: rolled(before, templates(kube, namespace)) == users)
    secret = kube.get(SECRET, namespace, "site-plugin-db-credentials") or {}
    assert secret["data"]["password"] == new


def test_what_the_plan_no_longer_has_is_pruned(shared: SharedSite) -> None:
    kube, namespace = shared.kube, shared.namespace

    def there() -> list[bool]:
        policies = kube.list(NETWORK_POLICY, namespace, children_of("site"))
        return [kube.get(INGRESS, namespace, "site-web") is not None, bool(policies)]

    assert there() == [True, True]
    shared.edit({"web": {"ingress": None}, "networkPolicy": {"enabled": False}})
    wait_until(lambda: there() == [False, False])
    shared.edit({**SPEC, "networkPolicy": {"enabled": True}})
    wait_until(lambda: there() == [True, True])


def test_new_groups_are_a_new_bootstrap_and_the_old_job_goes(shared: SharedSite) -> None:
    kube, namespace = shared.kube, shared.namespace
    # That of another test's groups may still be there.
    wait_until(lambda: len(kube.list(JOB, namespace, children_of("site"))) == 1)
    (before,) = kube.list(JOB, namespace, children_of("site"))
    shared.edit({"server": {"groups": [{"name": "guests", "permissions": "read-only"}]}})

    def replaced() -> bool:
        jobs = kube.list(JOB, namespace, children_of("site"))
        return [j["metadata"]["name"] for j in jobs] != [before["metadata"]["name"]] and all(
            j["metadata"]["uid"] != before["metadata"]["uid"] for j in jobs
        )

    wait_until(replaced)
    kube.wait_condition(namespace, "site", "Bootstrapped", "True")
    web = kube.get(DEPLOYMENT, namespace, "site-web") or {}
    assert web["spec"]["replicas"] == 2


def test_hibernation_stops_every_pod_and_waking_brings_the_order_back(shared: SharedSite) -> None:
    kube, namespace = shared.kube, shared.namespace

    def vacuum() -> Any:
        return kube.get(CRON_JOB, namespace, "site-vacuum")

    shared.edit({"maintenance": {"suspend": False}})
    wait_until(lambda: not vacuum()["spec"]["suspend"])
    shared.edit({"hibernated": True})

    def asleep() -> bool:
        workloads = [
            child["spec"]["replicas"]
            for child in children(kube, namespace, "site")
            if child["kind"] in (STATEFUL_SET.name, DEPLOYMENT.name)
        ]
        return set(workloads) == {0} and vacuum()["spec"]["suspend"] is True

    wait_until(asleep)
    ready = kube.wait_condition(namespace, "site", "Ready", "False")
    assert ready["reason"] == "Hibernated"
    shared.edit({"hibernated": False})
    shared.wait_ready()


def test_a_paused_platform_is_not_written(shared: SharedSite) -> None:
    kube, namespace = shared.kube, shared.namespace
    shared.operator.wait_still()
    _pause(shared, "true")
    kube.wait_condition(namespace, "site", "Paused", "True")
    before = versions(children(kube, namespace, "site"))
    kube.delete(INGRESS, namespace, "site-web")
    shared.edit({"worker": {"concurrency": 5}})
    time.sleep(3)
    now = versions(children(kube, namespace, "site"))
    assert now == {k: v for k, v in before.items() if k != "Ingress site-web"}

    _pause(shared, None)
    kube.wait_condition(namespace, "site", "Paused", "False")
    wait_until(lambda: kube.get(INGRESS, namespace, "site-web"))


def _pause(shared: SharedSite, value: str | None) -> None:
    metadata = {"annotations": {"platform.omero.dev/paused": value}}
    shared.kube.merge(PLATFORM, shared.namespace, "site", {"metadata": metadata})


def test_no_secret_value_leaves_its_secret(
    kube: Kube, namespace: str, operator: OperatorProcess, kubelet: PlayedKubelet
) -> None:
    """Every object of the namespace, every event and the operator's log."""
    values = {
        "server": ("omero.ldap.password", "s3cret-ldap-value"),
        "web": ("omero.web.public.password", "s3cret-public-value"),
    }
    blocks = {}
    for block, (name, value) in values.items():
        secret = {
            "metadata": {"name": f"of-{block}", "namespace": namespace},
            "data": {"password": base64.b64encode(value.encode()).decode()},
        }
        kube.create(SECRET, secret)
        reference = {"name": f"of-{block}", "key": "password"}
        blocks[block] = {"configSecretRefs": [{"property": name, "secretKeyRef": reference}]}
    kube.platform(namespace, "site", blocks)
    kube.wait_condition(namespace, "site", "Ready", "True")

    passwords = {value for _, value in values.values()} | {
        base64.b64decode(text).decode()
        for item in kube.list(SECRET, namespace, children_of("site"))
        for key, text in item["data"].items()
        if key in ("password", "secret-key")
    }
    assert len(passwords) == 8
    events = kube.request("GET", f"/api/v1/namespaces/{namespace}/events")
    pods = kube.request("GET", f"/api/v1/namespaces/{namespace}/pods")
    platform = kube.get(PLATFORM, namespace, "site")
    others = [c for c in children(kube, namespace, "site") if c["kind"] != SECRET.name]
    metadata = [
        c["metadata"] for c in children(kube, namespace, "site") if c["kind"] == SECRET.name
    ]
    text = str([events, pods, platform, others, metadata]) + operator.log.read_text()
    found = [name for name in passwords if name in text]
    assert found == []
