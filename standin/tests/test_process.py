"""The stand-in as a program, and as the container that replaces openmicroscopy/omero-server."""

from __future__ import annotations

import base64
import hashlib
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import Glacier2
import Ice
import omero.model
import psycopg2
import pytest
from omero.gateway import BlitzGateway
from omero.rtypes import rstring

import local_services
from free_ports import free_port
from omero_operator.desired.server import properties as server_properties
from operator_builders import context as operator_context
from tools.common.errors import CommandError


@pytest.fixture
def database(folder: Path) -> Iterator[local_services.Service]:
    """The OMERO database."""
    with local_services.postgres(folder) as running:
        yield running


def container_variables(database: local_services.Service, **more: str) -> dict[str, Any]:
    """What the operator sets on the server's container."""
    return {
        "CONFIG_omero_db_host": "127.0.0.1",
        "CONFIG_omero_db_port": str(database.port),
        "CONFIG_omero_db_name": "omero",
        "CONFIG_omero_db_user": "omero",
        "CONFIG_omero_db_pass": database.password,
        **more,
    }


def container_arguments(folder: Path) -> list[str]:
    """The container's folders, in a folder of the test."""
    for name in ("config", "data", "var"):
        (folder / name).mkdir(exist_ok=True)
    (folder / "config" / "90-platform.omero").write_text(
        f"config set -- omero.data.dir {folder}/data\n"
        "config set -- omero.client.viewer.roi_limit 77\n"
    )
    return [
        "--container",
        "--config-folder",
        str(folder / "config"),
        "--var-folder",
        str(folder / "var"),
    ]


def log_in(server: local_services.Service, password: str) -> BlitzGateway:
    """Root's connection."""
    gateway = BlitzGateway("root", password, host="127.0.0.1", port=server.port, secure=True)
    assert gateway.connect(), gateway.getLastError()
    return gateway


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly_soon(tmp_path: Path, number: signal.Signals) -> None:
    with local_services.standin(tmp_path, forked=False) as server:
        gateway = log_in(server, server.password)
        server.process.send_signal(number)
        assert server.process.wait(30) == 0
        assert "stopped" in server.log.read_text()
        gateway.c.closeSession()


def test_it_says_that_it_is_a_stand_in(tmp_path: Path) -> None:
    with local_services.standin(tmp_path) as server:
        log = server.log.read_text()
    assert "a stand-in for OMERO.server: for tests and demos, not for real data" in log
    assert "ready 5.6.18-standin" in log


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_in_a_pod_it_listens_on_both_families(folder: Path, address: str) -> None:
    with local_services.standin(folder, "--host", "*") as server:
        (said,) = [line for line in server.log.read_text().splitlines() if "ready" in line]
        port = said.rpartition("insecure-port=")[2]
        where = f'OMERO.Glacier2/router:tcp -h "{address}" -p {port} -t 10000'
        communicator = Ice.initialize()
        try:
            router = Glacier2.RouterPrx.checkedCast(communicator.stringToProxy(where))
            with pytest.raises(Glacier2.PermissionDeniedException):
                router.createSession("nobody", "")
        finally:
            communicator.destroy()


def test_a_client_without_encryption_is_sent_to_the_port_that_is_published(
    folder: Path, database: local_services.Service
) -> None:
    """As the operator writes it where port 4063 is not: real clients go on with TLS."""
    arguments, variables = container_arguments(folder), container_variables(database)
    wanted = server_properties(operator_context())["omero.router.insecure"]
    port = free_port()
    line = f"config set -- omero.router.insecure '{wanted.replace('4064', str(port))}'\n"
    (folder / "config" / "91-router.omero").write_text(line)
    arguments += ["--port", str(port), "--insecure-port", "0"]
    with local_services.standin(folder, *arguments, **variables) as server:
        gateway = log_in(replace(server, port=port), server.password)
        client = gateway.c.createClient(False)
        try:
            assert client.getSession().getAdminService().getEventContext().userName == "root"
            router = client.getCommunicator().getDefaultRouter().ice_toString()
            assert f":ssl -h 127.0.0.1 -p {port} " in router
        finally:
            client.closeSession()
            gateway.close()


def test_a_taken_port_is_one_message(tmp_path: Path) -> None:
    with local_services.standin(tmp_path) as server:
        ports = ["--port", str(server.port), "--insecure-port", "0"]
        again = subprocess.run(
            [sys.executable, "-m", "omero_standin", *ports],
            env=local_services.python_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
    assert again.returncode == 1
    assert "omero-standin:" in again.stderr
    assert "Traceback" not in again.stderr


def test_accounts_and_the_first_root_password_outlive_the_pod(
    folder: Path, database: local_services.Service
) -> None:
    arguments, variables = container_arguments(folder), container_variables(database)
    with local_services.standin(folder, *arguments, **variables) as server:
        first = server.password
        gateway = log_in(server, first)
        group = omero.model.ExperimenterGroupI()
        group.name = rstring("kept")
        group.details.permissions = omero.model.PermissionsI("rwr---")
        gateway.getAdminService().createGroup(group)
        assert (
            gateway.getConfigService().getClientConfigValues()["omero.client.viewer.roi_limit"]
            == "77"
        )
        gateway.close()
    assert (folder / "data" / "ManagedRepository").is_dir()
    assert (folder / "data" / "certs" / "server.p12").is_file()
    assert (folder / "var" / "log" / "Blitz-0.log").is_file()

    # The helper makes another password for each start; as in the real server it is not used again.
    with local_services.standin(folder, *arguments, **variables) as server:
        assert server.password != first
        gateway = log_in(server, first)
        kept = gateway.getAdminService().lookupGroup("kept")
        assert str(kept.details.permissions) == "rwr---"
        gateway.close()
        log = server.log.read_text()
    assert first not in log
    assert database.password not in log


@contextmanager
def connected(database: local_services.Service) -> Iterator[psycopg2.extensions.connection]:
    """A connection whose transaction is committed."""
    connection = psycopg2.connect(
        host="127.0.0.1",
        port=database.port,
        dbname="omero",
        user="omero",
        password=database.password,
    )
    with connection:
        yield connection
    connection.close()


def test_data_and_a_new_password_of_root_outlive_the_pod(
    folder: Path, database: local_services.Service
) -> None:
    arguments, variables = container_arguments(folder), container_variables(database)
    demo = [*arguments, "--data", "demo"]
    roi, mask = omero.model.RoiI(), omero.model.MaskI()
    with local_services.standin(folder, *demo, **variables) as server:
        first = server.password
        gateway = log_in(server, first)
        gateway.SERVICE_OPTS.setOmeroGroup(-1)
        image = next(iter(gateway.getObjects("Image", opts={"limit": 1})))
        gateway.SERVICE_OPTS.setOmeroGroup(image.details.group.id.val)
        roi.image, mask.bytes = omero.model.ImageI(image.id, False), b"\x00\xff"
        roi.addShape(mask)
        update = gateway.getUpdateService()
        kept = update.saveAndReturnObject(roi, gateway.SERVICE_OPTS).copyShapes()[0].id.val
        size = image.getPixelSizeX()
        number = image.id
        gateway.close()
    # As a restore does it, and `omero db password` at the real server.
    digest = base64.b64encode(hashlib.md5(b"another", usedforsecurity=False).digest()).decode()
    with connected(database) as connection, connection.cursor() as cursor:
        cursor.execute("update password set hash = %s where experimenter_id = 0", (digest,))
    with local_services.standin(folder, *demo, **variables) as server:
        gateway = log_in(server, "another")
        gateway.SERVICE_OPTS.setOmeroGroup(-1)
        assert gateway.getObject("Image", number).getPixelSizeX() == size
        found = gateway.getQueryService().get("Mask", kept, gateway.SERVICE_OPTS)
        assert found.bytes == b"\x00\xff"
        ada = BlitzGateway("ada", "ada-demo", host="127.0.0.1", port=server.port, secure=True)
        assert ada.connect()
        ada.close()
        gateway.close()


def test_a_wrong_database_password_is_refused_at_once(
    folder: Path, database: local_services.Service
) -> None:
    variables = container_variables(database, CONFIG_omero_db_pass="wrong")
    began = time.monotonic()
    with (
        pytest.raises(CommandError, match="password authentication failed") as caught,
        local_services.standin(folder, *container_arguments(folder), **variables),
    ):
        pytest.fail("it started with a wrong password")
    assert time.monotonic() - began < 60
    assert "Traceback" not in str(caught.value)


def test_a_real_servers_database_is_never_touched(
    folder: Path, database: local_services.Service
) -> None:
    with connected(database) as connection, connection.cursor() as cursor:
        cursor.execute("create table dbpatch (id int); create table experimenter (id int)")
    with (
        pytest.raises(CommandError, match=r"belongs to a real OMERO\.server"),
        local_services.standin(
            folder, *container_arguments(folder), **container_variables(database)
        ),
    ):
        pytest.fail("it started on a real server's database")


def test_the_database_may_restart_in_between(
    folder: Path, database: local_services.Service
) -> None:
    arguments, variables = container_arguments(folder), container_variables(database)
    with local_services.standin(folder, *arguments, **variables) as server:
        gateway = log_in(server, server.password)
        connection = psycopg2.connect(
            host="127.0.0.1",
            port=database.port,
            dbname="omero",
            user="omero",
            password=database.password,
        )
        with connection, connection.cursor() as cursor:
            cursor.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where application_name = "
                "'omero-standin'"
            )
        connection.close()
        group = omero.model.ExperimenterGroupI()
        group.name = rstring("after")
        group.details.permissions = omero.model.PermissionsI("rw----")
        assert gateway.getAdminService().createGroup(group) > 0
        gateway.close()


def test_a_data_volume_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    arguments = container_arguments(tmp_path)
    blocked = tmp_path / "data"
    blocked.rmdir()
    blocked.write_text("not a folder")
    with (
        pytest.raises(CommandError, match="cannot be written"),
        local_services.standin(tmp_path, *arguments),
    ):
        pytest.fail("it started without its data folder")
