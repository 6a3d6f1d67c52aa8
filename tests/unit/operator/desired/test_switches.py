"""Each switch of the specification changes what it must, and restarts nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from omero_operator.desired.plan import desired
from operator_builders import (
    EXTERNAL_DATABASE,
    EXTERNAL_REDIS,
    OPEN,
    by_title,
    changes,
    context,
    spec,
    templates,
)

DATABASES = {"StatefulSet/demo-db", "StatefulSet/demo-plugin-db"}
UPLOADS = {"Deployment/demo-uploads"}
EXPORTS = {"Deployment/demo-exports"}
PLUGIN_PODS = {*UPLOADS, *EXPORTS}
# Those that run the code of all plugins, and those that run OMERO.web's and Celery's at all.
CLIENTS = {"Deployment/demo-web", "Deployment/demo-worker"}
CRON_JOBS = {"CronJob/demo-vacuum", "CronJob/demo-reindex"}
BOOTSTRAP = {"Job/demo-bootstrap-*"}
REDIS = {"StatefulSet/demo-redis"}
SERVER = {"StatefulSet/demo-server"}
LONG_RUNNING = {*DATABASES, *REDIS, *SERVER, *CLIENTS, *PLUGIN_PODS}
ALL_PODS = {*LONG_RUNNING, *CRON_JOBS, *BOOTSTRAP}
POLICIES = {
    f"NetworkPolicy/demo-{name}"
    for name in (
        "database",
        "plugin-database",
        "redis",
        "server",
        "web",
        "worker",
        "uploads",
        "exports",
        "maintenance",
        "bootstrap",
    )
}
CLAIMS = {
    f"PersistentVolumeClaim/demo-{name}"
    for name in ("server", "db", "plugin-db", "uploads", "exports")
}
SECRETS = {
    f"Secret/demo-{name}"
    for name in (
        "checksum-key",
        "web-secret-key",
        "plugin-keys",
        "omp-hash-secret",
        "job-service-credentials",
        "db-credentials",
        "plugin-db-credentials",
        "redis-credentials",
        "root-credentials",
    )
}

SWITCHES: dict[str, tuple[dict[str, Any], set[str]]] = {
    "nothing": ({}, set()),
    "web config": (
        {"web": {"config": {"omero.web.page_size": "50"}}},
        {"ConfigMap/demo-web", "Deployment/demo-web", *PLUGIN_PODS},
    ),
    "web config from a Secret": (
        {
            "web": {
                "configSecretRefs": [
                    {"property": "omero.web.a", "secretKeyRef": {"name": "s", "key": "k"}}
                ]
            }
        },
        {"Deployment/demo-web", *PLUGIN_PODS},
    ),
    "web replicas": ({"web": {"replicas": 3}}, {"Deployment/demo-web"}),
    "single web pod": (
        {"web": {"replicas": 1}},
        {"Deployment/demo-web", "PodDisruptionBudget/demo-web"},
    ),
    "web resources": (
        {"web": {"resources": {"limits": {"memory": "2Gi"}}}},
        {"Deployment/demo-web"},
    ),
    "ingress for any host": ({"web": {"ingress": {}}}, {"Ingress/demo-web"}),
    "ingress with a host": (
        {"web": {"ingress": {"host": "a.org"}}},
        {"Ingress/demo-web", "Deployment/demo-web", *PLUGIN_PODS},
    ),
    "an address without an Ingress": (
        {"web": {"publicUrl": "https://a.org"}},
        {"Deployment/demo-web", *PLUGIN_PODS},
    ),
    "OMP off": (
        {"web": {"plugins": {"omp": {"enabled": False}}}},
        {"Secret/demo-omp-hash-secret", *CLIENTS, *PLUGIN_PODS},
    ),
    "own OMP secret": (
        {"web": {"plugins": {"omp": {"hashSecretRef": {"name": "mine", "key": "k"}}}}},
        {"Secret/demo-omp-hash-secret", *CLIENTS},
    ),
    "ids from the cluster": ({"security": {"userIds": "FromCluster"}}, ALL_PODS),
    "limits of helpers": (
        {"helpers": {"resources": {"limits": {"cpu": "1"}}}},
        {*DATABASES, *SERVER, *BOOTSTRAP},
    ),
    "a way out for scripts": (
        {"networkPolicy": {"egress": [{"reason": "r", "components": ["server"], "ports": [443]}]}},
        {"NetworkPolicy/demo-server"},
    ),
    "port without TLS": (
        {"server": {"service": {"insecurePort": True}}},
        {
            "NetworkPolicy/demo-server",
            "Service/demo-server",
            "ConfigMap/demo-server",
            *SERVER,
        },
    ),
    "own nomenclature": (
        {"web": {"plugins": {"omp": {"rules": {"name": "words", "key": "k"}}}}},
        CLIENTS,
    ),
    "a language model": (
        {"ai": {"providers": [{"name": "a", "kind": "openai"}]}},
        {"NetworkPolicy/demo-web", "NetworkPolicy/demo-worker", *CLIENTS},
    ),
    "language models without OMP": (
        {
            "ai": {"providers": [{"name": "a", "kind": "openai"}]},
            "web": {"plugins": {"omp": {"enabled": False}}},
        },
        {"Secret/demo-omp-hash-secret", *CLIENTS, *PLUGIN_PODS},
    ),
    "a log store": (
        {
            "web": {
                "plugins": {
                    "adminTools": {
                        "enabled": True,
                        "logs": {"stack": "loki", "url": "http://loki.monitoring:3100"},
                    }
                }
            }
        },
        {
            "CronJob/demo-quotas",
            "ServiceAccount/demo-quotas",
            "NetworkPolicy/demo-quotas",
            "NetworkPolicy/demo-plugin-database",
            "NetworkPolicy/demo-database",
            "NetworkPolicy/demo-web",
            "NetworkPolicy/demo-worker",
            "Role/demo-admin-tools",
            "RoleBinding/demo-admin-tools",
            "Secret/demo-monitoring-credentials",
            *BOOTSTRAP,
            *CLIENTS,
            *PLUGIN_PODS,
        },
    ),
    "worker replicas": (
        {"worker": {"replicas": 2}},
        {"Deployment/demo-worker", "PodDisruptionBudget/demo-worker"},
    ),
    "worker off": ({"worker": {"replicas": 0}}, {"Deployment/demo-worker"}),
    "worker concurrency": ({"worker": {"concurrency": 8}}, {"Deployment/demo-worker"}),
    "worker queues": ({"worker": {"queues": ["a", "b"]}}, {"Deployment/demo-worker"}),
    "network jobs": ({"worker": {"network": {"concurrency": 1}}}, {"Deployment/demo-worker"}),
    "uploads off": (
        {"web": {"plugins": {"upload": {"enabled": False}}}},
        {
            "ServiceAccount/demo-uploads",
            "PersistentVolumeClaim/demo-uploads",
            "Service/demo-uploads",
            "NetworkPolicy/demo-uploads",
            *PLUGIN_PODS,
            *CLIENTS,
        },
    ),
    "several pods for uploads": (
        {"web": {"uploads": {"replicas": 2, "storage": {"accessMode": "ReadWriteMany"}}}},
        {"PersistentVolumeClaim/demo-uploads", "PodDisruptionBudget/demo-uploads", *UPLOADS},
    ),
    "volume of uploads": (
        {"web": {"uploads": {"storage": {"size": "1Ti"}}}},
        {"PersistentVolumeClaim/demo-uploads"},
    ),
    "uploads on the server's volume": (
        {"web": {"uploads": {"inPlace": True}}},
        {"PersistentVolumeClaim/demo-uploads", *UPLOADS},
    ),
    **{
        f"uploads: {name}": ({"web": {"uploads": {name: value}}}, UPLOADS)
        for name, value in {
            "resources": {"limits": {"memory": "2Gi"}},
            "importWorker": {"resources": {"limits": {"memory": "3Gi"}}},
            "streams": 8,
            "maxBytes": "1Gi",
            "concurrency": 1,
            "batchSize": 1,
            "imports": 1,
            "importTimeoutSeconds": 60,
            "javaHeap": "256Mi",
            "driver": "commandLine",
            "specialMethods": False,
            "cleanup": {"intervalSeconds": 60},
        }.items()
    },
    "exports off": (
        {"web": {"plugins": {"imaris": {"enabled": False}}}},
        {
            "ServiceAccount/demo-exports",
            "PersistentVolumeClaim/demo-exports",
            "Service/demo-exports",
            "NetworkPolicy/demo-exports",
            *PLUGIN_PODS,
            *CLIENTS,
        },
    ),
    "several pods for exports": (
        {"imaris": {"replicas": 2, "storage": {"accessMode": "ReadWriteMany"}}},
        {"PersistentVolumeClaim/demo-exports", "PodDisruptionBudget/demo-exports", *EXPORTS},
    ),
    "volume of exports": (
        {"imaris": {"storage": {"size": "1Ti"}}},
        {"PersistentVolumeClaim/demo-exports"},
    ),
    "exports written in pods of their own": (
        {"imaris": {"storage": {"accessMode": "ReadWriteMany"}, "worker": {"ownPods": True}}},
        {
            "PersistentVolumeClaim/demo-exports",
            "ServiceAccount/demo-export-worker",
            "NetworkPolicy/demo-export-worker",
            "Deployment/demo-export-worker",
            *EXPORTS,
        },
    ),
    **{
        f"exports: {name}": ({"imaris": {name: value}}, EXPORTS)
        for name, value in {
            "resources": {"limits": {"memory": "2Gi"}},
            "worker": {"concurrency": 1},
            "downloads": 8,
            "memory": "256Mi",
            "maxBytes": "1Gi",
            "maxImageBytes": "1Gi",
            "exportsPerUser": 1,
            "attach": "never",
            "keepSeconds": 60,
            "syncSeconds": 0,
            "script": {"use": "never"},
            "cleanupIntervalSeconds": 60,
        }.items()
    },
    "server config": (
        {"server": {"config": {"omero.sessions.timeout": "1"}}},
        {"ConfigMap/demo-server", *SERVER},
    ),
    "server limit": (
        {"server": {"resources": {"limits": {"memory": "6Gi"}}}},
        {"ConfigMap/demo-server", *SERVER},
    ),
    "server request": ({"server": {"resources": {"requests": {"cpu": "1"}}}}, SERVER),
    "server Service": (
        {"server": {"service": {"type": "NodePort", "nodePort": 30464}}},
        {"Service/demo-server"},
    ),
    "server storage": (
        {"server": {"storage": {"size": "20Gi"}}},
        {"PersistentVolumeClaim/demo-server"},
    ),
    "groups": (
        {"server": {"groups": [{"name": "lab"}]}},
        {"ConfigMap/demo-bootstrap", *BOOTSTRAP},
    ),
    "own root password": (
        {"server": {"rootPasswordSecretRef": {"name": "mine", "key": "pw"}}},
        {"Secret/demo-root-credentials", *SERVER, *BOOTSTRAP},
    ),
    "database settings": (
        {"database": {"parameters": {"work_mem": "8MB"}}},
        {"ConfigMap/demo-db"},
    ),
    "database settings that need a start": (
        {"database": {"parameters": {"max_connections": "200"}}},
        {"StatefulSet/demo-db"},
    ),
    "plugin database settings": (
        {"pluginDatabase": {"parameters": {"work_mem": "8MB"}}},
        {"ConfigMap/demo-plugin-db"},
    ),
    "Redis memory": ({"redis": {"maxMemory": "256Mi"}}, {"ConfigMap/demo-redis", *REDIS}),
    "vacuum schedule": (
        {"maintenance": {"vacuum": {"schedule": "@daily"}}},
        {"CronJob/demo-vacuum"},
    ),
    "reindex every week": (
        {"maintenance": {"reindex": {"firstWeekOnly": False}}},
        {"CronJob/demo-reindex"},
    ),
    "maintenance off": ({"maintenance": {"suspend": True}}, CRON_JOBS),
    "server image": (
        # The clients tell which server they were made for.
        {"images": {"server": "x/server:2"}},
        {*SERVER, *CLIENTS, *PLUGIN_PODS, *BOOTSTRAP},
    ),
    "web image": ({"images": {"web": "x/web:2"}}, {*CLIENTS, *PLUGIN_PODS, *BOOTSTRAP}),
    "postgres image": ({"images": {"postgres": "x/postgres:16.1"}}, DATABASES),
    "redis image": ({"images": {"redis": "x/redis:9"}}, REDIS),
    # An init container of OMERO.server is of that image.
    "maintenance image": (
        {"images": {"maintenance": "x/care:2"}},
        {*CRON_JOBS, "StatefulSet/demo-server"},
    ),
    "pull policy": ({"images": {"pullPolicy": "Always"}}, ALL_PODS),
    "pull secrets": ({"images": {"pullSecrets": ["login"]}}, ALL_PODS),
    "size": ({"size": "medium"}, {*LONG_RUNNING, *CRON_JOBS, "ConfigMap/demo-server"}),
    "time zone": (
        {"timeZone": "Europe/Zurich"},
        {"ConfigMap/demo-db", "ConfigMap/demo-plugin-db", *(ALL_PODS - REDIS)},
    ),
    "node selector": ({"scheduling": {"nodeSelector": {"disk": "ssd"}}}, ALL_PODS),
    "toleration": ({"scheduling": {"tolerations": [{"operator": "Exists"}]}}, ALL_PODS),
    "priority": ({"scheduling": {"priorityClassName": "high"}}, ALL_PODS),
    "no network policies": ({"networkPolicy": {"enabled": False}}, POLICIES),
    "deletion policy": ({"deletionPolicy": "Delete"}, set()),
    "external database": (
        {"database": EXTERNAL_DATABASE},
        {
            "StatefulSet/demo-db",
            "ConfigMap/demo-db",
            "Deployment/demo-db",
            "Service/demo-db",
            "PersistentVolumeClaim/demo-db",
            "Secret/demo-db-credentials",
            "NetworkPolicy/demo-database",
            "NetworkPolicy/demo-server",
            "NetworkPolicy/demo-maintenance",
            *SERVER,
            *CRON_JOBS,
        },
    ),
    "external plugin database": (
        {"pluginDatabase": EXTERNAL_DATABASE},
        {
            "StatefulSet/demo-plugin-db",
            "ConfigMap/demo-plugin-db",
            "Deployment/demo-plugin-db",
            "Service/demo-plugin-db",
            "PersistentVolumeClaim/demo-plugin-db",
            "Secret/demo-plugin-db-credentials",
            "NetworkPolicy/demo-plugin-database",
            "NetworkPolicy/demo-maintenance",
            "NetworkPolicy/demo-web",
            "NetworkPolicy/demo-worker",
            "NetworkPolicy/demo-uploads",
            "NetworkPolicy/demo-exports",
            *CLIENTS,
            *PLUGIN_PODS,
            *CRON_JOBS,
        },
    ),
    "external Redis": (
        {"redis": EXTERNAL_REDIS},
        {
            "StatefulSet/demo-redis",
            "Deployment/demo-redis",
            "Service/demo-redis",
            "ConfigMap/demo-redis",
            "Secret/demo-redis-credentials",
            "NetworkPolicy/demo-redis",
            "NetworkPolicy/demo-web",
            "NetworkPolicy/demo-worker",
            "NetworkPolicy/demo-uploads",
            "NetworkPolicy/demo-exports",
            *CLIENTS,
            *PLUGIN_PODS,
        },
    ),
}


@pytest.mark.parametrize(("blocks", "expected"), SWITCHES.values(), ids=SWITCHES.keys())
def test_switch_changes_only(blocks: dict[str, Any], expected: set[str]) -> None:
    assert changes(desired(context()), desired(context(spec(**blocks)))) == expected


@pytest.mark.parametrize(
    ("secret", "rolled"),
    [
        ("demo-db-credentials", {"StatefulSet/demo-db", *SERVER}),
        ("demo-plugin-db-credentials", {"StatefulSet/demo-plugin-db", *CLIENTS, *PLUGIN_PODS}),
        ("demo-redis-credentials", {*REDIS, *CLIENTS, *PLUGIN_PODS}),
        ("demo-web-secret-key", {"Deployment/demo-web", *PLUGIN_PODS}),
        ("demo-plugin-keys", {*CLIENTS, *PLUGIN_PODS}),
        ("demo-job-service-credentials", {"Deployment/demo-worker", *PLUGIN_PODS, *BOOTSTRAP}),
        ("demo-root-credentials", {*SERVER, *BOOTSTRAP}),
        ("somebody-else", set()),
    ],
)
def test_changed_secret_rolls_only_what_uses_it(secret: str, rolled: set[str]) -> None:
    """Pods read a password at their start; a maintenance job starts anew each time."""
    before, after = context(checksums={secret: "old"}), context(checksums={secret: "new"})
    assert changes(desired(before), desired(after)) == rolled


def test_secret_property_reaches_the_server_alone() -> None:
    plan = desired(context(secret_properties={"omero.ldap.password": "x"}))
    assert changes(desired(context()), plan) == {"Secret/demo-server-config", *SERVER}


def test_hibernation_scales_everything_to_zero_and_keeps_all_objects() -> None:
    plan = by_title(desired(context(spec(hibernated=True), may_start=frozenset())))
    assert plan.keys() == by_title(desired(context())).keys()
    for title, manifest in plan.items():
        if manifest["kind"] in ("StatefulSet", "Deployment"):
            assert manifest["spec"]["replicas"] == 0, title
        if manifest["kind"] in ("CronJob", "Job"):
            assert manifest["spec"]["suspend"] is True, title


def test_waking_up_gives_the_same_site_as_before() -> None:
    asleep = desired(context(spec(hibernated=True), may_start=frozenset()))
    awake = desired(context())
    woken = {
        "metadata.annotations",
        "spec.replicas",
        "spec.suspend",
    }
    for title, before in by_title(asleep).items():
        after = by_title(awake)[title]
        differing = {
            f"{part}.{key}"
            for part in ("metadata", "spec")
            for key in before.get(part, {}).keys() | after.get(part, {}).keys()
            if before.get(part, {}).get(key) != after.get(part, {}).get(key)
        }
        assert differing <= woken, title


@pytest.mark.parametrize(
    ("may_start", "running"),
    [
        (frozenset(), {*DATABASES, *REDIS}),
        (frozenset({"server"}), {*DATABASES, *REDIS, *SERVER}),
        (frozenset({"server", "bootstrap"}), {*DATABASES, *REDIS, *SERVER, "Job"}),
        (OPEN, {*LONG_RUNNING, "Job"}),
    ],
    ids=["first", "databases ready", "server ready", "bootstrapped"],
)
def test_only_what_may_start_has_replicas(may_start: frozenset[str], running: set[str]) -> None:
    found = {
        "Job" if title.startswith("Job/") else title
        for title, manifest in by_title(desired(context(may_start=may_start))).items()
        if manifest.get("spec", {}).get("replicas", 0) > 0
        or (manifest["kind"] == "Job" and not manifest["spec"]["suspend"])
    }
    assert found == running


def test_server_never_has_a_second_replica() -> None:
    """Two read-write servers on one repository destroy it."""
    for size in ("small", "medium", "large"):
        plan = by_title(desired(context(spec(size=size))))
        assert plan["StatefulSet/demo-server"]["spec"]["replicas"] == 1


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ({"key": "gpu", "value": "x"}, {"key": "gpu", "operator": "Equal", "value": "x"}),
        ({"operator": "Exists"}, {"operator": "Exists"}),
        (
            {"key": "a", "operator": "Exists", "effect": "NoExecute"},
            {"key": "a", "operator": "Exists", "effect": "NoExecute"},
        ),
    ],
    ids=["value", "everything", "effect"],
)
def test_toleration_without_its_empty_fields(
    field: dict[str, str], expected: dict[str, str]
) -> None:
    """The API server drops empty strings; written, they would differ in every pass."""
    plan = desired(context(spec(scheduling={"tolerations": [field]})))
    assert all(t["spec"]["tolerations"] == [expected] for _, t in templates(plan))


@pytest.mark.parametrize(
    ("blocks", "title", "path", "value"),
    [
        (
            {"web": {"resources": {"limits": {"cpu": "2"}}}},
            "Deployment/demo-web",
            "limits",
            {"memory": "1Gi", "cpu": "2"},
        ),
        (
            {"size": "large", "web": {"resources": {"requests": {"memory": "3Gi"}}}},
            "Deployment/demo-web",
            "requests",
            {"cpu": "1", "memory": "3Gi"},
        ),
    ],
    ids=["added", "replaced"],
)
def test_given_resources_win_key_by_key(
    blocks: dict[str, Any], title: str, path: str, value: dict[str, str]
) -> None:
    pods = dict(templates(desired(context(spec(**blocks)))))
    assert pods[title]["spec"]["containers"][0]["resources"][path] == value
