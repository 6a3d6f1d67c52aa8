"""A site of the Docker edition becomes a platform by its volumes and passwords, with real pods.

The Docker edition is played by one pod: the images of its three stateful containers, with the
variables, folders, owners and ports that the edition gives them. OMERO.server is the stand-in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import pytest
from playwright.sync_api import Page, expect

from browser.objects.tree import DataTree
from omero_ci.kubectl import Kubectl
from restricted_pod import RESTRICTED
from site_ring.ada import (
    ADA_PASSWORD,
    FILL,
    FIRST_PROJECT,
    ROOT_PASSWORD,
    check_that_she_is_there,
    root_password,
)
from site_ring.installation import HTTP_PORT, Site, create_site, minimal_spec, small
from site_ring.login import MS_TO_BE_DRAWN, fill_in, open_login

pytestmark = [pytest.mark.nightly, pytest.mark.timeout(3600)]

NAMESPACE: Final = "moved"
CLAIMS: Final = ("old-omero", "old-database", "old-plugin-database")


def metadata(name: str) -> dict[str, str]:
    return {"name": name, "namespace": NAMESPACE}


def claim(name: str) -> dict[str, Any]:
    size = {"requests": {"storage": "1Gi"}}
    spec = {"accessModes": ["ReadWriteOnce"], "resources": size}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": metadata(name),
        "spec": spec,
    }


def container(
    name: str, image: str, user: int, mounts: dict[str, str], **variables: str
) -> dict[str, Any]:
    """As Docker starts it, as far as a restricted namespace allows."""
    return {
        "name": name,
        "image": image,
        "env": [{"name": key, "value": value} for key, value in variables.items()],
        "volumeMounts": [{"name": volume, "mountPath": path} for path, volume in mounts.items()],
        "securityContext": {**RESTRICTED, "runAsUser": user},
    }


def docker_edition(server: str, postgres: str) -> dict[str, Any]:
    """Its containers share a network, so the plugin database has the port 5433, as there."""
    data = "/var/lib/postgresql/data"
    folder = {"PGDATA": f"{data}/pgdata"}
    databases = {
        "database": ("omero", "old-database", "5432"),
        "database-plugin": ("omero-plugin", "old-plugin-database", "5433"),
    }
    containers = [
        container(
            "omeroserver",
            server,
            1000,
            {
                "/OMERO": "old-omero",
                "/opt/omero/server/OMERO.server/var": "var",
                "/tmp": "tmp-server",
            },
            CONFIG_omero_db_host="127.0.0.1",
            CONFIG_omero_db_user="omero",
            CONFIG_omero_db_pass="the old site's database",
            CONFIG_omero_db_name="omero",
            ROOTPASS=ROOT_PASSWORD,
        )
    ]
    for name, (user, volume, port) in databases.items():
        mounts = {data: volume, "/tmp": f"tmp-{name}", "/var/run/postgresql": f"run-{name}"}
        given = {"POSTGRES_USER": user, "POSTGRES_PASSWORD": "the old site's database"}
        containers.append(
            container(name, postgres, 999, mounts, **given, POSTGRES_DB=user, PGPORT=port, **folder)
        )
    empty = ["var", "tmp-server"]
    empty += [f"{kind}-{name}" for kind in ("tmp", "run") for name in databases]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata("docker"),
        "spec": {
            "securityContext": {"fsGroup": 999},
            "containers": containers,
            "volumes": [
                *({"name": each, "persistentVolumeClaim": {"claimName": each}} for each in CLAIMS),
                *({"name": each, "emptyDir": {}} for each in empty),
            ],
        },
    }


def image_of(site: Site, workload: str) -> str:
    found = site.kubectl.get(site.namespace, "statefulset", f"{site.name}-{workload}")
    return str(found["spec"]["template"]["spec"]["containers"][0]["image"])


def execute(kubectl: Kubectl, name: str, *command: str, text: str = "") -> str:
    """Run a command in a container of the Docker edition."""
    where = ("exec", "--stdin", "--namespace", NAMESPACE, "docker", "--container", name)
    return kubectl.run(*where, "--", *command, text=text)


@pytest.fixture
def old_site(kubectl: Kubectl, site: Site) -> Iterator[str]:
    """The volumes of a site that ran in Docker and was stopped, and a dump of OMERO's database."""
    restricted = {"pod-security.kubernetes.io/enforce": "restricted"}
    kubectl.apply(
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": NAMESPACE, "labels": restricted},
        }
    )
    for name in CLAIMS:
        kubectl.apply(claim(name))
    kubectl.apply(docker_edition(image_of(site, "server"), image_of(site, "db")))
    where = ("--namespace", NAMESPACE)
    try:
        kubectl.run("wait", *where, "--for=condition=Ready", "pod/docker", "--timeout=600s")
        execute(kubectl, "omeroserver", "python", "-c", _UNTIL_IT_ANSWERS)
        execute(kubectl, "omeroserver", "python", "-", text=FILL)
        execute(kubectl, "omeroserver", "sh", "-ec", "echo kept >'/OMERO/Files/ä b'")
        rows = "create table kept as select n from generate_series(1, 42) n"
        psql = ("psql", "--username", "omero-plugin", "--no-psqlrc", "-qtA", "--command", rows)
        execute(kubectl, "database-plugin", *psql)
        dumped = execute(kubectl, "database", "sh", "-ec", _DUMP)
        kubectl.run("delete", "pod", "docker", *where, "--timeout=300s")
        yield dumped
    finally:
        kubectl.run("delete", "omero", "--all", *where, "--timeout=300s")
        kubectl.run("delete", "namespace", NAMESPACE, "--timeout=300s")


# Through a channel that is text.
_DUMP: Final = "pg_dump --username omero --format=custom omero | base64"
_UNTIL_IT_ANSWERS: Final = """
import socket, time
until = time.monotonic() + 600
while time.monotonic() < until:
    with socket.socket() as line:
        if line.connect_ex(("127.0.0.1", 4064)) == 0:
            break
    time.sleep(1)
"""


def moved_site(kubectl: Kubectl, **blocks: Any) -> Site:
    """A small platform on volumes that exist."""
    host = "moved.localhost"
    spec = small(minimal_spec() | {"worker": {"replicas": 1}} | blocks)
    spec["web"]["ingress"] |= {"host": host}
    return create_site(kubectl, NAMESPACE, "moved", spec, f"http://{host}:{HTTP_PORT}/")


def check_that_all_is_there(moved: Site) -> None:
    """What ada and root had, and a file."""
    check_that_she_is_there(moved)
    assert moved.exec("moved-server-0", "cat", "/OMERO/Files/ä b") == "kept\n"


def test_a_site_of_the_docker_edition_is_adopted(
    kubectl: Kubectl, old_site: str, page: Page
) -> None:
    before = {name: kubectl.get(NAMESPACE, "pvc", name)["spec"]["volumeName"] for name in CLAIMS}
    moved = moved_site(
        kubectl,
        server={"storage": {"existingClaim": "old-omero"}, **root_password(kubectl, NAMESPACE)},
        database={"storage": {"existingClaim": "old-database"}},
        pluginDatabase={"storage": {"existingClaim": "old-plugin-database"}},
    )
    moved.wait()

    check_that_all_is_there(moved)
    assert moved.sql("plugin-db", "select count(*) from kept") == "42"
    claims = kubectl.get(NAMESPACE, "pvc")["items"]
    after = {each["metadata"]["name"]: each["spec"]["volumeName"] for each in claims}
    assert {name: after[name] for name in CLAIMS} == before

    open_login(page, moved)
    fill_in(page, "ada", ADA_PASSWORD)
    page.wait_for_url(re.compile(r"/webclient/$"))
    expect(DataTree(page).named(FIRST_PROJECT)).to_be_visible(timeout=MS_TO_BE_DRAWN)


def test_a_database_of_another_layout_is_loaded_while_the_server_waits(
    kubectl: Kubectl, old_site: str
) -> None:
    """As docs/adopt.md says for manics/kubernetes-omero, whose database has other files."""
    server = {"storage": {"existingClaim": "old-omero"}, **root_password(kubectl, NAMESPACE)}
    moved = moved_site(kubectl, server=server)
    moved.wait("DatabaseReady")
    moved.wait_for_words("ServerReady", "CrashLooping", "is empty", "would make a new database")

    load = "base64 -d | pg_restore --username omero --dbname omero --no-owner --exit-on-error"
    where = ("--namespace", NAMESPACE)
    kubectl.run("exec", "--stdin", *where, "moved-db-0", "--", "sh", "-ec", load, text=old_site)
    kubectl.run("delete", "pod", "moved-server-0", *where)
    moved.wait()
    check_that_all_is_there(moved)
