"""A real PostgreSQL with TLS: each program of the site talks to the right server, or to none."""

from __future__ import annotations

import copy
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import pytest

import local_services
import tls_certificates
from local_services import ROOT
from omero_operator.desired import postgres as managed
from omero_plugin_common.database.pool import Address
from operator_builders import EXTERNAL_DATABASE, context, spec

MAINTENANCE = ROOT / "images" / "postgres-maintenance"


@dataclass(frozen=True)
class Server:
    """The server, its certificate's authority, and one that did not sign it."""

    service: local_services.Service
    authority: Path
    stranger: Path

    def environment(self) -> dict[str, str]:
        return {"PATH": f"{max(Path('/usr/lib/postgresql').glob('*/bin'))}:/usr/bin:/bin"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("tls")
    other = tmp_path_factory.mktemp("other")
    stranger, _ = tls_certificates.make(other)
    authority, certificate = tls_certificates.make(folder)
    with (
        local_services.folder_for_postgres() as place,
        local_services.postgres(place) as service,
    ):
        own = place / "server.pem"
        own.write_bytes(certificate.read_bytes())
        own.chmod(0o600)
        if account := local_services.postgres_account():
            os.chown(own, account["user"], account["group"])
        plain = Address("127.0.0.1", service.port, "omero", "omero", service.password)
        connection = plain.connect()
        connection.autocommit = True
        with connection.cursor() as cursor:
            for setting in ("ssl_cert_file", "ssl_key_file"):
                cursor.execute(f"alter system set {setting} = '{own}'")
            cursor.execute("alter system set ssl = on")
            cursor.execute('create database "omero-plugin"')
            cursor.execute("select pg_reload_conf()")
        connection.close()
        made = Server(service, authority, stranger)
        local_services.wait_until(lambda: encrypted(made, authority), 10, str)
        yield made


def encrypted(server: Server, authority: Path, host: str = "localhost") -> bool:
    """What the server says of a connection of a plugin."""
    service = server.service
    address = Address(host, service.port, "omero", "omero", service.password, str(authority))
    try:
        connection = address.connect()
    except psycopg2.OperationalError:
        return False
    with connection.cursor() as cursor:
        cursor.execute("select ssl from pg_stat_ssl where pid = pg_backend_pid()")
        (found,) = cursor.fetchone()
    connection.close()
    return bool(found)


def test_a_plugin_talks_to_the_right_server_alone(server: Server) -> None:
    assert encrypted(server, server.authority)
    assert not encrypted(server, server.stranger)
    # The certificate is for `localhost`.
    assert not encrypted(server, server.authority, "127.0.0.1")


def probe(server: Server, host: str, authority: Path) -> tuple[int, str]:
    """The probe that the operator makes, as the kubelet runs it in the pod."""
    given = copy.deepcopy(EXTERNAL_DATABASE)
    given["external"] |= {
        "host": host,
        "port": server.service.port,
        "tls": {"caSecretRef": {"name": "authorities", "key": "ca.crt"}},
    }
    made = managed.DATABASE.build(context(spec(database=given)))
    (deployment,) = [each for each in made if each["kind"] == "Deployment"]
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    told = {each["name"]: each.get("value", "") for each in container["env"]}
    assert told["PGSSLROOTCERT"].endswith("/ca.crt")
    variables = {
        "PGSSLMODE": told["PGSSLMODE"],
        "PGSSLROOTCERT": str(authority),
        "POSTGRES_USER": "omero",
        "POSTGRES_DB": "omero",
        "POSTGRES_PASSWORD": server.service.password,
    }
    command = container["readinessProbe"]["exec"]["command"]
    run = subprocess.run(
        command,
        env=server.environment() | variables,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    return run.returncode, run.stderr


def test_the_condition_says_what_is_wrong_with_the_certificate(server: Server) -> None:
    assert probe(server, "localhost", server.authority) == (0, "")
    code, words = probe(server, "localhost", server.stranger)
    assert code == 1
    assert words.startswith("ServerUnreachable: ")
    assert "certificate verify failed" in words
    code, words = probe(server, "127.0.0.1", server.authority)
    assert code == 1
    assert 'does not match host name "127.0.0.1"' in words


def maintain(server: Server, folder: Path, authority: Path) -> subprocess.CompletedProcess[str]:
    """OMERO's database with a check, the plugins' without: each as it is told."""
    password = folder / "password"
    password.write_text(server.service.password)
    variables = {"OMERO_DB_CA_FILE": str(authority), "READY_SECONDS": "4"}
    for prefix, name in (("OMERO_DB", "omero"), ("PLUGIN_DB", "omero-plugin")):
        variables |= {
            f"{prefix}_HOST": "localhost" if prefix == "OMERO_DB" else "127.0.0.1",
            f"{prefix}_PORT": str(server.service.port),
            f"{prefix}_NAME": name,
            f"{prefix}_USER": "omero",
            f"{prefix}_PASSWORD_FILE": str(password),
        }
    return subprocess.run(
        [MAINTENANCE / "maintain", "vacuum"],
        env=server.environment() | variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_maintenance_checks_each_database_as_it_is_told(server: Server, tmp_path: Path) -> None:
    good = maintain(server, tmp_path, server.authority)
    assert good.returncode == 0, good.stdout + good.stderr
    bad = maintain(server, tmp_path, server.stranger)
    assert bad.returncode != 0
    assert "certificate verify failed" in bad.stdout + bad.stderr


_ASK = """
import sys
from pathlib import Path
from omero_backup.postgres import Server
from omero_backup.settings import Database
port, password, authorities, work = sys.argv[1:]
there = Database("omero", "localhost", int(port), "omero", "omero", password, authorities)
asked = "select to_json(ssl) from pg_stat_ssl where pid = pg_backend_pid()"
print(Server(there, Path(work)).query(asked))
"""


def test_a_backup_reads_the_right_server_alone(server: Server, tmp_path: Path) -> None:
    def ask(authority: Path) -> subprocess.CompletedProcess[str]:
        port, password = str(server.service.port), server.service.password
        return subprocess.run(
            ["/usr/bin/python3", "-c", _ASK, port, password, str(authority), str(tmp_path)],
            env=server.environment() | {"PYTHONPATH": str(MAINTENANCE / "src")},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    good = ask(server.authority)
    assert good.stdout == "[True]\n", good.stderr
    bad = ask(server.stranger)
    assert bad.returncode != 0
    assert "certificate verify failed" in bad.stderr
