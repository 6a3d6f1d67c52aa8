"""The upgrade, step by step, over the cluster in memory."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from omero_operator.identity.kinds import DEPLOYMENT, JOB, PLATFORM, STATEFUL_SET
from omero_operator.identity.labels import PAUSED
from omero_operator.operations import upgrade
from omero_operator.operations.catalogue import Catalogue, Release
from operator_builders import IMAGES, NAME, NAMES, Cluster, templates, waiting
from passes import conditions, edit, running
from upgrades import (
    CATALOGUE,
    NEWER,
    OLD,
    SCHEMA,
    SKIP,
    TO,
    condition,
    go,
    job_pod,
    newer_pass,
    operation,
    play,
    runs,
    status,
    upgrading,
)

# Nothing waits for a backup that is not wanted, and PostgreSQL keeps its major version.
STEPS = [step.name for step in upgrade.STEPS if step.name not in ("backup", "copy")]


def images(cluster: Cluster) -> set[str]:
    return {
        each["image"]
        for _, template in templates(list(cluster.objects.values()))
        for each in template["spec"]["containers"]
    }


def jobs(cluster: Cluster) -> list[str]:
    return [name for kind, _, name in cluster.objects if kind == JOB.name]


def replicas(cluster: Cluster) -> dict[str, int]:
    return {
        name.removeprefix(f"{NAME}-"): item["spec"]["replicas"]
        for (kind, _, name), item in cluster.objects.items()
        if kind in (DEPLOYMENT.name, STATEFUL_SET.name)
    }


def to_step(cluster: Cluster, step: str, **played: Any) -> None:
    for _ in range(30):
        newer_pass(cluster)
        if operation(cluster)["step"] == step:
            return
        play(cluster, **played)
    raise AssertionError(f"never at {step}: {operation(cluster)}")


def test_upgrade_goes_through_all_steps_and_leaves_nothing_behind() -> None:
    cluster = upgrading()
    assert go(cluster) == STEPS
    assert images(cluster) == runs(NEWER)
    assert status(cluster)["release"] == {
        "version": TO,
        "images": NEWER.references,
        "behind": False,
    }
    assert operation(cluster)["outcome"] == "Done"
    assert conditions(cluster)["Ready"] == ("True", "Ready")
    assert conditions(cluster)["Upgrading"] == ("False", "UpToDate")
    assert [name for name in jobs(cluster) if operation(cluster)["id"] in name] == []
    cluster.writes.clear()
    newer_pass(cluster)
    assert cluster.writes == []


def test_site_runs_as_before_until_its_pods_are_stopped() -> None:
    cluster = running()
    newer_pass(cluster)
    edit(cluster, {"version": TO})
    before = dict(templates(list(cluster.objects.values())))
    to_step(cluster, "backup")
    assert before.items() <= dict(templates(list(cluster.objects.values()))).items()
    assert conditions(cluster)["Ready"] == ("True", "Ready")


def test_nobody_uses_a_database_or_server_that_is_replaced() -> None:
    cluster = upgrading()
    to_step(cluster, "databases")
    assert replicas(cluster) == {
        **{"db": 1, "plugin-db": 1, "redis": 1},
        **{"server": 0, "web": 0, "worker": 0, "uploads": 0, "exports": 0},
    }
    vacuum = cluster.objects["CronJob", "images", NAMES.vacuum]
    assert vacuum["spec"]["suspend"] is True
    assert conditions(cluster)["Ready"] == ("False", "Upgrading")
    assert "is stopped until the upgrade" in condition(cluster, "WebReady")["message"]
    to_step(cluster, "bootstrap")
    assert replicas(cluster)["server"] == 1
    assert replicas(cluster)["web"] == replicas(cluster)["worker"] == 0
    to_step(cluster, "worker")
    assert replicas(cluster)["web"] == 2


def test_what_does_not_change_is_not_stopped() -> None:
    """A release with another OMERO.web alone: the server's sessions and databases go on."""
    only_web = Release(TO, {**IMAGES.references, "web": "example.org/web:1-next"})
    catalogue = Catalogue(only_web, {"0.1.0": OLD})
    cluster = upgrading()
    before = dict(templates(list(cluster.objects.values())))
    seen = set()
    for _ in range(15):
        newer_pass(cluster, catalogue)
        seen.add(replicas(cluster)["server"])
        assert [name for name in jobs(cluster) if "migrate" in name] == [], "it holds its volume"
        play(cluster)
    after = dict(templates(list(cluster.objects.values())))
    assert operation(cluster)["outcome"] == "Done"
    assert seen == {1}
    kept = [f"StatefulSet/{NAMES.server}", f"StatefulSet/{NAMES.database}"]
    assert [after[name] == before[name] for name in kept] == [True, True]


# --- what is asked for first ----------------------------------------------------------------------


def test_upgrade_waits_for_a_backup_and_the_site_runs() -> None:
    cluster = running()
    newer_pass(cluster)
    edit(cluster, {"version": TO})
    assert go(cluster) == ["check", "backup"]
    told = condition(cluster, "Upgrading")
    assert (told["status"], told["reason"]) == ("True", "Backup")
    assert "at most 24 hours old; there is none" in told["message"]
    assert conditions(cluster)["Ready"] == ("True", "Ready")
    cluster.writes.clear()
    newer_pass(cluster)
    assert cluster.writes == [], "waiting is no reason to write"
    edit(cluster, {"version": TO, **SKIP})
    assert go(cluster)[-1] == "worker"


@pytest.mark.parametrize(("hours", "step"), [(23, "stop"), (25, "backup")])
def test_backup_must_be_fresh(hours: int, step: str) -> None:
    cluster = running()
    newer_pass(cluster)
    made = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=hours)
    status(cluster)["backup"] = {"lastVerified": made.strftime("%Y-%m-%dT%H:%M:%SZ")}
    edit(cluster, {"version": TO})
    for _ in range(4):
        newer_pass(cluster)
        status(cluster)["backup"] = {"lastVerified": made.strftime("%Y-%m-%dT%H:%M:%SZ")}
        if operation(cluster)["step"] == step:
            break
        play(cluster)
    assert operation(cluster)["step"] == step


def test_image_with_another_version_than_its_tag_is_refused_and_nothing_stops() -> None:
    server = "example.org/omero-server:5.6.18"
    target = Release(TO, {**NEWER.references, "server": server})
    catalogue = Catalogue(target, {"0.1.0": OLD})
    cluster = upgrading()
    words = {"demo-check": "OMERO.server version:\n5.6.17-ice36-b303", **SCHEMA}
    for _ in range(6):
        newer_pass(cluster, catalogue)
        play(cluster, words)
    assert conditions(cluster)["Upgrading"] == ("False", "UpgradeRefused")
    said = condition(cluster, "Upgrading")["message"]
    assert "has OMERO.server 5.6.17 and not 5.6.18" in said
    assert conditions(cluster)["Ready"] == ("True", "Ready")
    assert conditions(cluster)["Stalled"] == ("True", "UpgradeRefused")
    assert not [name for name in jobs(cluster) if "check" in name]
    assert images(cluster) == runs(IMAGES)


def test_check_that_fails_is_refused_with_its_words() -> None:
    cluster = upgrading()
    words = {**SCHEMA, "demo-check": "sh: omero: not found"}
    go(cluster, 6, words=words, failing="demo-check")
    assert conditions(cluster)["Upgrading"] == ("False", "UpgradeRefused")
    assert "sh: omero: not found" in condition(cluster, "Upgrading")["message"]


@pytest.mark.usefixtures("watched_for_long")
def test_image_that_cannot_be_pulled_is_named_and_nothing_stops() -> None:
    cluster = upgrading()
    newer_pass(cluster)
    assert operation(cluster)["step"] == "check"
    (job,) = [name for name in jobs(cluster) if name.startswith("demo-check")]
    main = waiting("ErrImagePull", "no such tag", image="example.org/server:1-next")
    cluster.add(
        job_pod(cluster, job) | {"status": {"phase": "Pending", "initContainerStatuses": [main]}}
    )
    newer_pass(cluster)
    image = "image 'example.org/server:1-next'"
    why = f"{image} of pod {job}-x cannot be pulled (no such tag)"
    assert why in condition(cluster, "Upgrading")["message"]
    late(cluster)
    newer_pass(cluster)
    assert conditions(cluster)["Upgrading"] == ("False", "UpgradeRefused")
    assert (
        f"step check is not done after 60 min, it waits for Job {job}: {why}"
        in (condition(cluster, "Upgrading")["message"])
    )
    assert images(cluster) == runs(IMAGES)


def test_another_attempt_after_a_refusal_has_jobs_of_its_own() -> None:
    cluster = upgrading()
    go(cluster, 6, failing="demo-check")
    first = operation(cluster)["id"]
    go(cluster, 3)
    assert operation(cluster)["id"] == first, "nothing was asked for again"
    edit(cluster, {"version": "0.1.0", **SKIP})
    newer_pass(cluster)
    assert operation(cluster)["id"] == ""
    edit(cluster, {"version": TO, **SKIP})
    assert go(cluster) == STEPS
    assert operation(cluster)["id"] != first


# --- what goes wrong on the way -------------------------------------------------------------------


def late(cluster: Cluster) -> None:
    """The present step has taken too long."""
    found = cluster.find(PLATFORM, NAME)
    assert found is not None
    found["status"]["operation"]["since"] = "2026-01-01T00:00:00Z"


@pytest.fixture
def watched_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    long_ago = datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC)
    monkeypatch.setattr("omero_operator.reconcile._STARTED", long_ago)


@pytest.mark.usefixtures("watched_for_long")
def test_server_that_does_not_start_is_taken_back() -> None:
    cluster = upgrading()
    to_step(cluster, "server")
    play(cluster, broken="example.org/server:1-next")
    newer_pass(cluster)
    assert operation(cluster)["step"] == "server"
    late(cluster)
    steps = go(cluster, broken="example.org/server:1-next")
    assert steps == ["look", "return"]
    assert conditions(cluster)["Upgrading"] == ("False", "RolledBack")
    said = condition(cluster, "Upgrading")["message"]
    assert "step server is not done after 60 min, it waits for OMERO.server" in said
    assert images(cluster) == runs(IMAGES)
    assert status(cluster)["release"]["version"] == "0.1.0"
    assert conditions(cluster)["Ready"] == ("True", "Ready")
    assert conditions(cluster)["Stalled"] == ("True", "RolledBack")


@pytest.mark.usefixtures("watched_for_long")
def test_stop_that_takes_too_long_goes_back_without_a_look_at_the_schema() -> None:
    cluster = upgrading()
    to_step(cluster, "stop")
    late(cluster)
    assert go(cluster) == ["return"]
    assert conditions(cluster)["Upgrading"] == ("False", "RolledBack")
    assert conditions(cluster)["Ready"] == ("True", "Ready")


def test_changed_schema_is_a_clear_stop_and_the_cure_goes_on() -> None:
    cluster = upgrading()
    changed = {**SCHEMA, "demo-schema3": "OMERO5.5__0"}
    steps = go(cluster, words=changed, failing="demo-smoke")
    assert steps == [*STEPS[: STEPS.index("smoke") + 1], "look", "smoke"]
    assert operation(cluster)["outcome"] == "Stopped"
    assert conditions(cluster)["Upgrading"] == ("False", "UpgradeStopped")
    said = condition(cluster, "Upgrading")["message"]
    assert "the schema of OMERO's database was OMERO5.4__0 and is OMERO5.5__0" in said
    assert conditions(cluster)["Ready"] == ("False", "UpgradeStopped")
    assert conditions(cluster)["Stalled"] == ("True", "UpgradeStopped")
    assert replicas(cluster)["server"] == 1
    assert replicas(cluster)["web"] == replicas(cluster)["worker"] == 0
    cluster.writes.clear()
    newer_pass(cluster)
    assert cluster.writes == []
    # A person corrects the cause and deletes the Job.
    (smoke,) = [name for name in jobs(cluster) if "smoke" in name]
    del cluster.objects["Job", "images", smoke]
    assert go(cluster)[-1] == "worker"
    assert operation(cluster)["outcome"] == "Done"
    assert conditions(cluster)["Ready"] == ("True", "Ready")


def test_schema_that_nobody_could_read_counts_as_changed() -> None:
    cluster = upgrading()
    go(cluster, failing="demo-smoke", words={**SCHEMA, "demo-schema3": ""})
    assert operation(cluster)["outcome"] == "Stopped"


def test_smoke_test_that_fails_is_taken_back_while_the_schema_is_the_same() -> None:
    cluster = upgrading()
    words = {**SCHEMA, "demo-smoke": '{"error": "no answer from OMERO"}'}
    go(cluster, words=words, failing="demo-smoke")
    assert conditions(cluster)["Upgrading"] == ("False", "RolledBack")
    assert "failed in step smoke: Job" in condition(cluster, "Upgrading")["message"]
    assert condition(cluster, "Upgrading")["message"].count("no answer from OMERO") == 1
    assert images(cluster) == runs(IMAGES)


def test_only_the_step_for_it_may_change_the_schema() -> None:
    cluster = upgrading()
    to_step(cluster, "migrate")
    (name,) = [name for name in jobs(cluster) if "migrate" in name]
    job = cluster.objects[JOB.name, "images", name]
    pod = job["spec"]["template"]
    (container,) = pod["spec"]["containers"]
    allowed = {"name": "OMERO_DB_UPGRADE", "value": "allow"}
    assert allowed in container["env"]
    assert "python -m omero_start schema" in container["command"][2]
    assert container["image"] == NEWER.server
    assert job["spec"]["backoffLimit"] == 0
    server = cluster.objects[STATEFUL_SET.name, "images", NAMES.server]
    assert allowed not in server["spec"]["template"]["spec"]["containers"][0]["env"]
    selector = server["spec"]["selector"]["matchLabels"].items()
    assert not selector <= pod["metadata"]["labels"].items(), "the Service would send users there"


@pytest.mark.parametrize(
    ("after", "outcome"), [("OMERO5.4__0", "RolledBack"), ("OMERO5.5__0", "Stopped")]
)
def test_schema_that_cannot_be_upgraded(after: str, outcome: str) -> None:
    cluster = upgrading()
    go(cluster, words={**SCHEMA, "demo-schema3": after}, failing="demo-migrate")
    assert operation(cluster)["outcome"] == outcome
    assert operation(cluster)["failedStep"] == "migrate"
    assert [name for name in jobs(cluster) if "migrate" in name] == (
        [] if outcome == "RolledBack" else [f"demo-migrate-{operation(cluster)['id']}"]
    )


def test_wish_that_is_taken_back_on_the_way_is_no_failure_of_the_site() -> None:
    cluster = upgrading()
    to_step(cluster, "server")
    edit(cluster, {"version": "0.1.0", **SKIP})
    go(cluster)
    assert images(cluster) == runs(IMAGES)
    assert conditions(cluster)["Ready"] == ("True", "Ready")
    assert operation(cluster)["id"] == ""


@pytest.mark.usefixtures("watched_for_long")
def test_sleeping_site_wakes_up_where_it_was_and_is_not_late() -> None:
    cluster = upgrading()
    to_step(cluster, "server")
    late(cluster)
    edit(cluster, {"version": TO, "hibernated": True, **SKIP})
    go(cluster, 3)
    assert operation(cluster)["step"] == "server"
    assert set(replicas(cluster).values()) == {0}
    assert "goes on when the site wakes up" in condition(cluster, "Upgrading")["message"]
    edit(cluster, {"version": TO, **SKIP})
    assert go(cluster)[-1] == "worker"
    assert operation(cluster)["outcome"] == "Done"


@pytest.mark.usefixtures("watched_for_long")
def test_time_of_a_pause_does_not_count() -> None:
    cluster = upgrading()
    to_step(cluster, "server")
    late(cluster)
    edit(cluster, {"version": TO, **SKIP}, annotations={PAUSED: "true"})
    newer_pass(cluster)
    assert operation(cluster)["step"] == "server"
    cluster.writes.clear()
    newer_pass(cluster)
    assert cluster.writes == []
    edit(cluster, {"version": TO, **SKIP}, annotations={})
    assert go(cluster)[-1] == "worker"
    assert operation(cluster)["outcome"] == "Done"


def test_operator_that_was_away_gives_a_step_its_time() -> None:
    cluster = upgrading()
    to_step(cluster, "server")
    late(cluster)
    assert go(cluster)[-1] == "worker"


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "path", "said"),
    [
        (
            Release(TO, {**NEWER.references, "server": "x/omero-server:5.5.1"}),
            "spec.version",
            "OMERO.server 5.5.1 cannot work with the OMERO.web of release 0.2.0",
        ),
        (
            Release(TO, {**NEWER.references, "postgres": "postgres:15.1"}),
            "spec.version",
            "OMERO's database has files of PostgreSQL 16, which PostgreSQL 15 cannot read",
        ),
        (
            Release(TO, NEWER.references, may_follow=("0.1.5",)),
            "spec.version",
            "release 0.2.0 cannot follow 0.1.0, which runs; it can follow: 0.1.5",
        ),
    ],
    ids=["series", "older PostgreSQL", "order"],
)
def test_release_that_does_not_fit_is_rejected(target: Release, path: str, said: str) -> None:
    cluster = running(spec={"images": {"postgres": "postgres:16.3"}})
    edit(cluster, {"version": TO})
    own = {**OLD.images, "postgres": "postgres:16.3"}
    status(cluster)["release"]["images"] = own
    before = dict(templates(list(cluster.objects.values())))
    catalogue = Catalogue(target, {"0.1.0": Release("0.1.0", own)})
    newer_pass(cluster, catalogue)
    assert conditions(cluster)["SpecValid"][0] == "False"
    assert said in condition(cluster, "SpecValid")["message"]
    assert condition(cluster, "SpecValid")["message"].startswith(path)
    assert dict(templates(list(cluster.objects.values()))) == before


def test_other_major_of_postgresql_over_its_files_is_rejected() -> None:
    cluster = running(spec={"images": {"postgres": "postgres:16.3"}})
    edit(cluster, {"images": {"postgres": "docker.io/library/postgres:17.2-trixie@sha256:ab"}})
    newer_pass(cluster)
    said = condition(cluster, "SpecValid")["message"]
    assert said.startswith("spec.images.postgres: OMERO's database has files of PostgreSQL 16")
    assert said.endswith("PostgreSQL 17, set spec.version to a release with PostgreSQL 17")
    edit(cluster, {"images": {"postgres": "postgres:16.9"}})
    newer_pass(cluster)
    assert conditions(cluster)["SpecValid"][0] == "True"


def test_release_from_before_is_rejected_unless_the_catalogue_says_otherwise() -> None:
    cluster = upgrading()
    go(cluster)
    edit(cluster, {"version": "0.1.0", **SKIP})
    newer_pass(cluster)
    assert "is older than 0.2.0, which runs" in condition(cluster, "SpecValid")["message"]
    back = Release("0.1.0", OLD.images, may_follow=(TO,))
    newer_pass(cluster, Catalogue(CATALOGUE.current, {"0.1.0": back}))
    assert conditions(cluster)["SpecValid"][0] == "True"
    assert operation(cluster)["to"] == "0.1.0"
