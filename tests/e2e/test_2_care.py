"""Looking after a site: maintenance, faults of pods, rotated passwords, HTTPS, a second site."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from omero_ci.kubectl import Kubectl
from site_ring.installation import HTTPS_PORT, Site, all_of, create_site
from site_ring.login import log_in

pytestmark = pytest.mark.timeout(900)


@pytest.mark.parametrize("job", ["vacuum", "reindex"])
def test_maintenance_reaches_both_databases(site: Site, job: str) -> None:
    """The CronJob's own pod; a reindex takes a day on which it has something to do for today."""
    made = site.kubectl.run(
        "create",
        "job",
        f"try-{job}",
        f"--from=cronjob/demo-{job}",
        "--namespace",
        site.namespace,
        "--dry-run=client",
        "--output=json",
    )
    manifest = json.loads(made)
    if job == "reindex":
        (container,) = manifest["spec"]["template"]["spec"]["containers"]
        assert "--first-week-only" in container["args"]
        container["args"] += ["--today", "2026-12-06"]
    site.kubectl.apply(manifest)
    site.kubectl.run(
        "wait",
        "--namespace",
        site.namespace,
        "--for=condition=Complete",
        f"job/try-{job}",
        "--timeout=120s",
    )
    said = site.kubectl.run("logs", f"job/try-{job}", "--namespace", site.namespace)
    assert "demo-db" in said
    assert "demo-plugin-db" in said
    message = json.loads(
        site.kubectl.run(
            "get",
            "pods",
            "--namespace",
            site.namespace,
            f"--selector=job-name=try-{job}",
            "--output=jsonpath={.items[0].status.containerStatuses[0].state.terminated.message}",
        )
    )
    assert (message["action"], message["result"]) == (job, "succeeded")
    assert site.condition("MaintenanceHealthy")["status"] == "True"


def _sql(statement: str) -> str:
    return f'psql --username "$POSTGRES_USER" --no-psqlrc -qtA --command "{statement}"'


_ROW = tuple(map(_sql, ("create table kept as select 'kept'", "table kept", "drop table kept")))
_FILE = ("echo kept > /OMERO/kept", "cat /OMERO/kept", "rm /OMERO/kept")


@pytest.mark.parametrize(
    ("workload", "commands"), [("db", _ROW), ("plugin-db", _ROW), ("server", _FILE)]
)
def test_a_killed_pod_comes_back_with_its_data(
    site: Site, page: Page, workload: str, commands: tuple[str, str, str]
) -> None:
    store, read, remove = commands
    pod = f"demo-{workload}-0"
    site.exec(pod, "sh", "-ec", store)
    site.kill_pod(pod)
    assert site.exec(pod, "sh", "-ec", read).strip() == "kept"
    site.exec(pod, "sh", "-ec", remove)
    site.wait()
    log_in(page, site)


def test_a_cluster_of_another_version_is_refused_and_named(site: Site) -> None:
    """What `check-data` says stands in the condition; put right, the database is as before."""
    pod, file = "demo-plugin-db-0", "/var/lib/postgresql/data/pgdata/PG_VERSION"
    version = site.exec(pod, "cat", file).strip()
    site.exec(pod, "sh", "-ec", f"echo 9.6 > {file}")
    site.kubectl.run("delete", "pod", pod, "--namespace", site.namespace)
    words = ("cluster of PostgreSQL 9.6", "spec.images.postgres")
    site.wait_for_words("PluginDatabaseReady", "CrashLooping", *words)

    _on_the_volume(site, "demo-plugin-db", f"echo {version} > {file}")
    # Its next attempt may be minutes away.
    site.kubectl.run("delete", "pod", pod, "--namespace", site.namespace)
    site.wait()


def _on_the_volume(site: Site, workload: str, script: str) -> None:
    """Run a script with the volume of a database that does not start."""
    template = site.kubectl.get(site.namespace, "statefulset", workload)["spec"]["template"]
    container = template["spec"]["containers"][0]
    kept = {key: container[key] for key in ("image", "securityContext", "volumeMounts")}
    command = {"name": "repair", "command": ["sh", "-ec", script], **kept}
    spec = template["spec"] | {
        "initContainers": [],
        "containers": [command],
        "restartPolicy": "Never",
    }
    metadata = {"name": "repair", "namespace": site.namespace}
    site.kubectl.apply({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
    site.kubectl.run(
        "wait",
        "--namespace",
        site.namespace,
        "--for=jsonpath={.status.phase}=Succeeded",
        "pod/repair",
        "--timeout=60s",
    )
    site.kubectl.run("delete", "pod", "repair", "--namespace", site.namespace)


# As an administrator of the server would say it; the name of a database with a hyphen is quoted.
_READ_ONLY = 'alter database \\"omero-plugin\\" set default_transaction_read_only = on'
_WRITABLE = 'alter database \\"omero-plugin\\" reset default_transaction_read_only'
# Connections that exist keep what they began with.
_END_CONNECTIONS = (
    "select pg_terminate_backend(pid) from pg_stat_activity "
    "where datname = 'omero-plugin' and pid <> pg_backend_pid()"
)
# Keys without an end, more than there is room for.
_FILL = "for n = 1, 32 do redis.call('SET', 'stuck' .. n, string.rep('x', 1048576)) end"
# What ends the connections that were let in.
_OTHER_PASSWORD = (
    "redis-cli config set requirepass another; redis-cli -a another client kill type normal"
)
_OWN_PASSWORD = 'redis-cli -a another config set requirepass "$REDISCLI_AUTH"'


def test_what_takes_no_writes_is_named_by_each_part_that_meets_it(site: Site) -> None:
    """A read-only plugin database, and a full Redis.

    The words of the probes come by the kubelet's real Events. No container is restarted for it,
    and all is well again when the cause is gone.
    """
    before = _restarts(site)
    room = site.exec("demo-redis-0", "redis-cli", "config", "get", "maxmemory").split()[-1]
    database = ("demo-plugin-db-0", "env", "PGOPTIONS=-c default_transaction_read_only=off")
    try:
        site.exec(*database, "sh", "-ec", f"{_sql(_READ_ONLY)}; {_sql(_END_CONNECTIONS)}")
        site.wait_for_words("PluginDatabaseReady", "TakesNoChanges", "it is read-only")
        site.wait_for_words("WorkerReady", "PluginDatabaseUnusable", "it is read-only")
    finally:
        site.exec(*database, "sh", "-ec", f"{_sql(_WRITABLE)}; {_sql(_END_CONNECTIONS)}")
    try:
        site.exec("demo-redis-0", "redis-cli", "config", "set", "maxmemory", "24mb")
        site.exec("demo-redis-0", "redis-cli", "-n", "2", "eval", _FILL, "0")
        site.wait_for_words("RedisReady", "TakesNoWrites", "database 2 has")
    finally:
        site.exec("demo-redis-0", "redis-cli", "config", "set", "maxmemory", room)
        stuck = (f"stuck{number}" for number in range(1, 33))
        site.exec("demo-redis-0", "redis-cli", "-n", "2", "del", *stuck)
    site.wait()
    assert _restarts(site) == before


def test_a_worker_that_redis_does_not_let_in_says_so(site: Site) -> None:
    """Where the password is another one; no container is started again for it."""
    # The kubelet sends 25 Events on a pod, then one in 5 minutes: a new pod has its own.
    site.kubectl.run(
        *("delete", "pod", "--namespace", site.namespace),
        "--selector=app.kubernetes.io/instance=demo,app.kubernetes.io/component=worker",
    )
    site.kubectl.run(
        *("rollout", "status", "deployment/demo-worker", "--namespace", site.namespace),
        "--timeout=300s",
    )
    before = _restarts(site)
    try:
        site.exec("demo-redis-0", "sh", "-ec", _OTHER_PASSWORD)
        site.wait_for_words("WorkerReady", "QueueUnreachable", "username-password pair")
    finally:
        site.exec("demo-redis-0", "sh", "-ec", _OWN_PASSWORD)
    site.wait()
    assert _restarts(site) == before


def _restarts(site: Site) -> dict[str, int]:
    """How often each container of the site's parts was started again, by its pod's uid."""
    return {
        f"{pod['metadata']['uid']}/{container['name']}": container["restartCount"]
        for pod in all_of(site.kubectl, "pods", site.namespace)
        if pod["status"]["phase"] == "Running"
        for container in pod["status"]["containerStatuses"]
    }


def test_the_end_of_redis_logs_nobody_out(site: Site, page: Page) -> None:
    """It has no volume: sessions come back from their copies in the plugins' database."""
    log_in(page, site)
    site.kill_pod("demo-redis-0")
    site.wait()
    page.goto(f"{site.url}webclient/")
    expect(page.locator("#id_username")).to_have_count(0)
    expect(page.get_by_role("treeitem", name="root root")).to_be_visible()


def test_a_deleted_database_password_is_made_anew_and_everybody_follows(site: Site) -> None:
    """The database takes the new password at its restart, and so do its clients."""
    before = site.kubectl.get(site.namespace, "secret", "demo-db-credentials")["data"]
    with site.waiting_for_successor("demo-db-0"), site.waiting_for_successor("demo-server-0"):
        site.kubectl.run("delete", "secret", "demo-db-credentials", "--namespace", site.namespace)
    site.wait()
    after = site.kubectl.get(site.namespace, "secret", "demo-db-credentials")["data"]
    assert after["username"] == before["username"] and after["password"] != before["password"]


def test_https_with_a_certificate_of_the_sites_own(
    kubectl: Kubectl, site: Site, page: Page, tmp_path: Path
) -> None:
    """A second platform in the same namespace, with TLS: cookies are marked secure."""
    host = "secure.localhost"
    _certificate(tmp_path, host)
    kubectl.run(
        "create",
        "secret",
        "tls",
        "secure-tls",
        f"--cert={tmp_path / 'tls.crt'}",
        f"--key={tmp_path / 'tls.key'}",
        "--namespace",
        site.namespace,
    )
    ingress = {"host": host, "port": HTTPS_PORT, "tls": {"secretName": "secure-tls"}}
    spec = {
        "deletionPolicy": "Delete",
        "web": {"replicas": 1, "ingress": ingress},
        "worker": {"replicas": 0},
    }
    url = f"https://{host}:{HTTPS_PORT}/"
    second = create_site(kubectl, site.namespace, "secure", spec, url)
    second.wait()
    log_in(page, second)
    cookies = {cookie["name"]: cookie for cookie in page.context.cookies()}
    assert cookies["sessionid"]["secure"] and cookies["csrftoken"]["secure"]

    kubectl.run("delete", "omero", "secure", "--namespace", site.namespace)
    kubectl.run(
        "wait",
        "--namespace",
        site.namespace,
        "--for=delete",
        "pvc/secure-db",
        "pvc/secure-server",
        "pvc/secure-uploads",
        "pvc/secure-exports",
        "--timeout=600s",
    )
    kubectl.run(
        "wait",
        "pods",
        "--selector=app.kubernetes.io/instance=secure",
        "--namespace",
        site.namespace,
        "--for=delete",
        "--timeout=120s",
    )
    assert site.condition("Ready")["status"] == "True"


def _certificate(folder: Path, host: str) -> None:
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "2", "-subj", f"/CN={host}", "-addext"),
            *(f"subjectAltName=DNS:{host}", "-keyout", str(folder / "tls.key")),
            *("-out", str(folder / "tls.crt")),
        ],
        check=True,
        capture_output=True,
    )


def test_an_image_that_does_not_exist_is_named(kubectl: Kubectl, site: Site) -> None:
    patch = {"spec": {"images": {"redis": "localhost/nowhere/redis:1"}}}
    change = ("patch", "omero/demo", "--namespace", site.namespace, "--type=merge")
    kubectl.run(*change, f"--patch={json.dumps(patch)}")
    image = "localhost/nowhere/redis:1"
    site.wait_for_words("RedisReady", "ImageCannotBePulled", image)
    site.wait_for_words("Ready", "ImageCannotBePulled")
    assert site.condition("DatabaseReady")["status"] == "True"
    patch = {"spec": {"images": {"redis": None}}}
    kubectl.run(*change, f"--patch={json.dumps(patch)}")
    site.wait()
