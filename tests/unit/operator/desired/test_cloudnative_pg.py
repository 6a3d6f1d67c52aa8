"""A database that CloudNativePG runs: what it is asked for, and how the site connects to it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from omero_operator.desired.plan import desired, secret_references
from omero_operator.desired.server import properties
from omero_operator.identity.kinds import Manifest
from omero_operator.identity.labels import RETAINED
from operator_builders import (
    CLOUDNATIVE_PG,
    CLOUDNATIVE_PG_WITH_ALL,
    S3,
    by_title,
    changes,
    context,
    spec,
)
from published_kinds import complaints

CNPG = re.compile(r"[a-z]+\.cnpg\.io/v1")


def plan(**blocks: Any) -> dict[str, Manifest]:
    return by_title(desired(context(spec(**blocks))))


def cluster(**fields: Any) -> Manifest:
    block = {"mode": "cloudNativePG", "cloudNativePG": fields}
    found: Manifest = plan(database=block)["Cluster/demo-db"]["spec"]
    return found


def environment(pod: Manifest) -> dict[str, Any]:
    return {
        each["name"]: each.get("value", each.get("valueFrom"))
        for one in pod["spec"]["template"]["spec"]["containers"]
        for each in one.get("env", [])
    }


@pytest.mark.parametrize("hibernated", [False, True])
def test_objects_have_the_published_form(hibernated: bool) -> None:
    made = plan(
        database=CLOUDNATIVE_PG_WITH_ALL, pluginDatabase=CLOUDNATIVE_PG, hibernated=hibernated
    )
    theirs = {name: each for name, each in made.items() if CNPG.fullmatch(each["apiVersion"])}
    assert set(theirs) == {
        *("Cluster/demo-db", "Cluster/demo-plugin-db", "Pooler/demo-db-pooler"),
        *("ObjectStore/demo-db-backup", "ScheduledBackup/demo-db-backup"),
    }
    assert {name: complaints(each) for name, each in theirs.items() if complaints(each)} == {}
    state = made["Cluster/demo-db"]["metadata"]["annotations"]["cnpg.io/hibernation"]
    assert state == ("on" if hibernated else "off")
    assert theirs["ScheduledBackup/demo-db-backup"]["spec"]["suspend"] is hibernated


def test_a_cluster_has_a_database_of_its_own() -> None:
    made = plan(pluginDatabase=CLOUDNATIVE_PG_WITH_ALL)["Cluster/demo-plugin-db"]["spec"]
    assert made["instances"] == 3
    assert made["bootstrap"]["initdb"]["database"] == "omero_plugin"
    assert made["bootstrap"]["initdb"]["owner"] == "omero_plugin"
    assert made["storage"] == {"size": "50Gi", "storageClass": "fast"}
    assert made["walStorage"] == {"size": "2Gi", "storageClass": "fast"}
    assert made["postgresql"]["parameters"] == {"work_mem": "16MB"}
    assert made["resources"]["limits"] == {"memory": "512Mi"}


def test_what_holds_data_has_no_owner_and_is_never_pruned() -> None:
    made = plan(database=CLOUDNATIVE_PG_WITH_ALL)
    for name in ("Cluster/demo-db", "ObjectStore/demo-db-backup"):
        metadata = made[name]["metadata"]
        assert "ownerReferences" not in metadata
        assert metadata["annotations"][RETAINED] == "demo"
    assert "ownerReferences" in made["Pooler/demo-db-pooler"]["metadata"]


def test_backups_go_to_the_site_s_own_folder() -> None:
    made = plan(database=CLOUDNATIVE_PG_WITH_ALL)
    store = made["ObjectStore/demo-db-backup"]["spec"]
    assert store["configuration"]["destinationPath"] == "s3://omero/pg/images/demo"
    assert store["configuration"]["endpointCA"] == {"name": "s3-ca", "key": "ca.crt"}
    assert store["retentionPolicy"] == "30d"
    (plugin,) = made["Cluster/demo-db"]["spec"]["plugins"]
    assert plugin["isWALArchiver"] and plugin["parameters"] == {
        "barmanObjectName": "demo-db-backup"
    }
    assert made["ScheduledBackup/demo-db-backup"]["spec"]["schedule"] == "0 0 2 * * *"


def test_words_for_a_schedule_stay_words() -> None:
    block = {"backup": {"s3": S3, "schedule": "@daily"}}
    made = plan(database={"mode": "cloudNativePG", "cloudNativePG": block})
    assert made["ScheduledBackup/demo-db-backup"]["spec"]["schedule"] == "@daily"


def test_a_cluster_is_made_from_a_backup() -> None:
    made = cluster(
        backup={"s3": S3, "serverName": "second"},
        recoverFrom={"serverName": "first", "targetTime": "2026-01-01T00:00:00Z"},
    )
    recovery = made["bootstrap"].pop("recovery")
    assert made["bootstrap"] == {}
    assert recovery["recoveryTarget"] == {"targetTime": "2026-01-01T00:00:00Z"}
    (source,) = made["externalClusters"]
    assert source["name"] == recovery["source"]
    assert source["plugin"]["parameters"]["serverName"] == "first"
    assert made["plugins"][0]["parameters"]["serverName"] == "second"


@pytest.mark.parametrize(
    ("fields", "host"), [({}, "demo-db-rw"), ({"pooler": {}}, "demo-db-pooler")]
)
def test_the_server_connects_over_checked_tls(fields: Manifest, host: str) -> None:
    given = spec(database={"mode": "cloudNativePG", "cloudNativePG": fields})
    options = properties(context(given))["omero.db.properties"]
    assert options.startswith("sslmode=verify-full&sslrootcert=/")
    server = by_title(desired(context(given)))["StatefulSet/demo-server"]
    found = environment(server)
    assert (found["CONFIG_omero_db_host"], found["CONFIG_omero_db_port"]) == (host, "5432")
    assert found["CONFIG_omero_db_name"] == "omero"
    assert "demo-db-app" in str(server) and "demo-db-ca" in str(server)


def test_a_pooler_shows_a_certificate_with_its_name() -> None:
    names = cluster(pooler={})["certificates"]["serverAltDNSNames"]
    assert names == ["demo-db-pooler", "demo-db-pooler.images", "demo-db-pooler.images.svc"]
    assert "certificates" not in cluster()


def test_long_statements_pass_by_the_pooler() -> None:
    made = plan(database=CLOUDNATIVE_PG_WITH_ALL)
    pod = made["CronJob/demo-vacuum"]["spec"]["jobTemplate"]
    assert environment(pod)["OMERO_DB_HOST"] == "demo-db-rw"
    probe = made["Deployment/demo-db"]["spec"]["template"]["spec"]["containers"][0]
    assert "demo-db-pooler" in probe["readinessProbe"]["exec"]["command"]


def test_plugins_connect_to_their_cluster() -> None:
    made = plan(pluginDatabase=CLOUDNATIVE_PG)
    found = environment(made["Deployment/demo-web"])
    assert (found["OMP_DATA_HOST"], found["OMP_DATA_PORT"]) == ("demo-plugin-db-rw", "5432")
    assert found["OMP_DATA_DB"] == "omero_plugin"
    assert found["OMP_DATA_CA_FILE"].endswith("/ca.crt")


def test_secrets_of_cloudnative_pg_are_waited_for_by_their_users_alone() -> None:
    references = secret_references(context(spec(database=CLOUDNATIVE_PG)))
    made = {(each.component, each.name) for each in references if each.made_by}
    assert made == {
        (user, name) for user in ("server", "maintenance") for name in ("demo-db-app", "demo-db-ca")
    }


def test_what_the_plugin_logs_in_with_is_looked_for_and_keeps_nobody_waiting() -> None:
    references = secret_references(context(spec(database=CLOUDNATIVE_PG_WITH_ALL)))
    found = {each.name: each for each in references if each.name in ("s3-login", "s3-ca")}
    assert {each.component for each in found.values()} == {"database"}
    assert not any(each.holds for each in found.values())
    assert found["s3-login"].path == "spec.database.cloudNativePG.backup.s3.credentialsSecretRef"


def test_a_new_password_restarts_its_users() -> None:
    given = spec(database=CLOUDNATIVE_PG)
    before, after = (
        desired(context(given, checksums={"demo-db-app": each})) for each in ("1", "2")
    )
    assert changes(before, after) == {"StatefulSet/demo-server", "Deployment/demo-db"}


def test_connections_to_a_cluster_are_open_for_its_users_alone() -> None:
    made = plan(database=CLOUDNATIVE_PG_WITH_ALL)
    policy = made["NetworkPolicy/demo-database-cluster"]["spec"]
    assert policy["podSelector"] == {"matchLabels": {"cnpg.io/cluster": "demo-db"}}
    assert policy["policyTypes"] == ["Ingress"]
    clients, peers, operator = policy["ingress"]
    named = {
        each["podSelector"]["matchLabels"].get("app.kubernetes.io/component")
        for each in clients["from"]
    }
    assert {"database", "server", "maintenance"} <= named and "web" not in named
    assert [each["port"] for each in peers["ports"]] == [8000]
    (who,) = operator["from"]
    assert who["podSelector"]["matchLabels"] == {"app.kubernetes.io/name": "cloudnative-pg"}
    for component, opened in (("server", True), ("database", True), ("web", False)):
        egress = made[f"NetworkPolicy/demo-{component}"]["spec"]["egress"]
        assert ("cnpg.io/cluster" in str(egress)) is opened, component
    assert not plan()["NetworkPolicy/demo-database"]["spec"]["egress"]


def test_no_policy_where_they_are_switched_off() -> None:
    made = plan(database=CLOUDNATIVE_PG, networkPolicy={"enabled": False})
    assert not any(name.startswith("NetworkPolicy/") for name in made)
