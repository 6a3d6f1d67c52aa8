"""OMERO's read-only servers: what they may do, and how clients find them."""

from __future__ import annotations

from typing import Any

import pytest

from omero_operator.desired import read_only_server
from omero_operator.desired.plan import desired, secret_references
from omero_operator.identity.kinds import Manifest
from operator_builders import by_title, changes, context, spec

DEPLOYMENT = "Deployment/demo-server-readonly"
WIDE: Manifest = {"storage": {"accessMode": "ReadWriteMany"}}


def plan(replicas: int = 2, **server: Any) -> dict[str, Manifest]:
    given = spec(server={**WIDE, "readOnlyReplicas": replicas, **server})
    return by_title(desired(context(given)))


def pod(made: dict[str, Manifest], title: str = DEPLOYMENT) -> Manifest:
    found: Manifest = made[title]["spec"]["template"]["spec"]
    return found


def test_they_change_nothing_of_the_server_that_is_there() -> None:
    before = desired(context(spec(server=WIDE)))
    after = desired(context(spec(server={**WIDE, "readOnlyReplicas": 2})))
    assert changes(before, after) == {
        *(DEPLOYMENT, "Service/demo-server-readonly", "ConfigMap/demo-server-readonly"),
        *("PodDisruptionBudget/demo-server-readonly", "ServiceAccount/demo-read-only-server"),
        *("NetworkPolicy/demo-read-only-server", "NetworkPolicy/demo-database"),
    }


def test_they_may_not_change_the_repository() -> None:
    own = pod(plan())
    mounts = [
        mount
        for container in (*own["initContainers"], *own["containers"])
        for mount in container["volumeMounts"]
        if mount["mountPath"] == "/OMERO"
    ]
    assert len(mounts) == 2 and all(mount["readOnly"] for mount in mounts)
    (data,) = [each for each in own["volumes"] if each["name"] == "data"]
    assert data["persistentVolumeClaim"] == {"claimName": "demo-server"}


def test_nothing_in_them_makes_or_upgrades_the_database() -> None:
    (container,) = pod(plan())["containers"]
    names = [each["name"] for each in container["env"]]
    assert "ROOTPASS" not in names and "OMERO_READ_ONLY" in names
    hidden = [m for m in container["volumeMounts"] if m["mountPath"] == "/startup/60-database.sh"]
    # The public image runs what can be executed; a file of a ConfigMap cannot.
    assert [each["subPath"] for each in hidden] == ["environment.sh"]
    (config,) = [each for each in pod(plan())["volumes"] if each["name"] == "config"]
    assert "defaultMode" not in config["configMap"]


def test_omero_is_told_that_it_only_reads() -> None:
    config = {
        "omero.server.nodedescriptors": "master:Blitz-0,Processor-0",
        "omero.db.poolsize": "5",
    }
    given = spec(server={**WIDE, "readOnlyReplicas": 1, "config": config, "scriptProcessors": 4})
    found = read_only_server.properties(context(given))
    assert found["omero.cluster.read_only.db"] == found["omero.cluster.read_only.repo"] == "true"
    assert found["omero.server.nodedescriptors"] == "master:Blitz-0,Tables-0"
    assert found["omero.db.poolsize"] == "5"
    folder = found["omero.pixeldata.memoizer.dir.local"]
    (container,) = pod(plan())["containers"]
    paths = [mount["mountPath"] for mount in container["volumeMounts"] if mount["name"] == "var"]
    assert any(folder.startswith(f"{path}/") for path in paths)
    text = plan()["ConfigMap/demo-server-readonly"]["data"]["platform.omero"]
    assert "omero.cluster.read_only.db" in text
    assert "read_only" not in plan()["ConfigMap/demo-server"]["data"]["platform.omero"]


@pytest.mark.parametrize("insecure", [False, True])
def test_a_client_stays_with_one_of_them(insecure: bool) -> None:
    service = plan(service={"insecurePort": insecure})["Service/demo-server-readonly"]["spec"]
    assert service["sessionAffinity"] == "ClientIP"
    assert [each["port"] for each in service["ports"]] == [*([4063] if insecure else []), 4064]
    component = service["selector"]["app.kubernetes.io/component"]
    labels = plan()[DEPLOYMENT]["spec"]["template"]["metadata"]["labels"]
    assert labels["app.kubernetes.io/component"] == component == "read-only-server"


def test_one_goes_after_the_other() -> None:
    assert "PodDisruptionBudget/demo-server-readonly" not in plan(1)
    budget = plan(3)["PodDisruptionBudget/demo-server-readonly"]["spec"]
    assert budget["maxUnavailable"] == 1
    assert pod(plan(3))["terminationGracePeriodSeconds"] == 300


def test_they_reach_the_database_and_nobody_else_s_server() -> None:
    made = plan()
    ingress = str(made["NetworkPolicy/demo-database"]["spec"]["ingress"])
    assert "read-only-server" in ingress
    without = by_title(desired(context()))["NetworkPolicy/demo-database"]["spec"]["ingress"]
    assert "read-only-server" not in str(without)


def test_secrets_of_the_server_are_theirs_except_the_root_password() -> None:
    server = {
        **WIDE,
        "readOnlyReplicas": 1,
        "tls": {"secretName": "own-tls"},
        "rootPasswordSecretRef": {"name": "root", "key": "p"},
        "configSecretRefs": [
            {"property": "omero.ldap.password", "secretKeyRef": {"name": "l", "key": "k"}}
        ],
    }
    references = secret_references(context(spec(server=server)))
    found = {each.name for each in references if each.component == "read-only-server"}
    assert found == {"own-tls", "l"}


def test_they_start_after_the_server() -> None:
    given = spec(server={**WIDE, "readOnlyReplicas": 2})
    made = by_title(desired(context(given, may_start=frozenset({"database", "server"}))))
    assert made[DEPLOYMENT]["spec"]["replicas"] == 0
    assert made["StatefulSet/demo-server"]["spec"]["replicas"] == 1
    assert plan()[DEPLOYMENT]["spec"]["replicas"] == 2
