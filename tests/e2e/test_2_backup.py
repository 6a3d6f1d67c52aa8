"""A backup of a running site, and another site made from it, with real pods."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page

from kubectl_omero.cli import main
from omero_ci.kubectl import Kubectl
from omero_ci.paths import environment_with_tools, path_with_tools
from site_ring.installation import HTTP_PORT, Site
from site_ring.login import log_in

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


Omero = Callable[..., int]


@pytest.fixture
def omero(site: Site, monkeypatch: pytest.MonkeyPatch) -> Omero:
    """Runs a command of `kubectl omero`."""
    monkeypatch.setenv("PATH", path_with_tools())

    def run(command: str, *arguments: str) -> int:
        where = ("--kubeconfig", str(site.kubectl.config), "--namespace", site.namespace)
        return main([command, *where, *arguments])

    return run


@contextmanager
def watched(site: Site, file: Path) -> Iterator[None]:
    """Write what a person sees with `kubectl get omero -w` into a file."""
    command = ["kubectl", f"--kubeconfig={site.kubectl.config}", "get", "omero", "--watch"]
    command += [f"--namespace={site.namespace}", f"--field-selector=metadata.name={site.name}"]
    with file.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, env=environment_with_tools())
        try:
            yield
        finally:
            process.terminate()
            process.wait()


def test_a_site_is_made_from_the_backup_of_another(
    kubectl: Kubectl,
    site: Site,
    page: Page,
    place: dict[str, object],
    omero: Omero,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    record_property: Callable[[str, object], None],
) -> None:
    for workload in ("db", "plugin-db"):
        sql(site, workload, "create table kept as select n from generate_series(1, 42) n")
    site.exec("demo-server-0", "sh", "-ec", "mkdir -p /OMERO/kept; echo kept > '/OMERO/kept/ä b'")

    patch(site, {"backup": {"enabled": True, **place}})
    assert omero("backup", "--follow", "--wait", "--timeout", "300") == 0, capfd.readouterr()
    assert "and verified" in capfd.readouterr().out
    last = site.kubectl.get(site.namespace, "omero", site.name)["status"]["backup"]
    assert (last["lastResult"], last["encrypted"]) == ("Succeeded", True), last
    assert last["lastVerified"] == last["lastSuccess"]
    assert site.condition("BackupHealthy")["reason"] == "BackedUp"
    assert omero("backup", "--list") == 0
    assert f"{last['backup']}  {site.namespace}/{site.name}" in capfd.readouterr().out

    host = "restored.localhost"
    resource = site.kubectl.get(site.namespace, "omero", site.name)
    resource["spec"] |= {"deletionPolicy": "Delete", "worker": {"replicas": 0}}
    resource["spec"]["web"]["replicas"] = 1
    file = tmp_path / "platform.json"
    file.write_text(json.dumps(resource))
    made = Site(kubectl, site.namespace, "restored", f"http://{host}:{HTTP_PORT}/")
    words = ("--filename", str(file), "--host", host, "--yes", "--wait", "--timeout", "600")
    try:
        with watched(made, tmp_path / "watched"):
            assert omero("restore", "restored", *words) == 0, capfd.readouterr()
        record_property("restore", (tmp_path / "watched").read_text())
        record_property("restore --wait", capfd.readouterr().out)
        assert made.condition("Restored")["status"] == "True"
        for workload in ("db", "plugin-db"):
            assert sql(made, workload, "select count(*) from kept") == "42"
        assert made.exec("restored-server-0", "cat", "/OMERO/kept/ä b") == "kept\n"
        log_in(page, made)
    finally:
        kubectl.run(
            *("delete", "omero", "restored", "--namespace", site.namespace),
            *("--ignore-not-found", "--timeout=180s"),
        )
        for workload in ("db", "plugin-db"):
            sql(site, workload, "drop table kept")
        site.exec("demo-server-0", "rm", "-r", "/OMERO/kept")
