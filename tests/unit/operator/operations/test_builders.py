"""An operator whose builders make other pods restarts none before `spec.version` moves."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from omero_operator.desired import parts, server_scripts
from omero_operator.identity.kinds import (
    CONFIG_MAP,
    CRON_JOB,
    DEPLOYMENT,
    PLATFORM,
    SECRET,
    STATEFUL_SET,
    Manifest,
)
from omero_operator.identity.labels import HELD
from omero_operator.operations.catalogue import Catalogue, Release
from operator_builders import IMAGES, NAME, NAMES, NAMESPACE, Cluster, settle, templates
from passes import conditions, edit, one_pass, running
from upgrades import OLD, SKIP, TO, condition, newer_pass, operation, play

# A release with the same images: whatever changes comes from the builders.
SAME = Catalogue(Release(TO, IMAGES.references), {"0.1.0": OLD})
WEB, SERVER = f"Deployment/{NAMES.web}", f"StatefulSet/{NAMES.server}"


@contextmanager
def other_builders() -> Iterator[None]:
    """Builders that make all pods in another way, and the server's scripts under another name."""
    build = parts.pod_template

    def changed(*arguments: Any, **body: Any) -> Any:
        return build(*arguments, **{"setHostnameAsFQDN": False, **body})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "pod_template", changed)
        files = {key.replace("drain", "stops"): text for key, text in server_scripts.FILES.items()}
        patch.setattr(server_scripts, "FILES", files)
        yield


def later(cluster: Cluster, catalogue: Catalogue = SAME, passes: int = 1) -> None:
    with other_builders():
        for _ in range(passes):
            newer_pass(cluster, catalogue)
            settle(cluster)


def pods(cluster: Cluster) -> dict[str, Any]:
    return dict(templates(list(cluster.objects.values())))


def restarted(before: dict[str, Any], cluster: Cluster) -> set[str]:
    after = pods(cluster)
    return {name for name in before if after.get(name) != before[name]}


def held(cluster: Cluster) -> list[str]:
    """Workloads that are held."""
    kinds = (DEPLOYMENT.name, STATEFUL_SET.name, CRON_JOB.name)
    return [
        name
        for (kind, _, name), item in cluster.objects.items()
        if kind in kinds and HELD in item["metadata"].get("annotations", {})
    ]


def count_generations(cluster: Cluster) -> None:
    """As the API server: each other specification has a generation of its own."""

    def admit(item: Manifest) -> None:
        metadata = item["metadata"]
        there = cluster.objects.get((item["kind"], NAMESPACE, metadata["name"]), item)
        if there.get("spec") != item.get("spec"):
            metadata["generation"] += 1

    cluster.admission = admit


def test_nothing_restarts_and_the_condition_says_what_will() -> None:
    cluster = running()
    before, scripts = pods(cluster), cluster.find(CONFIG_MAP, NAMES.server)
    later(cluster)
    assert restarted(before, cluster) == set()
    assert set(pods(cluster)) == set(before), "no second bootstrap"
    held = cluster.find(CONFIG_MAP, NAMES.server)
    assert held is not None
    assert scripts is not None
    assert held["data"] == scripts["data"], "a container that starts again finds its files"
    assert conditions(cluster)["Upgrading"] == ("False", "ReleaseAvailable")
    assert conditions(cluster)["Ready"] == ("True", "Ready")
    said = condition(cluster, "Upgrading")["message"]
    assert "Until then these keep the pods of release 0.1.0: OMERO's database, " in said
    cluster.writes.clear()
    later(cluster, passes=2)
    assert cluster.writes == []


def test_an_edit_restarts_what_it_concerns_alone() -> None:
    cluster = running()
    later(cluster)
    before = pods(cluster)
    edit(cluster, {"web": {"replicas": 3}})
    later(cluster)
    assert restarted(before, cluster) == set()
    assert (cluster.find(DEPLOYMENT, NAMES.web) or {})["spec"]["replicas"] == 3
    more = {"resources": {"limits": {"memory": "3Gi"}}}
    edit(cluster, {"web": {"replicas": 3}, "worker": more})
    later(cluster, passes=2)
    assert restarted(before, cluster) == {f"Deployment/{NAMES.worker}"}
    worker = pods(cluster)[f"Deployment/{NAMES.worker}"]["spec"]
    assert "setHostnameAsFQDN" in worker
    assert worker["containers"][0]["resources"]["limits"]["memory"] == "3Gi"
    cluster.writes.clear()
    later(cluster)
    assert cluster.writes == []


def test_an_edit_that_changes_a_file_of_the_pods_brings_the_file() -> None:
    cluster = running()
    later(cluster)
    before = pods(cluster)
    edit(cluster, {"server": {"config": {"omero.search.batch": "50"}}})
    later(cluster)
    assert SERVER in restarted(before, cluster)
    data = (cluster.find(CONFIG_MAP, NAMES.server) or {})["data"]
    assert "omero.search.batch 50" in data["platform.omero"]
    assert "server_stops.py" in data


def test_an_edit_while_no_operator_ran_is_not_lost_and_restarts_in_order() -> None:
    """Nobody knows what it was, so all restart, none of them against one that is stopping."""
    cluster = running()
    count_generations(cluster)
    edit(cluster, {"worker": {"resources": {"limits": {"memory": "3Gi"}}}})
    before = pods(cluster)
    turns = []
    for _ in range(10):
        seen = restarted(before, cluster)
        with other_builders():
            newer_pass(cluster, SAME)
        turn = restarted(before, cluster) - seen
        turns.append(sorted(name for name in turn if not name.startswith(("CronJob", "Job"))))
        settle(cluster)
        for (kind, _, _), item in cluster.objects.items():
            if kind in (DEPLOYMENT.name, STATEFUL_SET.name):
                item["status"]["observedGeneration"] = item["metadata"]["generation"]
    assert [turn for turn in turns if turn] == [
        [f"StatefulSet/{NAMES.database}", f"StatefulSet/{NAMES.plugin_database}"],
        [f"StatefulSet/{NAMES.redis}"],
        [SERVER],
        [f"Deployment/{each}" for each in (NAMES.exports, NAMES.uploads, NAMES.web, NAMES.worker)],
    ]
    worker = pods(cluster)[f"Deployment/{NAMES.worker}"]["spec"]
    assert worker["containers"][0]["resources"]["limits"]["memory"] == "3Gi"
    site = cluster.find(PLATFORM, NAME) or {}
    assert site["status"]["observedGeneration"] == site["metadata"]["generation"]


@pytest.mark.parametrize(
    ("name", "user"),
    [
        (NAMES.redis_credentials, WEB),
        (NAMES.job_service_credentials, f"Deployment/{NAMES.worker}"),
    ],
)
def test_a_secret_that_changed_while_no_operator_ran_restarts_its_users(
    name: str, user: str
) -> None:
    cluster = running()
    before = pods(cluster)
    live = cluster.find(SECRET, name)
    assert live is not None
    changed = {
        key: base64.b64encode(b"other-value-of-forty-characters-and-more-1").decode()
        for key in live["data"]
    }
    cluster.replace(SECRET, name, data={**live["data"], **changed})
    # In the order of restarts.
    later(cluster, passes=8)
    assert user in restarted(before, cluster)
    assert f"StatefulSet/{NAMES.database}" not in restarted(before, cluster)
    again = {each for each in pods(cluster) if each.startswith("Job/")} - before.keys()
    assert again or name != NAMES.job_service_credentials, "OMERO has to learn the password"


def test_going_back_to_the_operator_of_the_release_restarts_nothing() -> None:
    cluster = running()
    before = pods(cluster)
    later(cluster)
    one_pass(cluster)
    assert restarted(before, cluster) == set()
    assert held(cluster) == []


def test_an_upgrade_changes_pods_in_its_order_even_with_the_same_images() -> None:
    cluster = running()
    later(cluster)
    edit(cluster, {"version": TO, **SKIP})
    at: dict[str, str] = {}
    before = pods(cluster)
    for _ in range(30):
        later(cluster)
        for name in restarted(before, cluster):
            at.setdefault(name, operation(cluster)["step"])
        stopped = (cluster.find(STATEFUL_SET, NAMES.server) or {})["spec"]["replicas"] == 0
        assert stopped == (operation(cluster)["step"] in ("stop", "databases", "migrate"))
        play(cluster)
        if operation(cluster)["outcome"]:
            break
    assert operation(cluster)["outcome"] == "Done"
    assert at[f"StatefulSet/{NAMES.database}"] == "databases"
    assert at[SERVER] == "migrate", "its pods are stopped then"
    assert at[WEB] in ("bootstrap", "web")
    later(cluster)
    assert all("setHostnameAsFQDN" in each["spec"] for each in pods(cluster).values())
    assert held(cluster) == []
    assert condition(cluster, "Upgrading")["reason"] == "UpToDate"


def test_version_that_moves_together_with_the_operator_goes_in_order() -> None:
    cluster = running()
    edit(cluster, {"version": TO, **SKIP})
    before = pods(cluster)
    later(cluster)
    assert operation(cluster)["step"] == "check"
    assert restarted(before, cluster) == set()


def test_a_workload_that_is_gone_is_made_as_the_operator_makes_it() -> None:
    cluster = running()
    later(cluster)
    del cluster.objects[DEPLOYMENT.name, NAMESPACE, NAMES.worker]
    later(cluster)
    assert "setHostnameAsFQDN" in pods(cluster)[f"Deployment/{NAMES.worker}"]["spec"]
    later(cluster)
    assert "setHostnameAsFQDN" not in pods(cluster)[WEB]["spec"]
