"""The readiness probe that the operator gives PostgreSQL, on a real PostgreSQL."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

import local_services
from omero_operator.desired import postgres as managed
from omero_plugin_common.database.pool import Address
from operator_builders import EXTERNAL_DATABASE, context, spec
from plugin_site import read_only


class Pod:
    """A PostgreSQL and its probe."""

    def __init__(self, folder: Path) -> None:
        """Starts it."""
        self._folder, self._running = folder, ExitStack()
        self.service = self._running.enter_context(local_services.postgres(folder))
        self.address = Address(
            "127.0.0.1", self.service.port, "omero", "omero", self.service.password
        )

    def restart(self) -> None:
        """With the same data."""
        self.stop()
        self._running.enter_context(local_services.postgres(self._folder, again=self.service))

    def stop(self) -> None:
        """End it."""
        self._running.close()

    def probe(self, kind: str = "StatefulSet") -> tuple[bool, str]:
        """Whether the probe is content, and what it says, which the condition quotes.

        That of one of others (`Deployment`) is asked at the address in its specification.
        """
        address = {**EXTERNAL_DATABASE["external"], "host": "127.0.0.1", "port": self.service.port}
        external = spec(database={**EXTERNAL_DATABASE, "external": address})
        ctx = context(external if kind == "Deployment" else None)
        workload = next(item for item in managed.DATABASE.build(ctx) if item["kind"] == kind)
        [container] = workload["spec"]["template"]["spec"]["containers"]
        command = [
            str(self.service.port) if word == str(managed.PORT) else word
            for word in container["readinessProbe"]["exec"]["command"]
        ]
        programs = max(Path("/usr/lib/postgresql").glob("*/bin"))
        environment = {
            "PATH": f"{programs}:/usr/bin:/bin",
            "POSTGRES_USER": "omero",
            "POSTGRES_DB": "omero",
            # As a Secret made by hand has it.
            "POSTGRES_PASSWORD": f"{self.service.password}\n",
        }
        run = subprocess.run(
            command,
            env=environment,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        assert self.service.password not in run.stdout + run.stderr
        return run.returncode == 0, run.stderr

    def run(self, statement: str) -> None:
        """A statement of the superuser, on its own."""
        connection = self.address.connect()
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
        connection.close()


@pytest.fixture
def pod() -> Iterator[Pod]:
    with local_services.folder_for_postgres() as folder:
        made = Pod(folder)
        yield made
        made.stop()


def test_a_postgresql_that_takes_no_changes_is_not_ready_and_says_why(pod: Pod) -> None:
    assert pod.probe() == (True, "")

    assert pod.probe("Deployment") == (True, "")

    read_only(pod.address, True)
    assert pod.probe("Deployment") == pod.probe()
    ready, said = pod.probe()
    assert not ready
    assert said.startswith(
        "TakesNoChanges: PostgreSQL is read-only or cannot write: it is read-only by "
        "default_transaction"
    )
    read_only(pod.address, False)
    assert pod.probe() == (True, "")

    # The probe writes to the disk, or it would not notice a full one.
    pod.run("alter role omero set temp_file_limit = '64kB'")
    ready, said = pod.probe()
    assert not ready
    assert "temporary file size exceeds" in said
    pod.run("alter role omero reset temp_file_limit")

    (Path(pod.service.log.parent) / "pgdata" / "standby.signal").touch()
    pod.restart()
    ready, said = pod.probe()
    assert (ready, said) == (
        False,
        "TakesNoChanges: PostgreSQL is read-only or cannot write: it is a standby\n",
    )

    pod.stop()
    ready, said = pod.probe("Deployment")
    assert not ready
    assert said.startswith(
        "ServerUnreachable: the probe cannot connect to PostgreSQL: psql: error:"
    )
    ready, said = pod.probe()
    assert not ready
    assert said.startswith(
        "the probe cannot connect to PostgreSQL: psql: error: connection to server"
    )
