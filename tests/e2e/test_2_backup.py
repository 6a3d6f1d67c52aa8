"""A backup of a running site, and another site made from it, with real pods."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from omero_ci.kubectl import Kubectl
from site_ring.installation import HTTP_PORT, Site, create_site
from site_ring.login import log_in
from tools.common.wait import wait_until

pytestmark = [pytest.mark.nightly, pytest.mark.timeout(1500)]

PASSPHRASE = "a passphrase of this test"


def sql(site: Site, workload: str, statement: str) -> str:
    command = f'psql --username "$POSTGRES_USER" --no-psqlrc -qtA --command "{statement}"'
    return site.exec(f"{site.name}-{workload}-0", "sh", "-ec", command).strip()


def patch(site: Site, spec: dict[str, object]) -> None:
    text = json.dumps({"spec": spec})
    site.kubectl.run(
        "patch", "omero", site.name, "--namespace", site.namespace, "--type=merge", "--patch", text
    )


@pytest.fixture
def place(kubectl: Kubectl, site: Site) -> Iterator[dict[str, object]]:
    """A claim for backups and a passphrase; both gone afterwards."""
    kubectl.apply(
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": "backups", "namespace": site.namespace},
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": "1Gi"}},
            },
        }
    )
    kubectl.apply(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "backup-passphrase", "namespace": site.namespace},
            "stringData": {"phrase": f"{PASSPHRASE}\n"},
        }
    )
    yield {
        "claim": "backups",
        "passphraseSecretRef": {"name": "backup-passphrase", "key": "phrase"},
    }
    patch(site, {"backup": None})
    for kind, name in (("pods", ""), ("pvc", "backups"), ("secret", "backup-passphrase")):
        which = (name,) if name else ("--selector=app.kubernetes.io/component=backup",)
        kubectl.run("delete", kind, *which, "--namespace", site.namespace, "--timeout=120s")


def test_a_site_is_made_from_the_backup_of_another(
    kubectl: Kubectl, site: Site, page: Page, place: dict[str, object]
) -> None:
    for workload in ("db", "plugin-db"):
        sql(site, workload, "create table kept as select n from generate_series(1, 42) n")
    site.exec("demo-server-0", "sh", "-ec", "mkdir -p /OMERO/kept; echo kept > '/OMERO/kept/ä b'")

    patch(site, {"backup": {"enabled": True, **place}})
    site.kubectl.run(
        *("annotate", "omero", site.name, "--namespace", site.namespace),
        "platform.omero.dev/backup=first",
    )
    last: dict[str, object] = {}

    def verified() -> bool:
        status = site.kubectl.get(site.namespace, "omero", site.name)["status"]
        last.update(status["backup"])
        return bool(status["backup"]["lastVerified"]) or last["lastResult"] == "Failed"

    wait_until(verified, 300, lambda why: f"{why}: {last} {site.condition('BackupHealthy')}")
    assert (last["lastResult"], last["encrypted"]) == ("Succeeded", True), last
    assert site.condition("BackupHealthy")["reason"] == "BackedUp"

    host = "restored.localhost"
    spec = {
        "deletionPolicy": "Delete",
        "web": {"ingress": {"host": host, "port": HTTP_PORT}, "replicas": 1},
        "worker": {"replicas": 0},
        "bootstrap": {"restoreFrom": {"site": f"{site.namespace}/{site.name}", **place}},
    }
    made = create_site(kubectl, site.namespace, "restored", spec, f"http://{host}:{HTTP_PORT}/")
    try:
        made.wait()
        assert made.condition("Restored")["status"] == "True"
        for workload in ("db", "plugin-db"):
            assert sql(made, workload, "select count(*) from kept") == "42"
        assert made.exec("restored-server-0", "cat", "/OMERO/kept/ä b") == "kept\n"
        log_in(page, made)
    finally:
        kubectl.run("delete", "omero", "restored", "--namespace", site.namespace, "--timeout=180s")
        for workload in ("db", "plugin-db"):
            sql(site, workload, "drop table kept")
        site.exec("demo-server-0", "rm", "-r", "/OMERO/kept")
