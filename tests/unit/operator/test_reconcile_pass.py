"""Whole passes over a cluster in memory: from nothing to a site, and what leaves it alone.

The same on a real API server is the operator ring; here the cases are many and cost milliseconds.
"""

from __future__ import annotations

import asyncio
import base64
import copy
import datetime
import time
from collections.abc import Iterator

import pytest

from omero_operator import metrics
from omero_operator.api.v1alpha1.status import PlatformStatus
from omero_operator.cluster import observe
from omero_operator.cluster.additions import Additions
from omero_operator.cluster.errors import ForbiddenError, TemporaryError
from omero_operator.cluster.repairs import Repairs
from omero_operator.desired import plan
from omero_operator.desired.context import Context
from omero_operator.identity import kinds
from omero_operator.identity.kinds import (
    CHILD_KINDS,
    DEPLOYMENT,
    PLATFORM,
    SECRET,
    STATEFUL_SET,
    Kind,
    Manifest,
)
from omero_operator.identity.labels import PAUSED, pod_labels
from omero_operator.liveness import PATIENCE, WatchAudit
from omero_operator.reconcile import WAITING, Key, PlatformGoneError, Reconciler
from operator_builders import (
    EXTERNAL_DATABASE,
    IMAGES,
    NAME,
    NAMESPACE,
    Cluster,
    job,
    platform,
    pod,
    secret,
    settle,
    waiting,
)
from passes import KEY, conditions, edit, one_pass, running

LDAP = {
    "server": {
        "configSecretRefs": [
            {"property": "omero.ldap.password", "secretKeyRef": {"name": "ldap", "key": "pw"}}
        ]
    }
}


def message(cluster: Cluster, kind: str) -> str:
    found = cluster.find(PLATFORM, NAME)
    assert found is not None
    (text,) = [c["message"] for c in found["status"]["conditions"] if c["type"] == kind]
    return str(text)


def replicas(cluster: Cluster) -> dict[str, int]:
    return {
        name: item["spec"]["replicas"]
        for (kind, _, name), item in cluster.objects.items()
        if kind in (STATEFUL_SET.name, DEPLOYMENT.name)
    }


def test_empty_spec_comes_up_stage_by_stage() -> None:
    cluster = Cluster(platform())
    stages = []
    for _ in range(8):
        again = one_pass(cluster)
        reason = conditions(cluster)["Ready"][1]
        if reason not in stages:
            stages.append(reason)
        settle(cluster)
    assert stages == ["StartingDatabase", "StartingServer", "Bootstrapping", "StartingWeb", "Ready"]
    assert again is None
    assert set(replicas(cluster).values()) == {1, 2}


def test_settled_site_is_not_written_also_by_a_new_operator() -> None:
    cluster = running()
    one_pass(cluster)
    one_pass(cluster)
    assert cluster.writes == []


def test_site_that_is_not_ready_is_looked_at_again_soon() -> None:
    """What it waits for may be an object that nobody watches."""
    assert WAITING == 15
    assert one_pass(Cluster(platform())) == WAITING


def test_platform_that_is_gone_gets_nothing() -> None:
    cluster = Cluster()
    with pytest.raises(PlatformGoneError):
        one_pass(cluster)
    assert cluster.writes == []


def test_platform_that_is_being_deleted_gets_nothing() -> None:
    """Children made now would be deleted at once, or stay for ever."""
    leaving = platform()
    leaving["metadata"]["deletionTimestamp"] = "now"
    cluster = Cluster(leaving)
    with pytest.raises(PlatformGoneError, match=r"^no platform images/demo$"):
        one_pass(cluster)
    assert cluster.writes == []


def test_platform_whose_data_cannot_be_deleted_waits_and_says_so() -> None:
    cluster = running(spec={"deletionPolicy": "Delete"})
    leaving = cluster.find(PLATFORM, NAME) or {}
    leaving["metadata"]["deletionTimestamp"] = "now"
    cluster.refusals["delete PersistentVolumeClaim"] = 403
    assert one_pass(cluster) == WAITING
    found = conditions(cluster)
    assert found["Ready"] == ("False", "DeletionRefused")
    assert found["WebReady"] == ("True", "AllReplicasReady")
    assert (cluster.find(PLATFORM, NAME) or {})["status"]["observedGeneration"] == 1
    del cluster.refusals["delete PersistentVolumeClaim"]
    with pytest.raises(PlatformGoneError):
        one_pass(cluster)
    assert not [kind for kind, _, _ in cluster.objects if kind == "PersistentVolumeClaim"]


def test_deletion_policy_that_cannot_be_prepared_for_is_a_failure_of_the_server() -> None:
    cluster = running()
    edit(cluster, {"deletionPolicy": "Delete"})

    def refuse_the_finalizer(call: str) -> None:
        if call == "patch OmeroPlatform/demo":
            cluster.before = lambda _: None
            raise ForbiddenError("patch", PLATFORM.name, NAME, 403, "no right")

    cluster.before = refuse_the_finalizer
    one_pass(cluster)
    assert conditions(cluster)["ServerReady"] == ("False", "Forbidden")
    assert conditions(cluster)["WebReady"] == ("True", "AllReplicasReady")


def test_paused_platform_is_not_written_but_for_its_status() -> None:
    cluster = running()
    edit(cluster, {"web": {"replicas": 5}}, annotations={PAUSED: "true"})
    one_pass(cluster)
    assert {call for call in cluster.writes if "Event" not in call} == {
        f"patch OmeroPlatform/{NAME}/status"
    }
    assert conditions(cluster)["Paused"] == ("True", "PausedByAnnotation")
    assert conditions(cluster)["WebReady"] == ("True", "AllReplicasReady")
    cluster.writes.clear()
    one_pass(cluster)
    assert cluster.writes == []


def test_platform_that_was_paused_before_its_first_pass_says_that_it_waits() -> None:
    cluster = Cluster(platform(annotations={PAUSED: "true"}))
    assert one_pass(cluster) is None
    assert message(cluster, "Paused").endswith("; generation 1 waits and has not been checked yet")
    assert (cluster.find(PLATFORM, NAME) or {})["status"]["observedGeneration"] == -1


def test_platform_without_a_specification_has_the_defaults() -> None:
    bare = platform()
    del bare["spec"]
    cluster = Cluster(bare)
    one_pass(cluster)
    assert conditions(cluster)["SpecValid"] == ("True", "Accepted")


def test_pause_that_ends_lets_the_change_through() -> None:
    cluster = running()
    edit(cluster, {"web": {"replicas": 5}}, annotations={PAUSED: "true"})
    one_pass(cluster)
    edit(cluster, {"web": {"replicas": 5}}, annotations={})
    one_pass(cluster)
    assert replicas(cluster)["demo-web"] == 5
    assert conditions(cluster)["Paused"] == ("False", "NotPaused")


def test_annotation_means_a_pause_only_when_it_says_true() -> None:
    cluster = Cluster(platform(annotations={PAUSED: "false"}))
    one_pass(cluster)
    assert cluster.find(STATEFUL_SET, "demo-db") is not None


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"timeZone": "Nowhere"}, "spec.timeZone: 'Nowhere' is not an IANA time zone"),
        ({"web": {"replicas": "many"}}, "spec.web.replicas: "),
        ({"unknown": 1, "web": {"replicas": "many"}}, "spec.web.replicas: "),
    ],
    ids=["rule", "type", "type beside an unknown field"],
)
def test_specification_that_cannot_be_carried_out_changes_nothing(
    spec: Manifest, words: str
) -> None:
    """The API server refuses most of it; an older CRD might not."""
    cluster = running()
    edit(cluster, spec)
    one_pass(cluster)
    written = {call.split("/")[0] for call in cluster.writes}
    assert written == {"patch OmeroPlatform", "create Event"}
    found = conditions(cluster)
    assert found["SpecValid"] == found["Ready"] == ("False", "SpecInvalid")
    assert found["WebReady"] == ("True", "AllReplicasReady")
    status = (cluster.find(PLATFORM, NAME) or {})["status"]
    ready = next(c for c in status["conditions"] if c["type"] == "Ready")
    assert words in ready["message"]
    assert status["observedGeneration"] == 2
    assert replicas(cluster)["demo-web"] == 2


def test_what_another_version_left_stops_nothing_and_is_named() -> None:
    """A rolled-back operator, or one whose definition is newer, meets fields that it lacks."""
    cluster = running()
    found = cluster.find(PLATFORM, NAME) or {}
    status = {**found["status"], "backups": [{"name": "last"}]}
    status["conditions"] = [*status["conditions"], {**status["conditions"][0], "type": "Backup"}]
    cluster.replace(PLATFORM, NAME, status=status)
    edit(cluster, {"archive": {"schedule": "0 1 * * *"}})
    one_pass(cluster)
    written = {call for call in cluster.writes if "Event" not in call}
    assert written == {f"patch OmeroPlatform/{NAME}/status"}
    assert conditions(cluster)["SpecValid"] == ("True", "UnknownFieldsIgnored")
    assert conditions(cluster)["Ready"] == ("True", "Ready")
    cluster.writes.clear()
    one_pass(cluster)
    assert cluster.writes == []


@pytest.mark.parametrize(
    ("spec", "annotations"),
    [({}, {PAUSED: "true"}), ({"timeZone": "Nowhere"}, {})],
    ids=["paused", "invalid"],
)
def test_status_of_a_newer_operator_stays_where_nothing_is_judged(
    spec: Manifest, annotations: dict[str, str]
) -> None:
    cluster = running()
    status = (cluster.find(PLATFORM, NAME) or {})["status"]
    cluster.replace(PLATFORM, NAME, status={**status, "backups": [{"name": "last"}]})
    edit(cluster, spec, annotations=annotations)
    one_pass(cluster)
    assert (cluster.find(PLATFORM, NAME) or {})["status"]["backups"] == [{"name": "last"}]
    cluster.writes.clear()
    one_pass(cluster)
    assert cluster.writes == []


def test_mended_specification_is_carried_out() -> None:
    cluster = running()
    edit(cluster, {"timeZone": "Nowhere"})
    one_pass(cluster)
    edit(cluster, {})
    one_pass(cluster)
    assert conditions(cluster)["SpecValid"] == ("True", "Accepted")
    assert conditions(cluster)["Ready"] == ("True", "Ready")


def test_specification_that_the_api_server_refuses_makes_nothing() -> None:
    cluster = Cluster(platform())
    cluster.refusals["dry-run CronJob"] = 422
    for _ in range(2):
        assert one_pass(cluster) == WAITING
    assert conditions(cluster)["SpecValid"] == conditions(cluster)["Ready"] == ("False", "Refused")
    assert "spec.maintenance: the API server refuses CronJob" in message(cluster, "SpecValid")
    assert {call.partition("/")[0] for call in cluster.writes} <= {
        "patch OmeroPlatform",
        "create Event",
    }
    assert sum(call.startswith("patch") for call in cluster.writes) == 1
    del cluster.refusals["dry-run CronJob"]
    one_pass(cluster)
    assert conditions(cluster)["SpecValid"] == ("True", "Accepted")
    assert cluster.find(STATEFUL_SET, "demo-db") is not None


def test_edit_that_the_api_server_refuses_leaves_what_runs() -> None:
    cluster = running()
    before = copy.deepcopy(conditions(cluster))
    edit(cluster, {"web": {"replicas": 3}})
    cluster.refusals["dry-run Deployment"] = 422
    assert one_pass(cluster) == WAITING
    assert replicas(cluster)["demo-web"] == 2
    after = conditions(cluster)
    assert after.pop("SpecValid") == after.pop("Ready") == ("False", "Refused")
    assert after.pop("Stalled") == ("True", "Refused")
    assert after.items() <= before.items()


def test_specification_that_was_accepted_is_not_asked_for_again() -> None:
    cluster = running()
    cluster.dry_runs.clear()
    one_pass(cluster)
    assert cluster.dry_runs == []
    edit(cluster, {"web": {"replicas": 3}})
    one_pass(cluster)
    assert "dry-run Deployment/demo-web" in cluster.dry_runs
    cluster.dry_runs.clear()
    one_pass(cluster)
    assert cluster.dry_runs == []


def test_key_that_somebody_adds_to_a_generated_secret_rolls_nothing() -> None:
    cluster = running()
    name = "demo-root-credentials"
    data = (cluster.find(SECRET, name) or {})["data"]
    cluster.replace(SECRET, name, data={**data, "more": "eA=="})
    one_pass(cluster)
    assert cluster.writes == []


def test_edit_during_a_pause_is_asked_for_after_it() -> None:
    cluster = running()
    edit(cluster, {"web": {"replicas": 3}}, annotations={PAUSED: "true"})
    one_pass(cluster)
    cluster.refusals["dry-run Deployment"] = 422
    (stored,) = [item for item in cluster.objects.values() if item["kind"] == PLATFORM.name]
    stored["metadata"]["annotations"] = {}
    one_pass(cluster)
    assert conditions(cluster)["SpecValid"] == ("False", "Refused")


def test_hibernation_and_waking_up() -> None:
    cluster = running()
    edit(cluster, {"hibernated": True})
    one_pass(cluster)
    settle(cluster)
    assert set(replicas(cluster).values()) == {0}
    assert one_pass(cluster) is None, "a hibernated site needs no attention"
    assert conditions(cluster)["Ready"] == ("False", "Hibernated")
    edit(cluster, {})
    one_pass(cluster)
    assert replicas(cluster)["demo-db"] == 1
    assert replicas(cluster)["demo-web"] == 0, "the clients wait for the server again"
    for _ in range(6):
        settle(cluster)
        one_pass(cluster)
    assert conditions(cluster)["Ready"] == ("True", "Ready")
    assert replicas(cluster)["demo-web"] == 2


def test_database_that_restarts_scales_nobody_to_zero() -> None:
    cluster = running()
    (found,) = [
        i for (k, _, n), i in cluster.objects.items() if (k, n) == ("StatefulSet", "demo-db")
    ]
    found["status"]["readyReplicas"] = 0
    one_pass(cluster)
    assert replicas(cluster)["demo-server"] == 1
    assert replicas(cluster)["demo-web"] == 2
    assert conditions(cluster)["Ready"] == ("False", "StartingDatabase")


def test_fault_behind_a_rollout_is_told_once() -> None:
    """The status was False before and is False after; it is the reason that is news."""
    cluster = running()
    found = cluster.find(DEPLOYMENT, "demo-web")
    assert found is not None
    found["status"]["readyReplicas"] = 0
    one_pass(cluster)
    assert conditions(cluster)["WebReady"] == ("False", "Progressing")
    stuck = pod("web", containerStatuses=[waiting("ErrImagePull", "denied")])
    cluster.add({**stuck, "metadata": {**stuck["metadata"], "namespace": NAMESPACE}})
    for _ in range(3):
        one_pass(cluster)
    assert conditions(cluster)["WebReady"] == ("False", "ImageCannotBePulled")
    told = [i for (k, _, _), i in cluster.objects.items() if k == "Event"]
    (event,) = [i for i in told if i["reason"] == "ImageCannotBePulled"]
    assert event["type"] == "Warning"
    assert event["message"].startswith("WebReady: image ")
    assert event["count"] == 1


def test_site_that_waits_for_a_secret_goes_on_when_it_comes() -> None:
    cluster = Cluster(platform(LDAP))
    one_pass(cluster)
    assert conditions(cluster)["ServerReady"] == ("False", "SecretNotFound")
    assert cluster.find(STATEFUL_SET, "demo-server") is None
    assert cluster.find(STATEFUL_SET, "demo-db") is not None
    cluster.add(secret("ldap", {"pw": "eA=="}))
    one_pass(cluster)
    assert cluster.find(STATEFUL_SET, "demo-server") is not None


def server_template(cluster: Cluster) -> Manifest:
    found = cluster.find(STATEFUL_SET, "demo-server")
    assert found is not None
    template: Manifest = found["spec"]["template"]
    return template


def test_changed_secret_of_a_user_rolls_what_reads_it_and_nothing_else() -> None:
    """Variables of a container are read at its start alone."""
    login = {"u": base64.b64encode(b"omero").decode(), "p": base64.b64encode(b"old").decode()}
    cluster = running(secret("pg", login), spec={"database": EXTERNAL_DATABASE})
    before = templates(cluster)
    readers = {name for name, template in before.items() if "'name': 'pg'" in str(template)}
    cluster.replace(SECRET, "pg", data={**login, "p": base64.b64encode(b"new").decode()})
    one_pass(cluster)
    rolled = {name for name, template in templates(cluster).items() if template != before[name]}
    assert rolled == readers
    assert "demo-server" in rolled


def templates(cluster: Cluster) -> dict[str, Manifest]:
    """Pod template of each workload."""
    return {
        name: copy.deepcopy(item["spec"]["template"])
        for (kind, _, name), item in cluster.objects.items()
        if kind in (STATEFUL_SET.name, DEPLOYMENT.name)
    }


def test_changed_property_in_a_secret_rolls_the_server() -> None:
    """The file is mounted by subPath: a running pod never sees the new value."""
    cluster = running(secret("ldap", {"pw": base64.b64encode(b"old").decode()}), spec=LDAP)
    before = server_template(cluster)
    cluster.replace(SECRET, "ldap", data={"pw": base64.b64encode(b"new").decode()})
    one_pass(cluster)
    config = cluster.find(SECRET, "demo-server-config")
    assert config is not None
    assert b"new" in base64.b64decode(config["data"]["secret.omero"])
    assert server_template(cluster) != before


def test_rotated_password_rolls_who_uses_it() -> None:
    cluster = running()
    cluster.replace(
        SECRET, "demo-redis-credentials", data={"password": base64.b64encode(b"new").decode()}
    )
    one_pass(cluster)
    rolled = {call for call in cluster.writes if "OmeroPlatform" not in call}
    assert rolled == {
        "patch StatefulSet/demo-redis",
        "patch Deployment/demo-web",
        "patch Deployment/demo-worker",
        "patch Deployment/demo-uploads",
        "patch Deployment/demo-exports",
    }


WORDS = {"web": {"plugins": {"omp": {"rules": {"name": "words", "key": "a.toml"}}}}}


def config_map(text: str) -> Manifest:
    metadata = {"name": "words", "namespace": NAMESPACE}
    data = {"a.toml": text}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def test_site_that_waits_for_a_config_map_goes_on_when_it_comes() -> None:
    cluster = running()
    edit(cluster, WORDS)
    one_pass(cluster)
    for condition in ("WebReady", "WorkerReady"):
        assert conditions(cluster)[condition] == ("False", "ConfigMapNotFound")
    assert not [call for call in cluster.writes if "Deployment" in call], "the old pods go on"
    cluster.add(config_map("one"))
    one_pass(cluster)
    rolled = {call for call in cluster.writes if "Deployment" in call}
    assert rolled == {"patch Deployment/demo-web", "patch Deployment/demo-worker"}


def test_changed_config_map_rolls_who_reads_it() -> None:
    cluster = running(config_map("one"), spec=WORDS)
    one_pass(cluster)
    assert cluster.writes == []
    cluster.add(config_map("two"))
    one_pass(cluster)
    rolled = {call for call in cluster.writes if "OmeroPlatform" not in call}
    assert rolled == {"patch Deployment/demo-web", "patch Deployment/demo-worker"}


def test_operator_that_may_not_read_secrets_restarts_nothing() -> None:
    """Not knowing a password is no change of it: what runs stays as it is, and says why."""
    cluster = running()
    before = replicas(cluster), server_template(cluster)
    cluster.refusals = {"list Secret": 403, "get Secret": 403}
    edit(cluster, {"web": {"replicas": 3}})
    one_pass(cluster)
    assert (replicas(cluster), server_template(cluster)) == before
    assert {call.split("/")[0] for call in cluster.writes} <= {
        "patch OmeroPlatform",
        "create Event",
        "patch Event",
        # Components without pods, and policies, need no Secret.
        "patch NetworkPolicy",
    }
    assert conditions(cluster)["ServerReady"] == ("False", "Forbidden")
    cluster.refusals = {}
    one_pass(cluster)
    assert replicas(cluster)["demo-web"] == 3


@pytest.mark.parametrize(
    ("spec", "kind"),
    [
        (LDAP, "Secret"),
        ({"server": {"storage": {"existingClaim": "mine"}}}, "PersistentVolumeClaim"),
    ],
    ids=["Secret", "claim"],
)
def test_reference_that_may_not_be_read_becomes_a_condition(spec: Manifest, kind: str) -> None:
    """Without it the pass fails for ever, and only the operator's log knows."""
    cluster = Cluster(platform(spec))
    cluster.refusals = {f"list {kind}": 403, f"get {kind}": 403}
    one_pass(cluster)
    assert conditions(cluster)["ServerReady"] == ("False", "Forbidden")


@pytest.fixture
def _in_japan(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "JST-9")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("_in_japan")
def test_times_of_conditions_are_in_utc() -> None:
    cluster = Cluster(platform())
    one_pass(cluster)
    found = cluster.objects[PLATFORM.name, NAMESPACE, NAME]["status"]["conditions"]
    [text] = {each["lastTransitionTime"] for each in found}
    age = datetime.datetime.now(datetime.UTC) - datetime.datetime.fromisoformat(text)
    assert abs(age) < datetime.timedelta(hours=1)


@pytest.mark.parametrize(
    ("kind", "record"),
    [("PersistentVolumeClaim", "dataVolumes"), ("Secret", "generatedSecrets")],
)
def test_data_that_may_not_be_read_stays_recorded(kind: str, record: str) -> None:
    """Without its record, data that is lost meanwhile would be replaced by empty data."""
    cluster = running()
    before = cluster.objects[PLATFORM.name, NAMESPACE, NAME]["status"][record]
    assert before
    cluster.refusals = {f"list {kind}": 403, f"get {kind}": 403}
    one_pass(cluster)
    assert conditions(cluster)["Ready"][0] == "False"
    assert cluster.objects[PLATFORM.name, NAMESPACE, NAME]["status"][record] == before


NO_SUCH_KIND = (404, "the server could not find the requested resource")


@pytest.mark.parametrize(
    ("call", "refusal", "condition", "reason"),
    [
        ("create Secret", (403, "exceeded quota: few"), "DatabaseReady", "Rejected"),
        ("create Secret", (422, "metadata.name: Invalid"), "DatabaseReady", "Rejected"),
        ("create Secret", 403, "DatabaseReady", "Forbidden"),
        ("patch StatefulSet", (403, "denied by a policy"), "DatabaseReady", "Rejected"),
        ("patch Service", (500, "failed calling webhook x: EOF"), "DatabaseReady", "Rejected"),
        ("list CronJob", NO_SUCH_KIND, "MaintenanceHealthy", "Rejected"),
        ("patch CronJob", NO_SUCH_KIND, "MaintenanceHealthy", "Rejected"),
        (
            "create Secret",
            (403, "namespace images because it is being terminated"),
            "DatabaseReady",
            "NamespaceTerminating",
        ),
    ],
    ids=[
        "quota for Secrets",
        "invalid Secret",
        "no right to Secrets",
        "policy",
        "webhook that is down",
        "kind that cannot be listed",
        "kind that went meanwhile",
        "namespace that ends",
    ],
)
def test_no_refusal_of_one_object_leaves_the_status_unwritten(
    call: str, refusal: int | tuple[int, str], condition: str, reason: str
) -> None:
    cluster = Cluster(platform())
    cluster.refusals[call] = refusal
    one_pass(cluster)
    assert conditions(cluster)[condition] == ("False", reason)
    if isinstance(refusal, tuple):
        assert refusal[1] in message(cluster, condition)


def test_refused_secret_of_a_running_site_rolls_nobody() -> None:
    """The checksum of a Secret that cannot be made is not known; its absence is no change."""
    cluster = running()
    before = server_template(cluster)
    del cluster.objects["Secret", NAMESPACE, "demo-db-credentials"]
    cluster.refusals["create Secret"] = (403, "exceeded quota: few")
    one_pass(cluster)
    assert server_template(cluster) == before
    assert conditions(cluster)["ServerReady"] == ("False", "Rejected")


def maintenance_run(outcome: str) -> list[Manifest]:
    """A run of the vacuum as its CronJob makes it, with its pod once it has ended."""
    run = job("demo-vacuum-1", outcome, owner="demo-vacuum", created="2026-11-22T03:00:00Z")
    run["metadata"] |= {"namespace": NAMESPACE, "labels": pod_labels(NAME, "maintenance")}
    if not outcome:
        return [run]
    words = '{"result": "succeeded", "message": "vacuum done for all databases"}'
    ended = {"name": "maintenance", "state": {"terminated": {"exitCode": 0, "message": words}}}
    left = pod("maintenance", "demo-vacuum-1-x", phase="Succeeded", containerStatuses=[ended])
    left["metadata"]["namespace"] = NAMESPACE
    left["metadata"]["labels"]["batch.kubernetes.io/job-name"] = "demo-vacuum-1"
    return [run, left]


def test_run_that_gets_no_pod_is_looked_at_again_soon() -> None:
    """Nothing that is watched changes when its pod is refused once more."""
    cluster = running()
    for item in maintenance_run(""):
        cluster.add(item)
    assert one_pass(cluster) == WAITING
    assert conditions(cluster)["Ready"] == ("True", "Ready")


def test_what_a_run_said_outlives_the_run() -> None:
    cluster = running()
    for item in maintenance_run("Complete"):
        cluster.add(item)
    one_pass(cluster)
    cluster.writes.clear()
    del cluster.objects["Job", NAMESPACE, "demo-vacuum-1"]
    del cluster.objects["Pod", NAMESPACE, "demo-vacuum-1-x"]
    assert one_pass(cluster) is None
    assert cluster.writes == []
    vacuum, _ = (cluster.find(PLATFORM, NAME) or {})["status"]["maintenance"]
    assert (vacuum["lastResult"], vacuum["message"]) == (
        "Succeeded",
        "vacuum done for all databases",
    )


@pytest.mark.parametrize("annotations", [{}, {PAUSED: "true"}], ids=["runs", "paused"])
def test_empty_values_of_an_older_status_go_with_one_write(annotations: dict[str, str]) -> None:
    cluster = running()
    clean = (cluster.find(PLATFORM, NAME) or {})["status"]
    older = PlatformStatus.model_validate(clean).model_dump(by_alias=True)
    assert (older["operation"]["step"], older["backup"]["kept"]) == ("", 0)
    body = {**platform(), "metadata": {"name": NAME, "namespace": NAMESPACE}, "status": older}
    asyncio.run(cluster.apply(PLATFORM, body, subresource="status"))
    edit(cluster, {}, annotations=annotations, generation=1)
    cluster.writes.clear()
    for _ in range(2):
        one_pass(cluster)
    assert [each for each in cluster.writes if not each.startswith("create Event")] == [
        f"patch {PLATFORM.name}/{NAME}/status"
    ]
    found = (cluster.find(PLATFORM, NAME) or {})["status"]
    assert {**found, "conditions": []} == {**clean, "conditions": []}


def test_pods_that_are_refused_are_in_the_condition_of_the_same_pass() -> None:
    cluster = running()
    found = cluster.find(STATEFUL_SET, "demo-redis")
    assert found is not None
    found["status"] |= {"replicas": 0, "updatedReplicas": 0, "readyReplicas": 0}
    told = {
        "kind": "Event",
        "metadata": {"name": "e", "namespace": NAMESPACE},
        "involvedObject": {"uid": found["metadata"]["uid"]},
        "reason": "FailedCreate",
        "message": "exceeded quota: few",
    }
    cluster.add(told)
    one_pass(cluster)
    assert conditions(cluster)["RedisReady"] == ("False", "FailedCreate")
    assert "exceeded quota: few" in message(cluster, "RedisReady")


def test_certificate_that_is_none_is_told() -> None:
    tls = {"web": {"ingress": {"host": "a.org", "tls": {"secretName": "mine"}}}}
    cluster = Cluster(platform(tls), secret("mine", {"tls.crt": "eA==", "tls.key": "eA=="}))
    one_pass(cluster)
    assert conditions(cluster)["IngressReady"] == ("False", "CertificateInvalid")


SNAPSHOT = Kind(
    "snapshot.example.org/v1", "Snapshot", "snapshots", "a snapshot controller", "backup"
)


def _with_snapshots(monkeypatch: pytest.MonkeyPatch) -> None:
    """An operator that knows one kind more than every cluster has."""
    build = plan.desired

    def desired(ctx: Context) -> list[Manifest]:
        return [*build(ctx), ctx.manifest(SNAPSHOT, "demo-nightly", "database", spec={})]

    monkeypatch.setattr(plan, "desired", desired)
    monkeypatch.setattr(observe, "CHILD_KINDS", (*CHILD_KINDS, SNAPSHOT))
    monkeypatch.setitem(kinds._BY_NAME, (SNAPSHOT.api_version, SNAPSHOT.name), SNAPSHOT)


def test_what_needs_a_kind_that_the_cluster_lacks_is_refused_with_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _with_snapshots(monkeypatch)
    cluster = Cluster(platform())
    cluster.unserved = {"Snapshot"}
    one_pass(cluster)
    assert conditions(cluster)["SpecValid"] == ("True", "Accepted")
    assert conditions(cluster)["DatabaseReady"] == ("False", "ApiNotInstalled")
    assert conditions(cluster)["Stalled"] == ("True", "ApiNotInstalled")
    assert message(cluster, "DatabaseReady") == (
        "this cluster has no Snapshot of snapshot.example.org/v1, which spec.backup needs; "
        "install a snapshot controller or later, or remove the field"
    )
    # Everything else of the site goes on.
    assert cluster.find(DEPLOYMENT, "demo-web") is not None
    # Installed later, it is used from the next pass on.
    cluster.unserved = set()
    one_pass(cluster)
    assert cluster.find(SNAPSHOT, "demo-nightly") is not None
    assert conditions(cluster)["DatabaseReady"] == ("False", "Progressing")


def test_deleted_child_is_made_again() -> None:
    cluster = running()
    del cluster.objects["Deployment", NAMESPACE, "demo-web"]
    one_pass(cluster)
    assert "patch Deployment/demo-web" in cluster.writes
    assert cluster.find(DEPLOYMENT, "demo-web") is not None


@pytest.mark.parametrize("call", ["list Pod", "get OmeroPlatform", "patch Service"])
def test_unreachable_server_ends_the_pass_and_claims_nothing(call: str) -> None:
    cluster = Cluster(platform())
    cluster.refusals[call] = 0
    with pytest.raises(TemporaryError):
        one_pass(cluster)
    assert "status" not in (cluster.find(PLATFORM, NAME) or {})


def test_people_are_told_when_a_site_works_and_when_it_fails() -> None:
    cluster = running()
    told = [i for (k, _, _), i in cluster.objects.items() if k == "Event"]
    assert [(e["type"], e["reason"]) for e in told] == [("Normal", "Ready")]
    edit(cluster, {"timeZone": "Nowhere"})
    one_pass(cluster)
    told = [i for (k, _, _), i in cluster.objects.items() if k == "Event"]
    assert {(e["type"], e["reason"]) for e in told[1:]} == {("Warning", "SpecInvalid")}


def test_conditions_are_metrics() -> None:
    def values() -> list[float]:
        own = {"namespace": NAMESPACE, "platform": NAME, "type": "Ready"}
        samples = {
            sample.labels["status"]: sample.value
            for family in metrics.CONDITIONS.collect()
            for sample in family.samples
            if own.items() <= sample.labels.items()
        }
        return [samples[status] for status in ("True", "False", "Unknown")]

    cluster = running()
    one_pass(cluster)
    assert values() == [1, 0, 0]
    edit(cluster, {"timeZone": "Nowhere"})
    one_pass(cluster)
    assert values() == [0, 1, 0]
    one_pass(Cluster(platform(annotations={PAUSED: "true"})))
    assert values() == [0, 0, 1]
    one_pass(running())
    assert values() == [1, 0, 0]


def test_a_site_that_sleeps_is_known_to_alerts() -> None:
    """Its conditions are False on purpose, and nobody shall be called."""

    def asleep() -> float:
        (found,) = (
            sample.value
            for family in metrics.CONDITIONS.collect()
            for sample in family.samples
            if sample.name == "omero_platform_hibernated"
            and sample.labels == {"namespace": NAMESPACE, "platform": NAME}
        )
        return found

    cluster = running()
    one_pass(cluster)
    assert asleep() == 0
    edit(cluster, {"hibernated": True})
    one_pass(cluster)
    assert asleep() == 1
    edit(cluster, {"hibernated": False})
    one_pass(cluster)
    assert asleep() == 0


def test_changed_conditions_are_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "omero_operator.report")
    cluster = running()
    caplog.clear()
    one_pass(cluster)
    assert not caplog.messages
    edit(cluster, {}, annotations={PAUSED: "true"})
    one_pass(cluster)
    (line,) = caplog.messages
    assert line.startswith("images/demo Paused=True PausedByAnnotation: the annotation ")
    told = [item for (kind, _, _), item in cluster.objects.items() if kind == "Event"]
    event = told[-1]
    assert (event["type"], event["reason"]) == ("Normal", "PausedByAnnotation")
    assert event["message"].startswith("Paused: the annotation ")
    assert event["involvedObject"]["name"] == NAME


@pytest.mark.parametrize(
    ("spec", "annotations"),
    [({}, {}), ({}, {PAUSED: "true"}), ({"redis": {"mode": "external"}}, {})],
    ids=["ordinary", "paused", "invalid"],
)
def test_platform_whose_change_its_watch_did_not_report_proves_the_watch_dead(
    spec: Manifest, annotations: dict[str, str]
) -> None:
    now = [0.0]
    audit = WatchAudit(lambda: now[0])
    cluster = Cluster(platform(spec, annotations=annotations))
    reconciler = Reconciler(cluster, IMAGES, (), audit, Additions(cluster, 120), Repairs(120))
    asyncio.run(reconciler.run(KEY))
    now[0] += PATIENCE + 1
    assert audit.dead() == [PLATFORM.name]
    cluster.objects.clear()
    with pytest.raises(PlatformGoneError):
        asyncio.run(reconciler.run(KEY))
    assert audit.dead() == []


def test_children_pods_and_runs_are_compared_with_what_their_watches_reported() -> None:
    now = [0.0]
    audit = WatchAudit(lambda: now[0])
    cluster = running()
    for item in maintenance_run("Complete"):
        cluster.add(item)
    reconciler = Reconciler(cluster, IMAGES, (), audit, Additions(cluster, 120), Repairs(120))
    asyncio.run(reconciler.run(KEY))
    now[0] += PATIENCE + 1
    assert {PLATFORM.name, DEPLOYMENT.name, "Pod", "Job"} <= set(audit.dead())


def test_platforms_of_one_name_in_two_namespaces_stay_apart() -> None:
    cluster = running()
    cluster.add(platform(namespace="elsewhere", uid="uid-else"))
    one_pass(cluster, Key("elsewhere", NAME))
    assert {place for (kind, place, _) in cluster.objects if kind == "Deployment"} == {
        NAMESPACE,
        "elsewhere",
    }
    assert not [
        item
        for (_, place, _), item in cluster.objects.items()
        for owner in item["metadata"].get("ownerReferences", [])
        if (owner["uid"] == "uid-else") != (place == "elsewhere")
    ]


def test_key_reads_as_people_write_it() -> None:
    assert str(KEY) == "images/demo"
