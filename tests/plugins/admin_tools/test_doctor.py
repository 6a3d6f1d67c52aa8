"""The checks on a site: with all that it needs, and with one part after the other broken."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import redis

# First: it imports what has to be imported before Glacier2.
from omero_plugin_common.sudo import user_session  # isort: skip
from omero.gateway import BlitzGateway

import importing
from cluster_doubles import KubernetesApiDouble
from cluster_objects import site
from free_ports import free_port
from http_double import serving
from omero_plugin_common import broker, redis_client
from omero_plugin_common.omero_api import hql
from omeroweb_admin_tools.doctor import catalogue, ingress, omero_server
from omeroweb_admin_tools.doctor.__main__ import main
from omeroweb_admin_tools.doctor.model import Found
from omeroweb_admin_tools.doctor.run import run
from people import Person
from plugin_site import Worker
from whole_site import WholeSite

Pod = Callable[..., None]


@pytest.fixture
def pod(whole: WholeSite, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pod]:
    """This process has what a pod has; other values can be set."""

    def forget() -> None:
        """Each test has other connections."""
        redis_client._client.cache_clear()
        broker.app.cache_clear()

    def set_to(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        forget()

    set_to(
        **whole.variables,
        PUBLIC_URL=f"{whole.site.url}/",
        ADMIN_TOOLS_OMERO_WEB_URL=whole.site.url,
        # The account that the bootstrap has made, as the operator gives it to these pods.
        ADMIN_TOOLS_PROBE_USER=probe_user(whole),
        ADMIN_TOOLS_PROBE_PASSWORD_FILE=whole.variables["MONITORING_PASSWORD_FILE"],
    )
    yield set_to
    forget()


@pytest.fixture
def wrong(tmp_path: Path) -> str:
    """The path of a file with a password that is wrong."""
    (tmp_path / "wrong").write_text("a-wrong-password-31415")
    return str(tmp_path / "wrong")


def looked(*names: str) -> dict[str, Found]:
    """What these checks found."""
    chosen = catalogue.chosen(catalogue.checks(), list(names))
    return {each.check.name: each.found for each in run(chosen)}


def one(name: str) -> Found:
    (found,) = looked(name).values()
    return found


def test_a_site_that_works(
    whole: WholeSite,
    pod: Pod,
    worker: Worker,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = sessions(whole)
    code = main(["--json"])
    out = capsys.readouterr().out
    results = {each["check"]: each for each in map(json.loads, out.splitlines())}
    outcomes = {name: each["outcome"] for name, each in results.items()}
    not_there = {"logs.http", "prometheus.http"} | {
        f"omero-database.{part}" for part in ("dns", "tcp", "sql")
    }
    assert {name for name in outcomes if outcomes[name] == "failed"} == set(), results
    assert code == 0
    assert {name for name in not_there if outcomes[name] == "skipped"} == not_there
    for name in ("omero.login", "omero.database", "omero.repository", "plugin-database.sql"):
        assert outcomes[name] == "ok", results[name]
    for name in ("redis.keys", "worker.round-trip", "ingress.login", "ingress.half-upload"):
        assert outcomes[name] == "ok", results[name]
    for name in ("web.http", "ingress.http", "omero.tls"):
        assert outcomes[name] == "ok", results[name]
    for variable, path in whole.variables.items():
        if variable.endswith(("PASS_FILE", "PASSWORD_FILE")):
            assert Path(path).read_text().strip() not in out, variable
    # Nothing stays of the half-sent upload: it is cancelled, and no session goes on.
    with whole.base.transaction() as cursor:
        cursor.execute(
            "select distinct state from upload_jobs where user_name = %s", (probe_user(whole),)
        )
        assert [row["state"] for row in cursor.fetchall()] == ["cancelled"]
    assert sessions(whole) <= before


def probe_user(whole: WholeSite) -> str:
    return whole.variables["MONITORING_USER"]


def sessions(whole: WholeSite) -> set[int]:
    """Those in OMERO of the account for checks, with which other tests log in, too."""
    with BlitzGateway(
        "root", whole.site.standin.password, host="127.0.0.1", port=whole.site.standin.port
    ) as conn:
        question = "select s.id, s.owner.omeName from Session s where s.closed is null"
        return {int(id_) for id_, name in hql.rows(conn, question) if name == probe_user(whole)}


def test_wrong_passwords(pod: Pod, wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    pod(
        JOB_SERVICE_PASSWORD_FILE=wrong,
        OMP_DATA_PASS_FILE=wrong,
        REDIS_PASSWORD_FILE=wrong,
        ADMIN_TOOLS_PROBE_PASSWORD_FILE=wrong,
    )
    assert "refused the account job-service" in one("omero.login").words
    assert "does not accept the account or its password" in one("plugin-database.sql").words
    assert "does not accept the password" in one("redis.keys").words
    assert "queue in Redis cannot be used" in one("worker.round-trip").words
    assert "did not accept the login of" in one("ingress.login").words
    assert main(["omero.login", "plugin-database", "redis", "ingress.login"]) == 1
    assert "31415" not in capsys.readouterr().out


def test_servers_that_do_not_listen(pod: Pod) -> None:
    port = str(free_port())
    pod(OMERO_PORT=port, OMP_DATA_PORT=port, REDIS_PORT=port)
    found = looked("omero", "plugin-database", "redis", "worker")
    outcomes = {name: each.outcome for name, each in found.items() if not name.endswith(".dns")}
    assert set(outcomes.values()) == {"failed"}, outcomes
    assert "does not answer" in found["omero.repository"].words
    assert "cannot be reached" in found["redis.keys"].words


def test_no_worker(pod: Pod, no_worker: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "_WORKER_SECONDS", 1.0)
    found = one("worker.round-trip")
    assert found.outcome == "failed"
    assert found.words == "No worker answered within 1 s"


def test_a_pod_without_an_account_of_omero(pod: Pod) -> None:
    pod(JOB_SERVICE_USER="")
    found = looked("omero.login", "omero.database", "omero.repository", "omero.checksums")
    assert {str(each.outcome) for each in found.values()} == {"skipped"}


def test_a_proxy_that_collects_bodies(pod: Pod, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the site would be seen through one: no byte of the half has arrived."""
    monkeypatch.setattr(ingress, "_stored", lambda *_: 0)
    found = one("ingress.half-upload")
    assert found.outcome == "failed"
    assert "proxy_request_buffering" in found.advice


def imported_file(gateway: Any) -> tuple[int, Path]:
    """The id of a file that was imported just now, and where it is."""
    client_path = f"{uuid4().hex}.txt"
    process = importing.begun(gateway, client_path)
    importing.uploaded(process, b"as it was")
    ((id_, path, name),) = hql.rows(
        gateway,
        "select f.id, f.path, f.name from FilesetEntry e join e.originalFile f "
        "where e.clientPath = :client",
        client=client_path,
    )
    descriptions = gateway.c.sf.sharedResources().repositories().descriptions
    (about,) = (each for each in descriptions if each.name.val == "ManagedRepository")
    return id_, Path(about.path.val) / "ManagedRepository" / path.lstrip("/") / name


def test_a_site_without_the_plugin_upload(pod: Pod) -> None:
    pod(ADMIN_TOOLS_VOLUMES="exports")
    found = one("ingress.half-upload")
    assert (found.outcome, found.words) == ("skipped", "This site does not have the plugin Upload")
    assert one("ingress.login").outcome == "ok"


def test_a_file_that_is_not_as_it_was(
    pod: Pod, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    # All of them instead of a sample, which may not have this one.
    monkeypatch.setattr(omero_server, "_FILES", 10_000)
    with user_session(person.name, person.group.id) as gateway:
        id_, path = imported_file(gateway)
        content = path.read_bytes()
        assert content == b"as it was"
        assert one("omero.checksums").outcome == "ok"
        path.write_bytes(b"as it is!")
        found = one("omero.checksums")
        assert (found.outcome, f"files {id_}" in found.words) == ("failed", True), found
        path.unlink()
        found = one("omero.checksums")
        assert (found.outcome, f"files {id_}" in found.words) == ("failed", True), found
        path.write_bytes(content)
        query = "select e.fileset.id from FilesetEntry e where e.originalFile.id = :id"
        ((fileset,),) = hql.rows(gateway, query, id=id_)
        gateway.deleteObjects("Fileset", [fileset], wait=True)


def test_omeros_own_database(whole: WholeSite, pod: Pod) -> None:
    """Where a pod has an account of it; here the plugin database takes its place."""
    pod(
        ADMIN_TOOLS_OMERO_DB_HOST="127.0.0.1",
        ADMIN_TOOLS_OMERO_DB_PORT=whole.variables["OMP_DATA_PORT"],
        ADMIN_TOOLS_OMERO_DB_NAME=whole.variables["OMP_DATA_DB"],
    )
    assert one("omero-database.tcp").outcome == "ok"
    assert "through OMERO.server" in one("omero-database.sql").words
    pod(
        ADMIN_TOOLS_OMERO_DB_USER=whole.variables["OMP_DATA_USER"],
        ADMIN_TOOLS_OMERO_DB_PASSWORD_FILE=whole.variables["OMP_DATA_PASS_FILE"],
    )
    assert "has no table of OMERO" in one("omero-database.sql").words
    with whole.base.transaction() as cursor:
        cursor.execute(
            "create table dbpatch as select 1 as id, 'OMERO5.4' as currentversion, "
            "0 as currentpatch"
        )
    try:
        assert "has OMERO's tables (OMERO5.4__0), " in one("omero-database.sql").words
    finally:
        with whole.base.transaction() as cursor:
            cursor.execute("drop table dbpatch")


def test_the_kubernetes_api(pod: Pod, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a double; the real one is asked by tests/operator/test_admin_tools.py."""
    (tmp_path / "token").write_text("a-token-of-the-kubelet\n")
    with serving(KubernetesApiDouble(objects=site())) as api:
        pod(
            ADMIN_TOOLS_KUBERNETES_URL=api.url,
            ADMIN_TOOLS_KUBERNETES_TOKEN_FILE=str(tmp_path / "token"),
            ADMIN_TOOLS_KUBERNETES_CA_FILE="/etc/ssl/certs/ca-certificates.crt",
            ADMIN_TOOLS_NAMESPACE="imaging",
            ADMIN_TOOLS_INSTANCE="demo",
        )
        found = one("kubernetes.api")
        assert (found.outcome, "can be read: " in found.words) == ("ok", True), found
        api.down.add("metrics.k8s.io")
        found = one("kubernetes.api")
        assert (found.outcome, "metrics API" in found.advice) == ("warning", True), found
        api.down.add("imaging")
        found = one("kubernetes.api")
        assert (found.outcome, "forbidden" in found.words) == ("failed", True), found


def test_redis_that_is_nearly_full(whole: WholeSite, pod: Pod) -> None:
    server = redis.Redis(port=whole.site.redis.port, password=whole.site.redis.password)
    used = server.info("memory")["used_memory"]
    server.config_set("maxmemory", int(used * 1.05))
    try:
        found = one("redis.keys")
    finally:
        server.config_set("maxmemory", 0)
        server.close()
    assert (found.outcome, "spec.redis.maxMemory" in found.advice) == ("warning", True), found
