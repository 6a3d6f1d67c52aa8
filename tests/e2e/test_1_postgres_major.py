"""A release brings another major version of PostgreSQL: both databases are copied, with real pods.

The site begins on PostgreSQL 15, and a person upgrades it to a release with 17 as docs/upgrade.md
says. It is backed up before and after. OMERO.server is the stand-in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Page, expect

from browser.objects.tree import DataTree
from kubectl_omero.cli import main
from omero_ci.kubectl import Kubectl
from omero_ci.paths import path_with_tools
from omero_ci.ring import CLUSTERS
from site_ring import postgres_images
from site_ring.ada import ADA_PASSWORD, FILL, FIRST_PROJECT, check_that_she_is_there, root_password
from site_ring.installation import (
    HTTP_PORT,
    RELEASE,
    Site,
    create_site,
    helm,
    minimal_spec,
    script,
    small,
)
from site_ring.login import MS_TO_BE_DRAWN, fill_in, open_login
from site_ring.postgres_images import NEW, OLD

pytestmark = [pytest.mark.nightly, pytest.mark.timeout(3600)]

NAMESPACE: Final = "grown"
HOST: Final = "grown.localhost"
DATABASES: Final = ("db", "plugin-db")
FILL_PLUGIN_DATABASE: Final = """
create table kept (id serial primary key, text text);
insert into kept (text) select 'Zelle ä ' || n from generate_series(1, 4200) n;
"""
BACKUPS: Final[dict[str, Any]] = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {"name": "backups", "namespace": NAMESPACE},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
}
KEPT: Final = "select count(*), md5(string_agg(id || text, ',' order by id)) from kept"


def install(kubectl: Kubectl, major: str) -> str:
    """Install a release of the operator with this PostgreSQL; its name."""
    release = f"postgres-{major}"
    values = {"omero-operator.release": release}
    for role in postgres_images.ROLES:
        values[f"global.images.{role.value}.repository"] = role.repository()
        values[f"global.images.{role.value}.tag"] = major
    options = [word for key, value in values.items() for word in ("--set-string", f"{key}={value}")]
    helm(kubectl, "upgrade", RELEASE, ".", "--reuse-values", *options, "--wait", "--timeout", "10m")
    return release


def majors(site: Site) -> list[str]:
    """The major version of each database."""
    return [site.sql(each, "show server_version").partition(".")[0] for each in DATABASES]


def volumes(site: Site) -> dict[str, str]:
    """The volume of each claim of the site's own."""
    claims = {
        each["metadata"]["name"]: each for each in site.kubectl.get(site.namespace, "pvc")["items"]
    }
    # It has a volume from the first backup on.
    del claims[BACKUPS["metadata"]["name"]]
    return {name: claim["spec"]["volumeName"] for name, claim in claims.items()}


@pytest.fixture
def images(kubectl: Kubectl, tmp_path: Path) -> Iterator[None]:
    """The node has all images; the operator goes back to the release that it had."""
    archives = map(str, postgres_images.make(tmp_path))
    script("cluster", "load-image", "--name", CLUSTERS["e2e"], *archives)
    before = json.loads(helm(kubectl, "status", RELEASE, "--output=json"))["version"]
    yield
    helm(kubectl, "rollback", RELEASE, str(before), "--wait", "--timeout", "10m")


@pytest.fixture
def older(kubectl: Kubectl, images: None) -> Iterator[Site]:
    """A small site on PostgreSQL 15, with data in both databases."""
    install(kubectl, OLD)
    kubectl.run("create", "namespace", NAMESPACE)
    kubectl.apply(BACKUPS)
    backup = {"enabled": True, "claim": BACKUPS["metadata"]["name"]}
    server = root_password(kubectl, NAMESPACE)
    spec = small(minimal_spec() | {"server": server, "backup": backup})
    spec["web"]["ingress"] |= {"host": HOST}
    site = create_site(kubectl, NAMESPACE, "grown", spec, f"http://{HOST}:{HTTP_PORT}/")
    try:
        site.wait()
        site.exec_program("grown-server-0", FILL)
        site.sql("plugin-db", FILL_PLUGIN_DATABASE)
        yield site
    finally:
        kubectl.run("delete", "omero", "--all", "--namespace", NAMESPACE, "--timeout=300s")
        kubectl.run("delete", "namespace", NAMESPACE, "--timeout=300s")


def test_a_site_goes_to_the_next_major_version_of_postgresql(
    older: Site,
    page: Page,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    record_property: Callable[[str, object], None],
) -> None:
    site, kubectl = older, older.kubectl
    assert majors(site) == [OLD, OLD]
    rows, before = site.sql("plugin-db", KEPT), volumes(site)
    assert rows.startswith("4200|")

    release = install(kubectl, NEW)
    site.wait_observed()
    assert majors(site) == [OLD, OLD], "a newer operator alone moves no site"
    monkeypatch.setenv("PATH", path_with_tools())
    where = ("--kubeconfig", str(kubectl.config), "--namespace", NAMESPACE)
    # An upgrade asks for a verified backup that is not old.
    back_up = ("backup", *where, site.name, "--wait", "--timeout", "1200")
    assert main([*back_up]) == 0, capfd.readouterr()
    to = (site.name, "--to", release, "--yes", "--wait", "--timeout", "1800")
    capfd.readouterr()
    assert main(["upgrade", *where, *to]) == 0, capfd.readouterr()
    record_property("upgrade --wait", capfd.readouterr().out)

    assert majors(site) == [NEW, NEW]
    assert site.sql("plugin-db", KEPT) == rows
    # Sequences go on behind the last value.
    next_id = site.sql("plugin-db", "insert into kept (text) values ('next') returning id")
    assert next_id == "4201"
    check_that_she_is_there(site)
    open_login(page, site)
    fill_in(page, "ada", ADA_PASSWORD)
    page.wait_for_url(re.compile(r"/webclient/$"))
    expect(DataTree(page).named(FIRST_PROJECT)).to_be_visible(timeout=MS_TO_BE_DRAWN)

    status = kubectl.get(NAMESPACE, "omero", site.name)["status"]
    assert status["release"]["version"] == release
    assert status["operation"]["outcome"] == "Done"
    # That one is of the programs of 15; those of 17 make the next one, and list both.
    first = status["backup"]["backup"]
    assert main([*back_up]) == 0, capfd.readouterr()
    second = kubectl.get(NAMESPACE, "omero", site.name)["status"]["backup"]
    assert (second["lastResult"], second["kept"]) == ("Succeeded", 2), second
    assert second["lastVerified"] == second["lastSuccess"]
    capfd.readouterr()
    assert main(["backup", *where, site.name, "--list"]) == 0
    listed = capfd.readouterr().out
    assert first in listed and second["backup"] in listed, listed
    # The old volumes are kept, and each database has another one.
    after = volumes(site)
    assert {name: after.get(name) for name in before} == before
    moved = {f"grown-{each}": f"grown-{each}-{status['operation']['id']}" for each in DATABASES}
    assert status["release"]["claims"] == moved
    assert after.keys() == before.keys() | set(moved.values())
    # It starts there again.
    rows = site.sql("plugin-db", KEPT)
    site.kill_pod("grown-plugin-db-0")
    assert site.sql("plugin-db", KEPT) == rows
