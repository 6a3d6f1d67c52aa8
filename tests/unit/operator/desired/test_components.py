"""Decisions of single builders that no other test file covers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from omero_operator.desired import bootstrap, redis
from omero_operator.desired.plan import desired
from operator_builders import (
    EXTERNAL_DATABASE,
    EXTERNAL_REDIS,
    IMAGES,
    REDIS_BEHIND_SENTINELS,
    REDIS_WITH_TLS,
    by_title,
    changes,
    context,
    spec,
    templates,
)


def container(title: str, **blocks: Any) -> dict[str, Any]:
    pods = dict(templates(desired(context(spec(**blocks)))))
    found: dict[str, Any] = pods[title]["spec"]["containers"][0]
    return found


def environment(item: dict[str, Any]) -> dict[str, str]:
    return {v["name"]: v.get("value", "") for v in item["env"]}


# --- PostgreSQL -----------------------------------------------------------------------------------


def test_settings_that_need_a_start_are_arguments_and_the_others_a_file() -> None:
    """Those of the user win over the time zone."""
    parameters = {
        "work_mem": "8 MB",
        "log_timezone": "UTC",
        "shared_buffers": "1GB",
        # Of an extension: nothing says what it needs.
        "pg_stat_statements.max": "900",
    }
    given = {"timeZone": "Europe/Zurich", "database": {"parameters": parameters}}
    assert container("StatefulSet/demo-db", **given)["args"] == [
        "postgres",
        "--config_file=/etc/omero-platform/postgresql/postgresql.conf",
        "--pg_stat_statements.max=900",
        "--shared_buffers=1GB",
    ]
    settings = by_title(desired(context(spec(**given))))["ConfigMap/demo-db"]
    assert settings["data"]["postgresql.conf"].splitlines() == [
        "include_if_exists = '/var/lib/postgresql/data/pgdata/postgresql.conf'",
        "log_timezone = 'UTC'",
        "timezone = 'Europe/Zurich'",
        "work_mem = '8 MB'",
    ]


def test_the_two_databases_have_names_of_their_own() -> None:
    found = {
        name: environment(container(f"StatefulSet/{name}"))["POSTGRES_DB"]
        for name in ("demo-db", "demo-plugin-db")
    }
    assert found == {"demo-db": "omero", "demo-plugin-db": "omero-plugin"}


def test_probe_of_postgresql_asks_whichever_family_the_pod_has() -> None:
    database = container("StatefulSet/demo-db")
    for probe in ("startupProbe", "livenessProbe"):
        assert "--host=localhost" in database[probe]["exec"]["command"]
    assert database["readinessProbe"]["exec"]["command"][3:] == [
        "takes-changes",
        "localhost",
        "5432",
        "",
        "spec.database.parameters",
    ]


@pytest.mark.parametrize("name", ["demo-db", "demo-plugin-db"])
def test_postgresql_that_takes_no_changes_is_not_ready_and_still_reached(name: str) -> None:
    """What reaches it says why a change was refused; a restart would not help."""
    database = container(f"StatefulSet/{name}")
    assert "pg_is_in_recovery" in database["readinessProbe"]["exec"]["command"][2]
    for probe in ("startupProbe", "livenessProbe"):
        assert database[probe]["exec"]["command"][0] == "pg_isready"
    assert (
        by_title(desired(context()))[f"Service/{name}"]["spec"]["publishNotReadyAddresses"] is True
    )


def test_the_worker_is_not_ready_without_the_plugin_database_and_lives() -> None:
    worker = container("Deployment/demo-worker")
    commands = [worker[each]["exec"]["command"][1] for each in ("readinessProbe", "livenessProbe")]
    assert commands == ["worker-ready", "worker-alive"]


# --- Redis ----------------------------------------------------------------------------------------


def test_redis_evicts_what_is_used_least_and_never_jobs() -> None:
    lines = redis.configuration(context(spec(redis={"maxMemory": "1Gi"}))).splitlines()
    assert "maxmemory 1073741824" in lines
    assert "maxmemory-policy volatile-lfu" in lines
    assert not any(line.startswith("requirepass") for line in lines)


def test_redis_that_takes_no_writes_is_not_ready_and_stays() -> None:
    redis_container = container("StatefulSet/demo-redis")
    asks = {
        name: " set " in redis_container[f"{name}Probe"]["exec"]["command"][-1]
        for name in ("startup", "readiness", "liveness")
    }
    assert asks == {"startup": False, "readiness": True, "liveness": False}
    service = by_title(desired(context()))["Service/demo-redis"]["spec"]
    assert service["publishNotReadyAddresses"], "what reads from it would be refused as well"


def test_worker_is_ready_with_its_queue_and_alive_without() -> None:
    worker = container("Deployment/demo-worker")
    asked = {
        name: worker[f"{name}Probe"]["exec"]["command"][-1]
        for name in ("startup", "readiness", "liveness")
    }
    assert asked == {
        "startup": "worker-started",
        "readiness": "worker-ready",
        "liveness": "worker-alive",
    }


@pytest.mark.parametrize("client", ["web", "worker", "redis"])
def test_clients_of_an_external_redis_speak_tls(client: str) -> None:
    title = f"Deployment/demo-{client}"
    found = container(title, redis=REDIS_WITH_TLS)
    file = environment(found)["REDIS_CA_FILE"]
    assert environment(found)["REDIS_TLS"] == "true"
    assert file == "/run/secrets/omero-platform/redis-ca/ca.crt"
    assert any(file.startswith(f"{m['mountPath']}/") for m in found["volumeMounts"])
    public = {**REDIS_WITH_TLS, "external": {**REDIS_WITH_TLS["external"], "tls": {}}}
    variables = environment(container(title, redis=public))
    assert variables["REDIS_TLS"] == "true" and "REDIS_CA_FILE" not in variables
    assert "REDIS_TLS" not in environment(container(title, redis=EXTERNAL_REDIS))


@pytest.mark.parametrize("client", ["web", "worker", "redis"])
def test_clients_ask_sentinels_for_the_master(client: str) -> None:
    found = container(f"Deployment/demo-{client}", redis=REDIS_BEHIND_SENTINELS)
    variables = environment(found)
    assert variables["REDIS_SENTINELS"] == "s1.example.org:26379,s2.example.org:26379"
    assert variables["REDIS_MASTER_NAME"] == "Images"
    assert variables["REDIS_TLS"] == "true"
    assert not {"REDIS_HOST", "REDIS_PORT"} & set(variables)
    file = variables["REDIS_SENTINEL_PASSWORD_FILE"]
    assert any(file.startswith(f"{m['mountPath']}/") for m in found["volumeMounts"])


def test_a_new_authority_of_redis_rolls_its_clients() -> None:
    before, after = (
        desired(context(spec(redis=REDIS_WITH_TLS), checksums={"redis-ca": each}))
        for each in ("a", "b")
    )
    assert changes(before, after) == {
        "Deployment/demo-web",
        "Deployment/demo-worker",
        "Deployment/demo-uploads",
        "Deployment/demo-exports",
        "Deployment/demo-redis",
    }


def test_a_redis_of_others_is_asked_for_a_write_with_the_site_s_own_client() -> None:
    found = container("Deployment/demo-redis", redis=EXTERNAL_REDIS)
    assert found["image"] == IMAGES.web
    assert found["readinessProbe"]["exec"]["command"] == ["omero-web-container", "redis-ready"]
    assert environment(found)["REDIS_HOST"] == "redis.example.org"


@pytest.mark.parametrize(
    ("name", "block"), [("demo-db", "database"), ("demo-plugin-db", "pluginDatabase")]
)
def test_a_postgresql_of_others_is_asked_what_one_of_ours_is(name: str, block: str) -> None:
    found = container(f"Deployment/{name}", **{block: EXTERNAL_DATABASE})
    own = container(f"StatefulSet/{name}")["readinessProbe"]["exec"]["command"]
    command = found["readinessProbe"]["exec"]["command"]
    assert found["image"] == IMAGES.maintenance
    # One of ours is also asked to read its settings.
    assert own[2].startswith(command[2])
    assert (command[3], command[:2]) == (own[3], own[:2])
    assert command[4:] == ["pg.example.org", "6432", "ServerUnreachable"]
    assert environment(found)["POSTGRES_DB"] == "images"


def test_redis_password_stands_in_no_argument() -> None:
    command = container("StatefulSet/demo-redis")["command"]
    assert '"$REDISCLI_AUTH"' in command[-1]
    assert """printf 'requirepass "%s"\\n' "$bytes\"""" in command[-1]


# --- bootstrap ------------------------------------------------------------------------------------


def test_groups_are_told_in_omero_notation() -> None:
    groups = [
        {"name": f"g{i}", "permissions": p, "description": "d"}
        for i, p in enumerate(["private", "read-only", "read-annotate", "read-write"])
    ]
    content = json.loads(bootstrap.content(context(spec(server={"groups": groups}))))
    assert [group["permissions"] for group in content["groups"]] == [
        "rw----",
        "rwr---",
        "rwra--",
        "rwrw--",
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"given": spec(server={"groups": [{"name": "lab"}]})},
        {"checksums": {"demo-root-credentials": "new"}},
        {"checksums": {"demo-job-service-credentials": "new"}},
        {"given": spec(images={"web": "x/web:2"})},
    ],
    ids=["groups", "root password", "job password", "image"],
)
def test_new_input_of_bootstrap_makes_a_new_job(change: dict[str, Any]) -> None:
    """A Job cannot be changed: under the old name the API server would refuse it for ever."""
    assert bootstrap.job_name(context(**change)) != bootstrap.job_name(context())


def test_start_of_bootstrap_changes_no_name() -> None:
    """Otherwise opening it would make another Job, and the first would never have run."""
    closed = context(may_start=frozenset())
    assert bootstrap.job_name(closed) == bootstrap.job_name(context())


# --- web, worker, maintenance, images -------------------------------------------------------------


def test_worker_is_told_its_queues() -> None:
    env = environment(
        container("Deployment/demo-worker", worker={"queues": ["a", "b"], "concurrency": 3})
    )
    assert (env["WORKER_QUEUES"], env["WORKER_CONCURRENCY"]) == ("a,b", "3")


def test_jobs_that_wait_for_other_servers_have_a_container_of_their_own() -> None:
    """With its own sign of life and its own places; a pod is ready when both take jobs."""
    given = {"queues": ["a"], "network": {"concurrency": 5}}
    pod = dict(templates(desired(context(spec(worker=given)))))["Deployment/demo-worker"]
    worker, network = pod["spec"]["containers"]
    assert [worker["args"], network["args"]] == [["worker"], ["network-worker"]]
    assert environment(network)["NETWORK_WORKER_CONCURRENCY"] == "5"
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert network[probe] == worker[probe]
    writable = [
        {each["name"] for each in container["volumeMounts"] if not each.get("readOnly")}
        for container in (worker, network)
    ]
    assert writable == [{"var", "tmp"}, {"network-var", "network-tmp"}]
    told = pod["metadata"]["annotations"]["kubectl.kubernetes.io/default-container"]
    assert told == "worker"


def test_web_rolls_without_an_outage() -> None:
    deployment = by_title(desired(context()))["Deployment/demo-web"]["spec"]
    assert deployment["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}


def test_reindex_in_the_first_week_is_decided_by_the_job() -> None:
    """Cron treats day of month and day of week as alternatives."""
    assert container("CronJob/demo-reindex")["args"] == ["reindex", "--first-week-only"]
    weekly = container("CronJob/demo-reindex", maintenance={"reindex": {"firstWeekOnly": False}})
    assert weekly["args"] == ["reindex"]


def test_schedules_hold_in_the_time_zone_of_the_site() -> None:
    plan = by_title(desired(context(spec(timeZone="Asia/Tokyo"))))
    for name in ("vacuum", "reindex"):
        assert plan[f"CronJob/demo-{name}"]["spec"]["timeZone"] == "Asia/Tokyo"


@pytest.mark.parametrize("name", ["vacuum", "reindex"])
def test_maintenance_that_hangs_ends_before_the_next_night(name: str) -> None:
    """A transaction that somebody left open would keep this and all later runs for ever."""
    job = by_title(desired(context()))[f"CronJob/demo-{name}"]["spec"]["jobTemplate"]["spec"]
    assert job["activeDeadlineSeconds"] == 12 * 60 * 60


def test_images_of_the_platform_win_and_pull_secrets_add_up() -> None:
    own = spec(images={"web": "mine/web:1", "pullPolicy": "Never", "pullSecrets": ["b", "c"]})
    names = {"server": "s", "web": "w", "maintenance": "m", "postgres": "p", "redis": "r"}
    names |= {"postgres_exporter": "pe", "redis_exporter": "re"}
    installed = type(IMAGES)(**names, pull_secrets=("a", "b"))
    found = installed.overridden(own)
    assert (found.server, found.web, found.pull_policy) == ("s", "mine/web:1", "Never")
    assert found.pull_secrets == ("a", "b", "c")


@pytest.mark.parametrize(
    ("replicas", "budget"), [(1, False), (2, True), (5, True)], ids=["one", "two", "five"]
)
def test_budget_only_where_a_pod_can_be_spared(replicas: int, budget: bool) -> None:
    """With one replica it would block every drain of a node."""
    given = spec(web={"replicas": replicas}, worker={"replicas": replicas})
    plan = by_title(desired(context(given)))
    for name in ("web", "worker"):
        assert (f"PodDisruptionBudget/demo-{name}" in plan) == budget


def test_services_lead_to_ports_by_name() -> None:
    plan = by_title(desired(context()))
    pods = {
        template["metadata"]["labels"]["app.kubernetes.io/component"]: {
            port["name"] for c in template["spec"]["containers"] for port in c.get("ports", [])
        }
        for _, template in templates(plan.values())
    }
    for manifest in plan.values():
        if manifest["kind"] == "Service":
            component = manifest["spec"]["selector"]["app.kubernetes.io/component"]
            # That one is the kubelet's alone.
            published = pods[component] - {"health"}
            assert {p["targetPort"] for p in manifest["spec"]["ports"]} == published


def test_node_port_is_that_of_the_encrypted_port() -> None:
    settings = {"type": "NodePort", "nodePort": 30464, "insecurePort": True}
    given = spec(server={"service": settings})
    service = by_title(desired(context(given)))["Service/demo-server"]["spec"]
    assert {p["name"]: p.get("nodePort") for p in service["ports"]} == {
        "ice-tcp": None,
        "ice-tls": 30464,
    }


@pytest.mark.parametrize(
    ("title", "check"),
    [
        ("StatefulSet/demo-db", "check-data"),
        ("StatefulSet/demo-plugin-db", "check-data"),
        ("StatefulSet/demo-server", "check-repository"),
    ],
)
def test_volume_is_looked_at_before_anything_can_write_to_it(title: str, check: str) -> None:
    pod = by_title(desired(context()))[title]["spec"]["template"]["spec"]
    first = pod["initContainers"][0]
    assert first["name"] == check
    (mount,) = [mount for mount in first["volumeMounts"] if mount["name"] == "data"]
    assert mount["readOnly"]
    # Nor does another init container touch it.
    for other in pod["initContainers"][1:]:
        assert "data" not in [mount["name"] for mount in other["volumeMounts"]]


@pytest.mark.parametrize(
    ("config", "folder"),
    [
        ({}, "/OMERO/ManagedRepository"),
        ({"omero.managed.dir": "/OMERO/Images"}, "/OMERO/Images"),
        ({"omero.managed.dir": "${omero.data.dir}/Images"}, "/OMERO/Images"),
    ],
)
def test_repository_is_looked_for_where_the_server_has_it(
    config: dict[str, str], folder: str
) -> None:
    plan = by_title(desired(context(spec(server={"config": config}))))
    pod = plan["StatefulSet/demo-server"]["spec"]["template"]["spec"]
    variables = {v["name"]: v.get("value") for v in pod["initContainers"][0]["env"]}
    assert variables["OMERO_DATA_DIR"] == "/OMERO"
    assert variables["OMERO_MANAGED_DIR"] == folder


def test_a_drain_waits_for_no_pod_that_is_not_ready() -> None:
    """While Redis is away all pods of web and workers are unready, and nodes must drain."""
    plan = by_title(desired(context(spec(worker={"replicas": 2}))))
    for name in ("web", "worker"):
        budget = plan[f"PodDisruptionBudget/demo-{name}"]["spec"]
        assert (budget["maxUnavailable"], budget["unhealthyPodEvictionPolicy"]) == (
            1,
            "AlwaysAllow",
        )


def test_services_have_both_families_where_the_cluster_has_them() -> None:
    services = [m for m in desired(context()) if m["kind"] == "Service"]
    assert len(services) == 7
    assert {m["spec"]["ipFamilyPolicy"] for m in services} == {"PreferDualStack"}
