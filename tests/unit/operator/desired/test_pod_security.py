"""Every pod is admitted by the `restricted` Pod Security level, bounded, watched, without a token.

The level: https://kubernetes.io/docs/concepts/security/pod-security-standards/
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from omero_operator.api.quantity import amount
from omero_operator.desired.plan import desired
from operator_builders import EXTERNAL_DATABASE, EXTERNAL_REDIS, context, spec, templates

CONTEXT = context(
    spec(worker={"replicas": 3}, server={"storage": {"existingClaim": "old"}}),
    secret_properties={"omero.a": "b"},
)
EXTERNAL = context(
    spec(database=EXTERNAL_DATABASE, pluginDatabase=EXTERNAL_DATABASE, redis=EXTERNAL_REDIS)
)
PODS: dict[str, dict[str, Any]] = {
    **{f"{name} (external)": t["spec"] for name, t in templates(desired(EXTERNAL))},
    **{name: t["spec"] for name, t in templates(desired(CONTEXT))},
}
CONTAINERS: dict[str, dict[str, Any]] = {
    f"{name}: {container['name']}": container
    for name, pod in PODS.items()
    for container in [*pod.get("initContainers", []), *pod["containers"]]
}
ALLOWED_VOLUMES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
}

Rule = Callable[[dict[str, Any]], bool]

POD_RULES: dict[str, Rule] = {
    "no host network": lambda pod: not pod.get("hostNetwork"),
    "no host process ids": lambda pod: not pod.get("hostPID"),
    "no host IPC": lambda pod: not pod.get("hostIPC"),
    "not root": lambda pod: pod["securityContext"]["runAsNonRoot"] is True,
    "a user above 0": lambda pod: pod["securityContext"]["runAsUser"] > 0,
    "a group above 0": lambda pod: pod["securityContext"]["runAsGroup"] > 0,
    "default seccomp profile": lambda pod: (
        pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    ),
    "no sysctls": lambda pod: "sysctls" not in pod["securityContext"],
    "only volumes of the restricted level": lambda pod: all(
        volume.keys() - {"name"} <= ALLOWED_VOLUMES for volume in pod["volumes"]
    ),
    "no token of its account": lambda pod: pod["automountServiceAccountToken"] is False,
    "no variables of other Services": lambda pod: pod["enableServiceLinks"] is False,
    "an account of its own": lambda pod: pod["serviceAccountName"].startswith("demo-"),
    "volume names once": lambda pod: (
        len({v["name"] for v in pod["volumes"]}) == len(pod["volumes"])
    ),
    "every mounted volume exists": lambda pod: (
        {
            mount["name"]
            for container in [*pod.get("initContainers", []), *pod["containers"]]
            for mount in container.get("volumeMounts", [])
        }
        == {volume["name"] for volume in pod["volumes"]}
    ),
    "Secrets readable by the pod's group at most": lambda pod: all(
        volume["secret"]["defaultMode"] == 0o440 for volume in pod["volumes"] if "secret" in volume
    ),
}

CONTAINER_RULES: dict[str, Rule] = {
    "no privilege escalation": lambda c: c["securityContext"]["allowPrivilegeEscalation"] is False,
    "all capabilities dropped": lambda c: c["securityContext"]["capabilities"] == {"drop": ["ALL"]},
    "not privileged": lambda c: not c["securityContext"].get("privileged"),
    "no user of its own": lambda c: "runAsUser" not in c["securityContext"],
    "no host ports": lambda c: all("hostPort" not in port for port in c.get("ports", [])),
    "cpu requested": lambda c: "cpu" in c["resources"]["requests"],
    "memory requested": lambda c: "memory" in c["resources"]["requests"],
    "memory limited": lambda c: "memory" in c["resources"]["limits"],
    "no cpu limit of ours": lambda c: "cpu" not in c["resources"]["limits"],
    "variable names once": lambda c: (
        len({v["name"] for v in c.get("env", [])}) == len(c.get("env", []))
    ),
    "mount paths once": lambda c: (
        len({m["mountPath"] for m in c["volumeMounts"]}) == len(c["volumeMounts"])
    ),
    "no empty variable, which the API server would drop and every pass write anew": lambda c: all(
        variable.get("value") != "" for variable in c.get("env", [])
    ),
}

# https://docs.redhat.com/en/documentation/openshift_container_platform/4.19/html/authentication_and_authorization/managing-pod-security-policies
RESTRICTED_V2: dict[str, Rule] = {
    name: rule
    for name, rule in POD_RULES.items()
    if name not in ("a user above 0", "a group above 0")
} | {
    "no ids but those of the namespace": lambda pod: (
        not (
            {"runAsUser", "runAsGroup", "fsGroup", "supplementalGroups"}
            & pod["securityContext"].keys()
        )
    )
}

# The image writes its configuration below OMERO.server/etc at every start.
WRITABLE = {"StatefulSet/demo-server: omero-server"}

LONG_RUNNING = [
    f"{name}: {container['name']}"
    for name, pod in PODS.items()
    if name.startswith(("StatefulSet", "Deployment"))
    for container in pod["containers"]
]


def test_all_workloads_are_looked_at() -> None:
    assert PODS.keys() >= {
        "StatefulSet/demo-db",
        "StatefulSet/demo-plugin-db",
        "StatefulSet/demo-redis",
        "StatefulSet/demo-server",
        "Deployment/demo-web",
        "Deployment/demo-worker",
        "Deployment/demo-uploads",
        "Deployment/demo-exports",
        "CronJob/demo-vacuum",
        "CronJob/demo-reindex",
    }
    assert any(name.startswith("Job/demo-bootstrap-") for name in PODS)


@pytest.mark.parametrize("rule", POD_RULES)
def test_pod(rule: str) -> None:
    assert [name for name, pod in PODS.items() if not POD_RULES[rule](pod)] == []


@pytest.mark.parametrize("rule", CONTAINER_RULES)
def test_container(rule: str) -> None:
    assert [name for name, c in CONTAINERS.items() if not CONTAINER_RULES[rule](c)] == []


def test_root_file_system_is_read_only_but_for_the_server() -> None:
    writable = {
        name.replace(" (external)", "")
        for name, container in CONTAINERS.items()
        if container["securityContext"]["readOnlyRootFilesystem"] is not True
    }
    assert writable == WRITABLE


@pytest.mark.parametrize("probe", ["readinessProbe", "livenessProbe"])
def test_long_running_container_is_probed(probe: str) -> None:
    """All but those that only sleep: what asks servers of others."""
    sleeping = {name for name in LONG_RUNNING if name.endswith(": check")}
    without = {name for name in LONG_RUNNING if probe not in CONTAINERS[name]}
    assert without == (sleeping if probe == "livenessProbe" else set())
    assert all(CONTAINERS[name]["command"] == ["sleep", "infinity"] for name in sleeping)


def test_liveness_is_more_patient_than_readiness() -> None:
    """A pod is taken out of its Service before it is killed, never the other way round."""

    def seconds(probe: dict[str, Any]) -> int:
        return int(probe["periodSeconds"] * probe["failureThreshold"])

    for name in LONG_RUNNING:
        container = CONTAINERS[name]
        if "livenessProbe" in container:
            alive, ready = container["livenessProbe"], container["readinessProbe"]
            assert seconds(alive) > seconds(ready), name
            assert alive["timeoutSeconds"] >= ready["timeoutSeconds"], name


def test_slow_starters_have_a_startup_probe() -> None:
    """A first start that creates a schema, or a recovery, must not be killed by liveness.

    Redis starts at once; it is asked often until it has, and seldom afterwards.
    """
    slow = {n for n in LONG_RUNNING if "startupProbe" in CONTAINERS[n] and "(" not in n}
    assert slow == {
        "StatefulSet/demo-db: postgres",
        "StatefulSet/demo-plugin-db: postgres",
        "StatefulSet/demo-redis: redis",
        "StatefulSet/demo-server: omero-server",
        "Deployment/demo-web: omero-web",
        "Deployment/demo-worker: worker",
        "Deployment/demo-worker: network-worker",
        "Deployment/demo-uploads: uploads",
        "Deployment/demo-uploads: import-worker",
        "Deployment/demo-exports: exports",
        "Deployment/demo-exports: export-worker",
    }


def test_a_start_may_take_ten_minutes() -> None:
    """On a busy node it does, and a restart begins it anew and makes the node busier."""
    for name, container in CONTAINERS.items():
        if probe := container.get("startupProbe"):
            each = max(probe["periodSeconds"], probe["timeoutSeconds"])
            assert each * probe["failureThreshold"] >= 600, name


def test_probes_ask_ports_that_the_container_has() -> None:
    for name, container in CONTAINERS.items():
        ports = {port["name"] for port in container.get("ports", [])}
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            action = container.get(probe, {})
            asked = (action.get("httpGet") or action.get("tcpSocket") or {}).get("port")
            assert asked is None or asked in ports, name


def test_accounts_have_no_token_either() -> None:
    accounts = [m for m in desired(CONTEXT) if m["kind"] == "ServiceAccount"]
    assert accounts
    assert all(account["automountServiceAccountToken"] is False for account in accounts)


def test_only_the_owner_of_a_volume_mounts_it() -> None:
    """ReadWriteOnce binds to a node; a second pod elsewhere would wait for ever."""
    users: dict[str, list[str]] = {}
    for name, pod in PODS.items():
        for volume in pod["volumes"]:
            if claim := volume.get("persistentVolumeClaim"):
                users.setdefault(claim["claimName"], []).append(name)
    assert {claim: sorted(found) for claim, found in users.items()} == {
        "old": ["StatefulSet/demo-server"],
        "demo-db": ["StatefulSet/demo-db"],
        "demo-plugin-db": ["StatefulSet/demo-plugin-db"],
        "demo-server": ["StatefulSet/demo-server (external)"],
        "demo-uploads": ["Deployment/demo-uploads", "Deployment/demo-uploads (external)"],
        "demo-exports": ["Deployment/demo-exports", "Deployment/demo-exports (external)"],
    }


def test_postgres_and_redis_hold_their_data_where_they_look_for_it() -> None:
    paths = {
        name: {m["name"]: m["mountPath"] for m in CONTAINERS[name]["volumeMounts"]}
        for name in ("StatefulSet/demo-db: postgres", "StatefulSet/demo-server: omero-server")
    }
    database = CONTAINERS["StatefulSet/demo-db: postgres"]
    env = {v["name"]: v.get("value", "") for v in database["env"]}
    assert env["PGDATA"].startswith(paths["StatefulSet/demo-db: postgres"]["data"] + "/")
    assert paths["StatefulSet/demo-server: omero-server"]["data"] == "/OMERO"


@pytest.mark.parametrize("size", ["small", "medium", "large"])
def test_requests_of_each_size_fit_their_limits(size: str) -> None:
    for name, template in templates(desired(context(spec(size=size)))):
        for container in template["spec"]["containers"]:
            block = container["resources"]
            assert amount(block["requests"]["memory"]) <= amount(block["limits"]["memory"]), name


def test_redis_fits_the_limit_of_each_size() -> None:
    for size in ("small", "medium", "large"):
        given = spec(size=size)
        pods = dict(templates(desired(context(given))))
        limit = pods["StatefulSet/demo-redis"]["spec"]["containers"][0]["resources"]["limits"]
        assert amount(limit["memory"]) >= amount(given.redis.max_memory) * 5 / 4


@pytest.mark.parametrize("rule", RESTRICTED_V2)
def test_openshift_admits_every_pod_that_leaves_the_ids_to_it(rule: str) -> None:
    given = spec(security={"userIds": "FromCluster"}, worker={"replicas": 3})
    pods = {name: t["spec"] for name, t in templates(desired(context(given)))}
    assert len(pods) == 11
    assert [name for name, pod in pods.items() if not RESTRICTED_V2[rule](pod)] == []


def test_every_container_can_get_what_a_quota_asks_for() -> None:
    """A quota on CPU limits refuses a pod with one container that has none."""
    limits = {"resources": {"limits": {"cpu": "2"}}}
    blocks = ("server", "worker", "database", "pluginDatabase", "redis", "maintenance", "helpers")
    plugin = {"name": "a", "image": "a", "app": "a"}
    given = spec(
        **dict.fromkeys(blocks, limits) | {"worker": {**limits, "network": limits}},
        web={
            **limits,
            "front": limits,
            "extraPlugins": [plugin],
            "uploads": {**limits, "importWorker": limits},
        },
        imaris={**limits, "worker": limits},
    )
    containers = {
        f"{name}: {container['name']}": container["resources"]["limits"].get("cpu")
        for name, template in templates(desired(context(given)))
        for container in [
            *template["spec"].get("initContainers", []),
            *template["spec"]["containers"],
        ]
    }
    assert len(containers) >= 18
    assert {name for name, limit in containers.items() if limit != "2"} == set()
