"""No password stands anywhere but in the data of a Secret."""

from __future__ import annotations

import base64

import pytest

from omero_operator.cluster.differences import stamped
from omero_operator.desired import generated
from omero_operator.desired.plan import credentials, desired, secret_references
from omero_operator.identity.kinds import Manifest
from operator_builders import (
    EXTERNAL_DATABASE,
    EXTERNAL_REDIS,
    REDIS_WITH_TLS,
    by_title,
    context,
    leaves,
    spec,
    templates,
)

SENTINEL = "correct-horse-battery-staple"
CONTEXT = context(secret_properties={"omero.ldap.password": SENTINEL, "omero.mail.pass": "b" * 40})

PUBLIC = {
    "configSecretRefs": [
        {
            "property": "omero.web.public.password",
            "secretKeyRef": {"name": "public-user", "key": "pw"},
        },
        {"property": "omero.web.mine.key", "secretKeyRef": {"name": "mine", "key": "a"}},
        {"property": "omero.web.mine.other", "secretKeyRef": {"name": "mine", "key": "b"}},
    ]
}


def test_value_from_a_secret_stands_in_one_secret_alone() -> None:
    holders = set()
    for title, manifest in by_title(map(stamped, desired(CONTEXT))).items():
        for path, value in leaves(manifest):
            text = str(value)
            decoded = _decoded(text) if path.startswith(".data.") else text
            if SENTINEL in text or SENTINEL in decoded:
                holders.add(f"{title}{path}")
    assert holders == {"Secret/demo-server-config.data.secret.omero"}


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except ValueError:
        return text


def test_digest_of_a_secret_does_not_depend_on_its_values() -> None:
    """Whoever may read annotations could otherwise try passwords against it."""

    def stamp(value: str) -> Manifest:
        plan = by_title(desired(context(secret_properties={"omero.a": value})))
        metadata: Manifest = stamped(plan["Secret/demo-server-config"])["metadata"]
        return metadata

    assert stamp("one") == stamp("another")


def test_context_does_not_print_secret_values() -> None:
    """It may end in a log line or a traceback."""
    assert SENTINEL not in repr(CONTEXT)


def test_password_variables_refer_to_secrets_or_name_files() -> None:
    given = spec(database=EXTERNAL_DATABASE, redis=EXTERNAL_REDIS)
    for ctx in (CONTEXT, context(given)):
        for title, template in templates(desired(ctx)):
            for container in template["spec"]["containers"]:
                for variable in container.get("env", []):
                    name = variable["name"].lower()
                    if not any(word in name for word in ("pass", "secret", "auth", "key")):
                        continue
                    if name.endswith("_file"):
                        assert variable["value"].startswith("/run/secrets/"), title
                    else:
                        assert variable.keys() == {"name", "valueFrom"}, title


def test_file_of_a_password_is_mounted_where_its_variable_says() -> None:
    found = set()
    for title, template in templates(desired(CONTEXT)):
        volumes = {v["name"]: v for v in template["spec"]["volumes"]}
        for container in template["spec"]["containers"]:
            files = {
                f"{mount['mountPath']}/{item['path']}"
                for mount in container["volumeMounts"]
                for item in volumes[mount["name"]].get("secret", {}).get("items", [])
            }
            named = {
                v["value"] for v in container.get("env", []) if v["name"].endswith("PASSWORD_FILE")
            }
            assert named <= files, title
            found |= named
    assert len(found) > 1


SECRETS_OF = {
    "StatefulSet/demo-db": {"demo-db-credentials"},
    "StatefulSet/demo-plugin-db": {"demo-plugin-db-credentials"},
    "StatefulSet/demo-redis": {"demo-redis-credentials"},
    "StatefulSet/demo-server": {
        "demo-db-credentials",
        "demo-root-credentials",
        "demo-server-config",
    },
    "Deployment/demo-web": {
        "demo-web-secret-key",
        "demo-plugin-keys",
        "demo-omp-hash-secret",
        "demo-redis-credentials",
        "demo-plugin-db-credentials",
    },
    "Deployment/demo-worker": {
        "demo-redis-credentials",
        "demo-plugin-db-credentials",
        "demo-plugin-keys",
        "demo-omp-hash-secret",
        "demo-job-service-credentials",
    },
    "Deployment/demo-uploads": {
        "demo-web-secret-key",
        "demo-plugin-keys",
        "demo-redis-credentials",
        "demo-plugin-db-credentials",
        "demo-job-service-credentials",
    },
    "Deployment/demo-exports": {
        "demo-web-secret-key",
        "demo-plugin-keys",
        "demo-redis-credentials",
        "demo-plugin-db-credentials",
        "demo-job-service-credentials",
    },
    "CronJob/demo-vacuum": {"demo-db-credentials", "demo-plugin-db-credentials"},
    "CronJob/demo-reindex": {"demo-db-credentials", "demo-plugin-db-credentials"},
    "Job/demo-bootstrap": {"demo-root-credentials", "demo-job-service-credentials"},
}


def secrets_in(template: Manifest) -> set[str]:
    """Names of the Secrets that a pod gets."""
    found = {v["secret"]["secretName"] for v in template["spec"]["volumes"] if "secret" in v}
    for container in template["spec"]["containers"]:
        for variable in container.get("env", []):
            if reference := variable.get("valueFrom", {}).get("secretKeyRef"):
                found.add(reference["name"])
    return found


def test_pod_gets_the_secrets_it_uses_and_no_others() -> None:
    """A stolen web pod knows neither OMERO's root password nor its database's."""
    found = {}
    for title, template in templates(desired(CONTEXT)):
        name = title.rpartition("-")[0] if title.startswith("Job/") else title
        found[name] = secrets_in(template)
    assert found == SECRETS_OF


def test_every_secret_that_a_pod_gets_is_made_or_looked_up() -> None:
    """A pod that names any other would wait in ContainerCreating and nobody would say why."""
    for blocks in (
        {},
        {"database": EXTERNAL_DATABASE, "redis": EXTERNAL_REDIS},
        {"redis": REDIS_WITH_TLS},
        {
            "pluginDatabase": EXTERNAL_DATABASE,
            "server": {"rootPasswordSecretRef": {"name": "root", "key": "pw"}},
        },
        {"web": PUBLIC},
    ):
        ctx = context(spec(**blocks))
        known = {credential.name for credential in credentials(ctx)}
        known |= {reference.name for reference in secret_references(ctx)}
        for title, template in templates(desired(ctx)):
            assert secrets_in(template) <= known, title


def test_pods_ask_for_keys_that_generated_secrets_have() -> None:
    ctx = context()
    keys = {c.name: {key for key, _ in c.keys} for c in credentials(ctx)}
    for title, template in templates(desired(ctx)):
        for volume in template["spec"]["volumes"]:
            if "secret" in volume:
                asked = {item["key"] for item in volume["secret"]["items"]}
                assert asked <= keys[volume["secret"]["secretName"]], title
        for container in template["spec"]["containers"]:
            for variable in container.get("env", []):
                if reference := variable.get("valueFrom", {}).get("secretKeyRef"):
                    assert reference["key"] in keys[reference["name"]], title


@pytest.mark.parametrize("gone", ["database", "pluginDatabase", "redis", "root"])
def test_credential_that_the_user_brings_is_not_generated(gone: str) -> None:
    blocks = {
        "database": {"database": EXTERNAL_DATABASE},
        "pluginDatabase": {"pluginDatabase": EXTERNAL_DATABASE},
        "redis": {"redis": EXTERNAL_REDIS},
        "root": {"server": {"rootPasswordSecretRef": {"name": "root", "key": "pw"}}},
    }[gone]
    name = {
        "database": "demo-db-credentials",
        "pluginDatabase": "demo-plugin-db-credentials",
        "redis": "demo-redis-credentials",
        "root": "demo-root-credentials",
    }[gone]
    before = {c.name for c in credentials(context())}
    assert before - {c.name for c in credentials(context(spec(**blocks)))} == {name}


def test_manifests_of_generated_secrets_carry_no_data() -> None:
    """Applying them in every pass must not touch a password."""
    for manifest in generated.build(context(), credentials(context())):
        assert manifest.keys() == {"apiVersion", "kind", "metadata"}


def _web(**checksums: str) -> Manifest:
    plan = by_title(desired(context(spec(web=PUBLIC), checksums=checksums)))
    template: Manifest = plan["Deployment/demo-web"]["spec"]["template"]
    return template


def test_properties_of_the_web_come_as_files_that_are_named_like_them() -> None:
    pod = _web()["spec"]
    (volume,) = (v for v in pod["volumes"] if "projected" in v)
    assert volume["projected"]["defaultMode"] == 0o440
    assert {
        item["path"]: (source["secret"]["name"], item["key"])
        for source in volume["projected"]["sources"]
        for item in source["secret"]["items"]
    } == {
        "omero.web.public.password": ("public-user", "pw"),
        "omero.web.mine.key": ("mine", "a"),
        "omero.web.mine.other": ("mine", "b"),
    }
    web, front = pod["containers"]
    (mount,) = (m for m in web["volumeMounts"] if m["name"] == volume["name"])
    variables = {each["name"]: each.get("value") for each in web["env"]}
    assert mount["readOnly"] and variables["OMERO_WEB_SECRET_CONFIG_FOLDER"] == mount["mountPath"]
    assert volume["name"] not in {m["name"] for m in front["volumeMounts"]}


def test_omero_web_has_its_configuration_in_memory() -> None:
    """The values of Secrets are in it, and a scratch volume is a folder of the node's disk."""
    pod = _web()["spec"]
    paths = {m["mountPath"]: m["name"] for m in pod["containers"][0]["volumeMounts"]}
    (volume,) = (v for v in pod["volumes"] if v["name"] == paths["/opt/omero/web/var/etc"])
    assert volume["emptyDir"] == {"medium": "Memory"}


def test_another_value_of_a_secret_restarts_the_web() -> None:
    before, after = _web(mine="1", **{"public-user": "1"}), _web(mine="2", **{"public-user": "1"})
    assert before["metadata"]["annotations"] != after["metadata"]["annotations"]
    assert before["spec"] == after["spec"]
