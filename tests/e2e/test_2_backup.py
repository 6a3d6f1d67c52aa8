"""A running site is backed up, everything of it is deleted, and it is made anew; with real pods.

And another site is made from the same backup beside it, as a person practises it.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from playwright.sync_api import Page

from kubectl_omero.cli import main
from omero_ci import demo_data
from omero_ci.kubectl import Kubectl
from omero_ci.paths import ROOT, environment_with_tools, path_with_tools
from omero_ci.try_it import SCIENTIST
from site_ring import uploading
from site_ring.installation import HTTP_PORT, RELEASE, SYSTEM, Site, all_of, small
from site_ring.login import log_in
from tools.common.wait import wait_until

pytestmark = [pytest.mark.nightly, pytest.mark.timeout(3600)]

PASSPHRASE = "a passphrase of this test"
READER = ROOT / "manifests" / "restore" / "secrets-reader.yaml"
# Which image it has, as docs/backup.md says.
IMAGE = (
    *("deployment", f"{RELEASE}-operator", "--namespace", SYSTEM, "--output"),
    'jsonpath={.spec.template.spec.containers[0].env[?(@.name=="IMAGE_MAINTENANCE")].value}',
)
DATABASES = ("db", "plugin-db")
# What is in the folder of the images, with a name that is not simple; not what OMERO writes again.
SUMS = (
    "cd /OMERO && find ManagedRepository Files Pixels kept -type f -print0 "
    "| sort -z | xargs -0 sha1sum"
)
# Of hundreds of images; all of their files are compared.
EACH = 10
KEPT = "select count(*), md5(string_agg(n::text, ',' order by n)) from kept"
# Their generated Secrets and their volumes are the site's; these are not.
NOT_THE_SITES = {"backup-passphrase", demo_data.SECRET}

Omero = Callable[..., int]


@dataclass(frozen=True)
class Seen:
    """What a site has, as its users and its administrators see it.

    Attributes:
        rows: Count and checksum of a table, for each database.
        files: Path and checksum of each file of the images' folder.
        images: Id and name of the images that a scientist sees who logs in.
        pictures: Thumbnails of some of them, by id: their bytes.
    """

    rows: list[str]
    files: list[str]
    images: list[tuple[int, str]]
    pictures: dict[int, bytes]


def look(site: Site, password: str) -> Seen:
    """Look at a site."""
    browser = uploading.log_in(site, SCIENTIST, password)
    found = browser.get("/api/v0/m/images/?limit=500").json()["data"]
    images = sorted((each["@id"], each["Name"]) for each in found)
    pictures = {
        id_: browser.get(f"/webgateway/render_thumbnail/{id_}/").raise_for_status().content
        for id_, _ in images[::EACH]
    }
    return Seen(
        [site.sql(workload, KEPT) for workload in DATABASES],
        site.exec(f"{site.name}-server-0", "sh", "-ec", SUMS).splitlines(),
        images,
        pictures,
    )


def patch(site: Site, spec: dict[str, object]) -> None:
    """Change a platform."""
    change = ("patch", "omero", site.name, "--namespace", site.namespace, "--type=merge")
    site.kubectl.run(*change, "--patch", json.dumps({"spec": spec}))


@pytest.fixture(scope="module")
def place(kubectl: Kubectl, site: Site) -> dict[str, object]:
    """A claim for backups and a passphrase."""
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
            "stringData": {"passphrase": f"{PASSPHRASE}\n"},
        }
    )
    reference = {"name": "backup-passphrase", "key": "passphrase"}
    return {"claim": "backups", "passphraseSecretRef": reference}


@pytest.fixture(scope="module")
def omero(site: Site) -> Iterator[Omero]:
    """Runs a command of `kubectl omero`."""
    where = ("--kubeconfig", str(site.kubectl.config), "--namespace", site.namespace)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PATH", path_with_tools())
        yield lambda command, *arguments: main([command, *where, *arguments])


@pytest.fixture(scope="module")
def password(site: Site) -> str:
    """That of somebody with images."""
    demo_data.make_data(site.kubectl, site.namespace)
    return uploading.password_of(site, demo_data.SECRET, SCIENTIST)


@pytest.fixture(scope="module")
def before(site: Site, place: dict[str, object], omero: Omero, password: str) -> Seen:
    """What the site had when it was backed up."""
    for workload in DATABASES:
        site.sql(workload, "create table kept as select n from generate_series(1, 42) n")
    site.exec("demo-server-0", "sh", "-ec", "mkdir -p /OMERO/kept; echo kept > '/OMERO/kept/ä b'")
    patch(site, {"backup": {"enabled": True, **place}})
    seen = look(site, password)
    assert omero("backup", "--follow", "--wait", "--timeout", "1200") == 0
    return seen


@contextmanager
def watched_rows(site: Site, file: Path) -> Iterator[None]:
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


def test_the_backup_is_verified_and_listed(
    site: Site, before: Seen, omero: Omero, capfd: pytest.CaptureFixture[str]
) -> None:
    assert before.rows == [before.rows[0]] * 2 and before.rows[0].startswith("42|")
    assert any(line.endswith("  kept/ä b") for line in before.files)
    assert len(before.images) > len(before.pictures) > 1
    last = site.kubectl.get(site.namespace, "omero", site.name)["status"]["backup"]
    assert (last["lastResult"], last["encrypted"]) == ("Succeeded", True), last
    assert last["lastVerified"] == last["lastSuccess"]
    assert site.condition("BackupHealthy")["reason"] == "BackedUp"
    capfd.readouterr()
    assert omero("backup", "--list") == 0
    assert f"{last['backup']}  {site.namespace}/{site.name}" in capfd.readouterr().out


def test_another_site_is_made_from_it(
    site: Site, before: Seen, omero: Omero, password: str, page: Page, tmp_path: Path
) -> None:
    host = "practice.localhost"
    resource = resource_of(site)
    own = {"deletionPolicy": "Delete", "worker": {"replicas": 0}}
    resource["spec"] = small(resource["spec"]) | own
    file = tmp_path / "platform.json"
    file.write_text(json.dumps(resource))
    made = Site(site.kubectl, site.namespace, "practice", f"http://{host}:{HTTP_PORT}/")
    words = ("--filename", str(file), "--host", host, "--yes", "--wait", "--timeout", "1200")
    try:
        assert omero("restore", made.name, *words) == 0
        assert look(made, password) == before
        assert made.root_password != site.root_password
        log_in(page, made)
    finally:
        delete(made)


def test_a_site_is_made_anew_after_everything_was_deleted(
    site: Site,
    before: Seen,
    omero: Omero,
    password: str,
    page: Page,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    record_property: Callable[[str, object], None],
) -> None:
    file, rows = tmp_path / "platform.json", tmp_path / "watched"
    file.write_text(json.dumps(resource_of(site)))
    root_password = site.root_password

    patch(site, {"deletionPolicy": "Delete"})
    site.wait_observed()
    delete(site)
    wait_until(lambda: left(site) == (set(), set()), 600, lambda why: f"{why}: {left(site)}")

    bring_secrets_back(site)
    words = ("--filename", str(file), "--yes", "--wait", "--timeout", "1200")
    with watched_rows(site, rows):
        assert omero("restore", site.name, *words) == 0, capfd.readouterr()
    record_property("restore", rows.read_text())
    record_property("restore --wait", capfd.readouterr().out)

    assert site.condition("Restored")["status"] == "True"
    assert site.root_password == root_password
    assert look(site, password) == before
    log_in(page, site)
    # The next backup continues in the same store.
    assert omero("backup", "--wait", "--timeout", "1200") == 0
    site.kubectl.run("delete", "pod", "secrets-reader", "--namespace", site.namespace)


def resource_of(site: Site) -> dict[str, Any]:
    """A platform, as a person keeps it in a file."""
    found = site.kubectl.get(site.namespace, "omero", site.name)
    metadata = {"name": site.name, "namespace": site.namespace}
    return {key: found[key] for key in ("apiVersion", "kind", "spec")} | {"metadata": metadata}


def delete(site: Site) -> None:
    """Delete a platform that takes its data along."""
    words = ("delete", "omero", site.name, "--namespace", site.namespace)
    site.kubectl.run(*words, "--ignore-not-found", "--timeout=600s")


def left(site: Site) -> tuple[set[str], set[str]]:
    """Claims and Secrets that are a site's; those for backups and of the demo's data are not."""
    claims = {each["metadata"]["name"] for each in all_of(site.kubectl, "pvc", site.namespace)}
    secrets = {each["metadata"]["name"] for each in all_of(site.kubectl, "secrets", site.namespace)}
    return claims - {"backups"}, secrets - NOT_THE_SITES


def bring_secrets_back(site: Site) -> None:
    """As docs/backup.md says."""
    pod = yaml.safe_load(READER.read_text(encoding="utf-8"))
    pod["metadata"]["namespace"] = site.namespace
    (container,) = pod["spec"]["containers"]
    container["image"] = site.kubectl.run("get", *IMAGE)
    (store,) = [each for each in container["env"] if each["name"] == "BACKUP_STORE"]
    store["value"] = f"/backup/{site.namespace}/{site.name}"
    site.kubectl.apply(pod)
    ready = ("wait", "--for=condition=Ready", "pod/secrets-reader", "--timeout=600s")
    site.kubectl.run(*ready, "--namespace", site.namespace)
    secrets = site.exec("secrets-reader", "omero-backup", "secrets")
    site.kubectl.run("apply", "--namespace", site.namespace, "--filename=-", text=secrets)
