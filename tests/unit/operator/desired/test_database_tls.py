"""External databases over TLS: every program of the site checks the server's certificate."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from omero_operator.desired.plan import desired, secret_references
from omero_operator.desired.server import properties
from operator_builders import EXTERNAL_DATABASE, by_title, changes, context, spec, templates

CHECKED = copy.deepcopy(EXTERNAL_DATABASE)
CHECKED["external"]["tls"] = {"caSecretRef": {"name": "authorities", "key": "bundle.pem"}}
BOTH = {"database": CHECKED, "pluginDatabase": CHECKED}


def variables(template: dict[str, Any]) -> dict[str, str]:
    pod = template["spec"]
    found = [*pod["containers"], *pod.get("initContainers", [])]
    return {each["name"]: each.get("value", "") for one in found for each in one.get("env", [])}


def mentioned(template: dict[str, Any]) -> bool:
    """Whether the pod has the Secret."""
    return "authorities" in str(template["spec"].get("volumes", []))


def test_every_program_that_connects_has_the_authorities() -> None:
    pods = dict(templates(desired(context(spec(**BOTH)))))
    with_them = {name for name, template in pods.items() if mentioned(template)}
    clients = {
        *("CronJob/demo-reindex", "CronJob/demo-vacuum", "Deployment/demo-db"),
        *("Deployment/demo-exports", "Deployment/demo-plugin-db", "Deployment/demo-uploads"),
        *("Deployment/demo-web", "Deployment/demo-worker", "StatefulSet/demo-server"),
    }
    assert with_them == clients
    for name in clients:
        found = variables(pods[name])
        files = {k: v for k, v in found.items() if k.endswith("_CA_FILE") or k == "PGSSLROOTCERT"}
        mounts = [
            mount["mountPath"]
            for container in pods[name]["spec"]["containers"]
            for mount in container["volumeMounts"]
        ]
        assert files, name
        for path in files.values():
            assert any(path.startswith(f"{mount}/") for mount in mounts) or "omero-db" in path, name


def test_the_probe_checks_as_libpq_does() -> None:
    made = by_title(desired(context(spec(**BOTH))))
    found = variables(made["Deployment/demo-db"]["spec"]["template"])
    assert found["PGSSLMODE"] == "verify-full"
    assert found["PGSSLROOTCERT"].endswith("/bundle.pem")


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({}, "sslmode=verify-full&sslrootcert={}"),
        (
            {"omero.db.properties": "loginTimeout=5"},
            "loginTimeout=5&sslmode=verify-full&sslrootcert={}",
        ),
    ],
    ids=["alone", "beside the site's own"],
)
def test_the_server_is_told_in_its_address_of_the_database(
    config: dict[str, str], expected: str
) -> None:
    ctx = context(spec(database=CHECKED, server={"config": config}))
    found = properties(ctx)["omero.db.properties"]
    assert found.partition("sslrootcert=")[2].endswith("/db-authorities/bundle.pem")
    assert found == expected.format(found.partition("sslrootcert=")[2])
    plain = properties(context(spec(database=EXTERNAL_DATABASE)))
    assert "omero.db.properties" not in plain


def test_a_new_authority_restarts_what_keeps_connections() -> None:
    given = spec(**BOTH)
    before, after = (
        desired(context(given, checksums={"authorities": digest})) for digest in ("1", "2")
    )
    assert changes(before, after) == {
        *("Deployment/demo-db", "Deployment/demo-exports", "Deployment/demo-plugin-db"),
        *("Deployment/demo-uploads", "Deployment/demo-web", "Deployment/demo-worker"),
        "StatefulSet/demo-server",
    }


def test_missing_authorities_are_named_for_each_component() -> None:
    references = secret_references(context(spec(**BOTH)))
    found = {each.component: each for each in references if each.name == "authorities"}
    assert {"database", "plugin-database", "server", "web", "worker"} <= set(found)
    assert found["database"].path == "spec.database.external.tls.caSecretRef"
    assert found["database"].keys == ("bundle.pem",)
